/** Which lines of a customer's invoices take back lines of earlier ones. The data has no reference: lines are matched. */

import type { Invoice, Line, Summary } from "../../api/orders.ts";

export interface Match {
  returned: Line;
  sold: Line;
}

/** Each returning line of `returning` with a line of `selling` that was sold before: same article and price, at least as many units. */
export function matches(returning: Invoice, selling: Invoice): Match[] {
  const left = new Map(selling.lines.map((line) => [line.LineId, line.Quantity]));
  const found: Match[] = [];
  for (const returned of returning.lines) {
    if (returned.Quantity >= 0) continue;
    const sold = selling.lines.find(
      (line) =>
        line.StockCode === returned.StockCode &&
        line.UnitPrice === returned.UnitPrice &&
        line.InvoiceDate <= returned.InvoiceDate &&
        (left.get(line.LineId) ?? 0) >= -returned.Quantity,
    );
    if (!sold) continue;
    left.set(sold.LineId, left.get(sold.LineId)! + returned.Quantity);
    found.push({ returned, sold });
  }
  return found;
}

/** The invoices of the customer that may hold the other side, the nearest in time first; at most `most`. */
export function candidates(invoice: Summary, others: Summary[], most: number): Summary[] {
  const returns = isReturn(invoice);
  return others
    .filter((other) => other.InvoiceNo !== invoice.InvoiceNo && isReturn(other) !== returns)
    .filter((other) => (returns ? other.InvoiceDate <= invoice.InvoiceDate : other.InvoiceDate >= invoice.InvoiceDate))
    .sort((one, other) => distance(one, invoice) - distance(other, invoice))
    .slice(0, most);
}

export const isReturn = (invoice: Summary): boolean => invoice.Units < 0;

const distance = (one: Summary, other: Summary) => Math.abs(Date.parse(one.InvoiceDate) - Date.parse(other.InvoiceDate));
