/** Messages of a partition by offset or time, or those of an invoice. */

import { useState } from "preact/hooks";
import { type Messages, query } from "../../api/topic.ts";
import { usePages } from "../../api/pages.ts";
import { useAnswer } from "../../api/use.ts";
import { go, to } from "../../router.ts";
import { count, counted } from "../../ui/format.ts";
import { More } from "../../ui/more.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { MessageTable } from "./table.tsx";

const LIMIT = 50;

export function MessagesView({ query: asked, partitions }: { query: URLSearchParams; partitions: number[] }) {
  const invoice = asked.get("invoice");
  return (
    <>
      <Choice asked={asked} partitions={partitions} />
      {invoice ? <OfInvoice key={invoice} invoice={invoice} /> : <OfPartition partition={Number(asked.get("partition") ?? 0)} offset={asked.get("offset")} at={asked.get("at")} />}
    </>
  );
}

function Choice({ asked, partitions }: { asked: URLSearchParams; partitions: number[] }) {
  const [from, setFrom] = useState(asked.has("at") ? "at" : asked.has("offset") ? "offset" : "newest");
  const [invoice, setInvoice] = useState(asked.get("invoice") ?? "");
  const partition = asked.get("partition") ?? "0";
  const [value, setValue] = useState(asked.get(from) ?? "");
  const show = (event: SubmitEvent) => {
    event.preventDefault();
    const chosen = new FormData(event.currentTarget as HTMLFormElement).get("partition") as string;
    go(to("topic", ["messages"], { partition: chosen, ...(from === "newest" ? {} : { [from]: from === "at" ? instant(value) : value }) }));
  };
  const find = (event: Event) => {
    event.preventDefault();
    if (invoice.trim()) go(to("topic", ["messages"], { invoice: invoice.trim().toUpperCase() }));
  };
  return (
    <section class="panel choices">
      <form class="line" onSubmit={show}>
        <label>
          Partition
          <select name="partition" key={`${partition} ${partitions.length}`} defaultValue={partition}>
            {partitions.map((it) => (
              <option key={it} value={it}>
                {it}
              </option>
            ))}
          </select>
        </label>
        <label>
          From
          <select value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
            <option value="newest">the newest</option>
            <option value="offset">an offset</option>
            <option value="at">a time</option>
          </select>
        </label>
        {from === "offset" && (
          <label>
            Offset
            <input type="number" min="0" required value={value} onInput={(event) => setValue(event.currentTarget.value)} />
          </label>
        )}
        {from === "at" && (
          <label>
            Time
            <input type="datetime-local" step="1" required value={value.slice(0, 19)} onInput={(event) => setValue(event.currentTarget.value)} />
          </label>
        )}
        <button class="main">Show</button>
      </form>
      <form class="line" onSubmit={find}>
        <label>
          Or all messages of an invoice
          <input value={invoice} onInput={(event) => setInvoice(event.currentTarget.value)} size={14} spellcheck={false} />
        </label>
        <button>Find</button>
      </form>
    </section>
  );
}

/** The reader's local time as an instant. */
const instant = (local: string): string => new Date(local).toISOString();

function OfPartition({ partition, offset, at }: { partition: number; offset: string | null; at: string | null }) {
  const answer = useAnswer<Messages>(query("/topic/messages", { partition, offset, at, limit: LIMIT }));
  return (
    <section class="panel">
      <Answered of={answer} rows={8}>
        {(it) => (
          <>
            <div class="head">
              <h2 class="grow">
                {it.topic}, partition {it.partition}
              </h2>
              <Extent of={it} />
            </div>
            {it.messages.length === 0 ? <Empty>No message here: the partition holds the offsets {count(it.start)} to before {count(it.end)}.</Empty> : <MessageTable messages={offset || at ? it.messages : it.messages.toReversed()} label={`Messages of partition ${partition}`} />}
            <Steps of={it} />
          </>
        )}
      </Answered>
    </section>
  );
}

function Extent({ of }: { of: Messages }) {
  return (
    <p class="quiet">
      offsets {count(of.read.from)} to {count(Math.max(of.read.from, of.read.to - 1))} of {count(of.start)} to {count(Math.max(of.start, of.end - 1))}
    </p>
  );
}

function Steps({ of }: { of: Messages }) {
  const step = (offset: number) => to("topic", ["messages"], { partition: of.partition, offset: Math.max(of.start, offset) });
  return (
    <p class="steps">
      {of.read.from > of.start && <a href={step(of.read.from - LIMIT)}>Older messages</a>}
      {of.next !== null && <a href={step(of.read.to)}>Newer messages</a>}
      <a href={to("topic", ["messages"], { partition: of.partition })}>The newest</a>
    </p>
  );
}

function OfInvoice({ invoice }: { invoice: string }) {
  const found = usePages<Messages>((next) => query("/topic/messages", { invoice, next }), joined);
  return (
    <section class="panel">
      <Answered of={found} rows={8}>
        {(it) => (
          <>
            <div class="head">
              <h2 class="grow">
                {counted(it.messages.length, "message")} of invoice {invoice} in partition {it.partition}
              </h2>
              <Extent of={it} />
            </div>
            {it.messages.length === 0 ? <Empty>None among the messages that were read. Messages past the topic's retention are gone from it; the raw files keep them.</Empty> : <MessageTable messages={it.messages} label={`Messages of invoice ${invoice}`} />}
            <More of={found} what="messages: search on" />
          </>
        )}
      </Answered>
    </section>
  );
}

const joined = (before: Messages, page: Messages): Messages => ({ ...page, read: { from: before.read.from, to: page.read.to }, messages: [...before.messages, ...page.messages] });
