/** Records that were no order lines: where they came from, why, and what was decided. */

import type { Laptop } from "../../api/pipeline.ts";
import { usePages } from "../../api/pages.ts";
import { query, type QuarantinedRecord, type QuarantinedRecords } from "../../api/topic.ts";
import { useAnswer } from "../../api/use.ts";
import { go, to } from "../../router.ts";
import { clock } from "../../ui/format.ts";
import { More } from "../../ui/more.tsx";
import { Answered, code, Empty } from "../../ui/states.tsx";
import { Redrive } from "./redrive.tsx";

const KINDS = { "": "all", stream: "messages of the topic", bulk: "rows of dropped files", destination: "dead letters" };
const STATES = { "": "all", open: "open", redriving: "being redriven", redriven: "redriven", discarded: "discarded" };
const LEVEL = { open: "warn", redriving: "warn", redriven: "good", discarded: "quiet" };

export function QuarantineView({ query: asked }: { query: URLSearchParams }) {
  const [kind, state, id] = [asked.get("kind") ?? "", asked.get("state") ?? "", asked.get("id")];
  const records = usePages<QuarantinedRecords>((next) => query("/quarantine", { kind, state, next }), (before, page) => ({ ...page, records: [...before.records, ...page.records] }));
  const show = (its: { kind?: string; state?: string }) => go(to("topic", ["quarantine"], { kind, state, ...its }));
  return (
    <section class="panel">
      <h2>Messages and rows that are not order lines</h2>
      <form class="line" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Kind" of={KINDS} value={kind} choose={(it) => show({ kind: it })} />
        <Choice label="State" of={STATES} value={state} choose={(it) => show({ state: it })} />
      </form>
      <Answered of={records} rows={6}>
        {(it) => (
          <>
            {it.records.length === 0 && it.next === null && <Empty>{code("No such record: every message and row was a valid order line, or was decided. `tillstream quarantine list --state all` shows the same.")}</Empty>}
            <ul class="records">
              {it.records.map((record) => (
                <Record key={record.id} record={record} open={record.id === id} address={to("topic", ["quarantine"], { kind, state, id: record.id === id ? undefined : record.id })} again={records.again} />
              ))}
            </ul>
            <More of={records} what="records" />
          </>
        )}
      </Answered>
    </section>
  );
}

interface ChoiceProps {
  label: string;
  of: Record<string, string>;
  value: string;
  choose: (value: string) => void;
}

function Choice({ label, of, value, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {Object.entries(of).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function Record({ record, open, address, again }: { record: QuarantinedRecord; open: boolean; address: string; again: () => void }) {
  return (
    <li>
      <div class="head">
        <span class={`tag ${LEVEL[record.state]}`}>{STATES[record.state]}</span>
        <a class="grow place-of" href={address} aria-expanded={open}>
          {record.place}
        </a>
        {record.invoice && <span>invoice {record.invoice}</span>}
        {record.time && <span class="quiet">{clock(record.time)}</span>}
      </div>
      <ul class="reasons">
        {record.reasons.map((it) => (
          <li key={`${it.field} ${it.rule}`}>
            <b>{it.field}</b> {it.value !== "" && <code>{it.value}</code>} {it.rule}
          </li>
        ))}
      </ul>
      {open && <Whole record={record} again={again} />}
    </li>
  );
}

function Whole({ record, again }: { record: QuarantinedRecord; again: () => void }) {
  const laptop = useAnswer<Laptop>("/laptop/services");
  const value = record.fields ?? record.cells;
  return (
    <div class="whole-record">
      <p class="mono">{record.id}</p>
      <pre class={value ? "said" : "said text"} tabIndex={0} aria-label="The record">{value ? JSON.stringify(value, null, 2) : (record.payload ?? "no text")}</pre>
      {record.decision && (
        <>
          <h3>Decision</h3>
          <pre class="said" tabIndex={0} aria-label="The decision">{JSON.stringify(record.decision, null, 2)}</pre>
        </>
      )}
      {record.state === "open" && <Redrive record={record} local={laptop.data !== undefined} again={again} />}
    </div>
  );
}
