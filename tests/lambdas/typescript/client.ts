// Compiled, never run: each line fails to compile where the contract lacks what a client needs of it.
import type { components, operations, paths } from "./contract";
import type { Expected } from "./expected"; // written by the test: the operations of the contract

type Operation = keyof operations;
type IsEqual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export const all: IsEqual<Operation, Expected> = true;

export const sent: components["schemas"]["Row"] = {
  InvoiceNo: 536365,
  StockCode: "85123A",
  Quantity: 6,
  InvoiceDate: "12/1/2010 8:26",
  UnitPrice: 2.55,
  Country: "United Kingdom",
};

export const asked: paths["/invoices/{InvoiceNo}"]["parameters"]["path"]["InvoiceNo"] = "C536379";

type Invoice = operations["getInvoicesInvoiceNo"]["responses"][200]["content"]["application/json"];
export const units = (invoice: Invoice): number => invoice.lines.reduce((sum, line) => sum + line.Quantity, 0);

type Customer = operations["getCustomersCustomerID"]["parameters"]["path"]["CustomerID"];
export const customer: Customer = 17850;
