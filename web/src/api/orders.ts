/** Invoices and customers, as the contract of the API (`/openapi.json`) has them. */

export interface Line {
  InvoiceNo: string;
  StockCode: string;
  Description: string | null;
  Quantity: number;
  InvoiceDate: string;
  UnitPrice: number;
  CustomerID: number | null;
  Country: string;
  Occurrence: number;
  LineId: string;
}

export interface Summary {
  InvoiceNo: string;
  InvoiceDate: string;
  Country: string;
  Lines: number;
  Units: number;
  Amount: number;
}

export interface Invoice extends Summary {
  CustomerID: number | null;
  lines: Line[];
  next: string | null;
}

export interface Customer {
  CustomerID: number;
  Invoices: number;
  Lines: number;
  Units: number;
  Amount: number;
  FirstInvoiceDate: string;
  LastInvoiceDate: string;
  invoices: Summary[];
  next: string | null;
}

/** Each place where a line was found; a part is null, or empty, where it was not found within what a call may read. */
export interface Story {
  line_id: string;
  line: Line | null;
  csv: { copy: number };
  topic: { partition: number; offset: number; at: string }[];
  topic_read: { from: number; to: number; complete: boolean };
  raw: { key: string; partition: number; first_offset: number }[];
  dynamodb: { InvoiceNo: number; LineKey: string } | null;
  lake: { batch: string; snapshot_id: number | string | null; source: string } | null;
  warehouse: { batch: string; at: string } | null;
}

export const storyPath = (number: string, line: string): string => `/api/invoices/${encodeURIComponent(number)}/lines/${encodeURIComponent(line)}`;
export const invoicePath = (number: string, next?: string): string => `/api/invoices/${encodeURIComponent(number)}${page(next)}`;
export const customerPath = (id: number | string, next?: string): string => `/api/customers/${encodeURIComponent(id)}${page(next)}`;
const page = (next?: string) => (next ? `?next=${encodeURIComponent(next)}` : "");

/** By stock code and copy, so that the copies of a row stand together; the API's order is by line id within a code. */
export function inOrder(lines: Line[]): Line[] {
  return lines.toSorted((one, other) => (one.StockCode === other.StockCode ? one.Occurrence - other.Occurrence : one.StockCode < other.StockCode ? -1 : 1));
}

/** A cancellation's number begins with a C, other letters are other corrections. */
export const isCancellation = (number: string): boolean => number.startsWith("C");

/** What a line comes to, exactly: prices have three decimals at most. */
export const amountOf = (line: Line): number => (line.Quantity * Math.round(line.UnitPrice * 1000)) / 1000;
