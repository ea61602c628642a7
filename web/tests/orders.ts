/** Builders of the API's answers: only what a test is about is said. */

import type { Customer, Invoice, Line, Summary } from "../src/api/orders.ts";

export function aLine(given: Partial<Line> = {}): Line {
  return {
    InvoiceNo: "700100", StockCode: "22423", Description: "TEA TOWEL, BLUE", Quantity: 6, InvoiceDate: "2010-12-01T08:26:00", UnitPrice: 2.55,
    CustomerID: 17001, Country: "United Kingdom", Occurrence: 1, LineId: identity(), ...given,
  };
}

let lines = 0;
const identity = () => (++lines).toString(16).padStart(32, "0");

export function anInvoice(its: Line[], given: Partial<Invoice> = {}): Invoice {
  const first = its[0]!;
  return {
    InvoiceNo: first.InvoiceNo, CustomerID: first.CustomerID, InvoiceDate: first.InvoiceDate, Country: first.Country, Lines: its.length,
    Units: its.reduce((sum, line) => sum + line.Quantity, 0),
    Amount: its.reduce((sum, line) => sum + Math.round(line.Quantity * line.UnitPrice * 1000), 0) / 1000,
    lines: its, next: null, ...given,
  };
}

export function summary({ InvoiceNo, InvoiceDate, Country, Lines, Units, Amount }: Invoice): Summary {
  return { InvoiceNo, InvoiceDate, Country, Lines, Units, Amount };
}

export function aCustomer(invoices: Summary[], given: Partial<Customer> = {}): Customer {
  const sum = (field: "Lines" | "Units" | "Amount") => invoices.reduce((total, it) => total + it[field], 0);
  const dates = invoices.map((it) => it.InvoiceDate).sort();
  return {
    CustomerID: 17001, Invoices: invoices.length, Lines: sum("Lines"), Units: sum("Units"), Amount: Math.round(sum("Amount") * 1000) / 1000,
    FirstInvoiceDate: dates[0]!, LastInvoiceDate: dates.at(-1)!, invoices, next: null, ...given,
  };
}
