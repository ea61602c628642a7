/** An invoice as an invoice. */

import { useMemo, useState } from "preact/hooks";
import { amountOf, inOrder, type Invoice, invoicePath, isCancellation, type Line } from "../../api/orders.ts";
import { usePages } from "../../api/pages.ts";
import { to } from "../../router.ts";
import { businessTime, count, counted, moneyLike } from "../../ui/format.ts";
import { More } from "../../ui/more.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { Answered } from "../../ui/states.tsx";
import { NoSuch } from "./found.tsx";
import { Related } from "./related.tsx";
import { StoryPanel } from "./story.tsx";

export function InvoiceView({ number, line }: { number: string; line: string | null }) {
  const invoice = usePages<Invoice>((next) => invoicePath(number, next), joined);
  if (invoice.error?.status === 404 && !invoice.data) return <NoSuch number={number} />;
  return (
    <Answered of={invoice} rows={8}>
      {(it) => (
        <>
          <section class="panel">
            <Head invoice={it} />
            <Lines lines={it.lines} chosen={line} />
            <More of={invoice} what="lines" />
          </section>
          {line && <StoryPanel key={line} number={number} line={line} />}
          {it.CustomerID !== null && <Related key={`${number} ${it.lines.length}`} invoice={it} />}
        </>
      )}
    </Answered>
  );
}

const joined = (before: Invoice, page: Invoice): Invoice => ({ ...page, lines: [...before.lines, ...page.lines] });

/** Writes the amounts of an invoice with these lines. */
const written = (lines: Line[]) => moneyLike(lines.flatMap((line) => [line.UnitPrice, amountOf(line)]));

export function Head({ invoice }: { invoice: Invoice }) {
  return (
    <>
      <div class="head">
        <h2 class="number">
          {isCancellation(invoice.InvoiceNo) ? "Cancellation" : "Invoice"} {invoice.InvoiceNo}
        </h2>
        <span class="quiet">{businessTime(invoice.InvoiceDate)}</span>
        <span class="quiet">{invoice.Country}</span>
      </div>
      <dl class="facts">
        <div>
          <dt>Customer</dt>
          <dd>{invoice.CustomerID === null ? <small>not recorded</small> : <a href={to("explorer", ["customer", invoice.CustomerID])}>{invoice.CustomerID}</a>}</dd>
        </div>
        <div>
          <dt>Lines</dt>
          <dd>{count(invoice.Lines)}</dd>
        </div>
        <div>
          <dt>Units</dt>
          <dd>{count(invoice.Units)}</dd>
        </div>
        <div>
          <dt>Amount</dt>
          <dd>{written(invoice.lines)(invoice.Amount)}</dd>
        </div>
      </dl>
    </>
  );
}

const LONG = 25;

/** The lines as a table; one of many can be searched. */
function Lines({ lines, chosen }: { lines: Line[]; chosen: string | null }) {
  const [words, setWords] = useState("");
  const shown = useMemo(() => inOrder(matching(lines, words)), [lines, words]);
  const amount = useMemo(() => written(lines), [lines]);
  const sum = useMemo(() => shown.reduce((total, line) => total + Math.round(amountOf(line) * 1000), 0) / 1000, [shown]);
  const units = useMemo(() => shown.reduce((total, line) => total + line.Quantity, 0), [shown]);
  return (
    <>
      {lines.length > LONG && (
        <form class="line" onSubmit={(event) => event.preventDefault()}>
          <label>
            Find among the lines
            <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} placeholder="stock code or words" />
          </label>
          <span class="quiet" role="status">
            {count(shown.length)} of {counted(lines.length, "line")}
          </span>
        </form>
      )}
      <Sheet label="Lines of the invoice">
        <thead>
          <tr>
            <th scope="col">Stock code</th>
            <th scope="col">Description</th>
            <th scope="col" class="num">Quantity</th>
            <th scope="col" class="num">Unit price</th>
            <th scope="col" class="num">Amount</th>
            <th scope="col">Line</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((line) => (
            <Row key={line.LineId} line={line} amount={amount} chosen={line.LineId === chosen} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={2}>{shown.length === lines.length ? "Lines shown" : "Lines found"}</td>
            <td class="num">{count(units)}</td>
            <td />
            <td class="num">{amount(sum)}</td>
            <td />
          </tr>
        </tfoot>
      </Sheet>
    </>
  );
}

function Row({ line, amount, chosen }: { line: Line; amount: (value: number) => string; chosen: boolean }) {
  return (
    <tr class={chosen ? "chosen" : ""}>
      <td class="mono">{line.StockCode}</td>
      <td>
        {line.Description ?? <span class="quiet">no description</span>}
        {line.Occurrence > 1 && <span class="tag quiet">copy {line.Occurrence}</span>}
      </td>
      <td class={line.Quantity < 0 ? "num bad" : "num"}>{count(line.Quantity)}</td>
      <td class="num">{amount(line.UnitPrice)}</td>
      <td class={line.Quantity < 0 ? "num bad" : "num"}>{amount(amountOf(line))}</td>
      <td class="mono">
        <a href={to("explorer", ["invoice", line.InvoiceNo], { line: line.LineId })} title={`The story of line ${line.LineId}`} aria-label={`Story of line ${line.LineId.slice(0, 8)}`}>
          {line.LineId.slice(0, 8)}
        </a>
      </td>
    </tr>
  );
}

/** The lines whose stock code or description has all of these words. */
export function matching(lines: Line[], words: string): Line[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return lines;
  return lines.filter((line) => {
    const text = `${line.StockCode} ${line.Description ?? ""} ${line.LineId}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
