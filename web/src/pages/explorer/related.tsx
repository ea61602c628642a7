/** A cancellation beside the invoices whose lines it takes back, and the other way round. */

import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/client.ts";
import { type Customer, customerPath, type Invoice, invoicePath, type Summary } from "../../api/orders.ts";
import { useAnswer } from "../../api/use.ts";
import { to } from "../../router.ts";
import { businessTime, count, counted, moneyLike } from "../../ui/format.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { Empty, Failed, Loading } from "../../ui/states.tsx";
import { candidates, isReturn, type Match, matches } from "./returns.ts";

/** The most invoices that are read for one look. */
const MOST = 12;

interface Pair {
  other: Invoice;
  matches: Match[];
}

export function Related({ invoice }: { invoice: Invoice }) {
  const customer = useAnswer<Customer>(customerPath(invoice.CustomerID!));
  const [pairs, setPairs] = useState<Pair[]>();
  const [failed, setFailed] = useState<Error>();
  const returns = isReturn(invoice);
  const looked = customer.data ? candidates(invoice, customer.data.invoices, MOST) : [];
  useEffect(() => {
    if (!customer.data) return;
    const stop = new AbortController();
    pairsOf(invoice, looked, stop.signal).then(setPairs, (error) => stop.signal.aborted || setFailed(error));
    return () => stop.abort();
  }, [customer.data]);
  const error = failed ?? customer.error;
  return (
    <section class="panel">
      <h2>{returns ? "What it takes back" : "Taken back later"}</h2>
      {error ? <Failed error={error} /> : !pairs ? <Loading rows={2} /> : pairs.length === 0 ? <None returns={returns} looked={looked.length} /> : <Pairs pairs={pairs} returns={returns} />}
    </section>
  );
}

async function pairsOf(invoice: Invoice, looked: Summary[], signal: AbortSignal): Promise<Pair[]> {
  const others = await Promise.all(looked.map((it) => ask<Invoice>(invoicePath(it.InvoiceNo), { signal })));
  return others
    .map((other) => ({ other, matches: isReturn(invoice) ? matches(invoice, other) : matches(other, invoice) }))
    .filter((pair) => pair.matches.length > 0);
}

function None({ returns, looked }: { returns: boolean; looked: number }) {
  if (looked === 0) return <Empty>The customer has no {returns ? "earlier invoice" : "later return"}.</Empty>;
  const searched = counted(looked, returns ? "earlier invoice" : "later return");
  return <Empty>No line of the customer's nearest {searched} fits a line of this one by article, price and units.</Empty>;
}

function Pairs({ pairs, returns }: { pairs: Pair[]; returns: boolean }) {
  const price = moneyLike(pairs.flatMap((pair) => pair.matches.map((it) => it.sold.UnitPrice)));
  return (
    <>
      <p class="quiet">The data has no reference from a return to its sale: lines of the same customer are matched by article, price and units.</p>
      <Sheet label="Matched lines">
        <thead>
          <tr>
            <th scope="col">{returns ? "Sold by" : "Taken back by"}</th>
            <th scope="col">Date</th>
            <th scope="col">Article</th>
            <th scope="col" class="num">Sold</th>
            <th scope="col" class="num">Taken back</th>
            <th scope="col" class="num">Unit price</th>
          </tr>
        </thead>
        <tbody>
          {pairs.flatMap(({ other, matches: found }) =>
            found.map(({ sold, returned }) => (
              <tr key={returned.LineId}>
                <td>
                  <a href={to("explorer", ["invoice", other.InvoiceNo])}>{other.InvoiceNo}</a>
                </td>
                <td class="whole">{businessTime(other.InvoiceDate)}</td>
                <td>
                  <span class="mono">{sold.StockCode}</span> {sold.Description}
                </td>
                <td class="num">{count(sold.Quantity)}</td>
                <td class="num bad">{count(returned.Quantity)}</td>
                <td class="num">{price(sold.UnitPrice)}</td>
              </tr>
            )),
          )}
        </tbody>
      </Sheet>
    </>
  );
}
