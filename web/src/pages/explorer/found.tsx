/** What a number that was searched for means: an invoice, a customer, or both. */

import { useEffect } from "preact/hooks";
import { type Customer, customerPath, type Invoice, invoicePath } from "../../api/orders.ts";
import { type Answer, useAnswer } from "../../api/use.ts";
import { to } from "../../router.ts";
import { counted } from "../../ui/format.ts";
import { Empty, Failed, Loading } from "../../ui/states.tsx";

export function Found({ number }: { number: string }) {
  const mayBeCustomer = /^\d+$/.test(number);
  const invoice = useAnswer<Invoice>(invoicePath(number));
  const customer = useAnswer<Customer>(mayBeCustomer ? customerPath(number) : undefined);
  const asked: Answer<unknown>[] = mayBeCustomer ? [invoice, customer] : [invoice];
  const settled = asked.every((it) => it.data || it.error);
  const both = invoice.data && customer.data;
  useEffect(() => {
    if (!settled || both) return;
    if (invoice.data) location.replace(to("explorer", ["invoice", number]));
    else if (customer.data) location.replace(to("explorer", ["customer", number]));
  }, [settled, both]);
  if (!settled) return <Loading rows={6} />;
  const trouble = asked.map((it) => it.error).find((error) => error && ![400, 404].includes(error.status));
  if (trouble) return <Failed error={trouble} again={() => asked.forEach((it) => it.again())} />;
  if (invoice.data && customer.data) {
    return (
      <section class="panel">
        <h2>{number} is the number of an invoice and of a customer</h2>
        <p>
          <a href={to("explorer", ["invoice", number])}>Invoice {number}</a> with {counted(invoice.data.Lines, "line")}
        </p>
        <p>
          <a href={to("explorer", ["customer", number])}>Customer {number}</a> with {counted(customer.data.Invoices, "invoice")}
        </p>
      </section>
    );
  }
  return <NoSuch number={number} />;
}

/** Nothing has this number, and where that may come from. */
export function NoSuch({ number }: { number: string }) {
  return (
    <section class="panel">
      <h2>No invoice or customer {number}</h2>
      <Empty>
        None of its rows has reached DynamoDB. An invoice's number is at most one capital letter and then 1 to 15 digits, a customer's digits alone.
        Rows that were sent a moment ago may still be on their way: <a href={to("pipeline")}>the pipeline</a> shows the lag.
      </Empty>
    </section>
  );
}
