/** The explorer: invoices and customers by their number. */

import { useState } from "preact/hooks";
import { type Messages, query } from "../../api/topic.ts";
import { useAnswer } from "../../api/use.ts";
import { go, type Route, to } from "../../router.ts";
import { code } from "../../ui/states.tsx";
import { CustomerView } from "./customer.tsx";
import { Found } from "./found.tsx";
import { InvoiceView } from "./invoice.tsx";
import "./explorer.css";

export default function Explorer({ route }: { route: Route }) {
  const [kind, number] = route.segments;
  return (
    <>
      <div class="head">
        <h1 class="grow">Explorer</h1>
        <Search key={number} given={number ?? ""} />
      </div>
      {kind === "invoice" && number ? (
        <InvoiceView key={number} number={number} line={route.query.get("line")} />
      ) : kind === "customer" && number ? (
        <CustomerView key={number} id={number} />
      ) : kind === "find" && number ? (
        <Found key={number} number={number} />
      ) : (
        <Introduction />
      )}
    </>
  );
}

function Search({ given }: { given: string }) {
  const [number, setNumber] = useState(given);
  const find = (event: Event) => {
    event.preventDefault();
    const wanted = number.trim().toUpperCase();
    if (wanted) go(to("explorer", ["find", wanted]));
  };
  return (
    <form class="line" role="search" onSubmit={find}>
      <label>
        Invoice or customer number
        <input value={number} onInput={(event) => setNumber(event.currentTarget.value)} autocomplete="off" spellcheck={false} size={26} />
      </label>
      <button class="main">Find</button>
    </form>
  );
}

function Introduction() {
  return (
    <section class="panel">
      <h2>Search by number</h2>
      <p>
        An invoice is shown with its lines, a cancellation (its number begins with <code>C</code>) beside the invoices whose lines it takes back, a
        customer with purchases over time. All of it comes from the API, which reads DynamoDB.
      </p>
      <Newest />
      <p class="quiet">{code("Nothing there yet? `tillstream replay day.csv` sends rows; `tillstream generate 2010-12-01 -o day.csv` makes some.")}</p>
    </section>
  );
}

const MOST_NEWEST = 8;

/** Some invoices that there are: the last ones of a partition of the topic. Nothing where it has none, or does not answer. */
function Newest() {
  const { data } = useAnswer<Messages>(query("/topic/messages", { partition: 0, limit: 100 }));
  const numbers = [...new Set(data?.messages.toReversed().flatMap((it) => (it.line?.InvoiceNo ? [it.line.InvoiceNo] : [])))].slice(0, MOST_NEWEST);
  if (numbers.length === 0) return null;
  return (
    <p class="steps">
      Sent last:
      {numbers.map((number) => (
        <a key={number} href={to("explorer", ["invoice", number])}>
          {number}
        </a>
      ))}
    </p>
  );
}
