/** Mends a quarantined record and publishes it anew: tried first, then for good. */

import { useState } from "preact/hooks";
import { ask, Refused } from "../../api/client.ts";
import type { QuarantinedRecord, Redriven } from "../../api/topic.ts";
import { code, Failed } from "../../ui/states.tsx";

/** The fields that a new value may be given for; a record that is no object at all needs a patch file. */
const FIELDS = new Set(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country", "Occurrence"]);

interface Report {
  dry_run: boolean;
  plan: Redriven[];
}

export function Redrive({ record, local, again }: { record: QuarantinedRecord; local: boolean; again: () => void }) {
  const fields = [...new Set(record.reasons.map((it) => it.field).filter((it) => FIELDS.has(it)))];
  const [values, setValues] = useState<Record<string, string>>({});
  const [report, setReport] = useState<Report>();
  const [failed, setFailed] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  const send = async (dry_run: boolean) => {
    setBusy(true);
    setFailed(undefined);
    try {
      const body = JSON.stringify({ id: record.id, set, dry_run });
      setReport(await ask<Report>("/laptop/redrive", { method: "POST", body, headers: { "Content-Type": "application/json" } }));
      if (!dry_run) again();
    } catch (error) {
      setFailed(error instanceof Refused ? error : new Refused(0, String(error)));
    }
    setBusy(false);
  };
  if (fields.length === 0) return <p class="quiet">{code("No field of it can be mended here. `tillstream help quarantine` says how a patch file mends it, and how a record is discarded.")}</p>;
  const sets = Object.entries(set).map(([field, value]) => ` --set ${quoted(`${field}=${value}`)}`).join("");
  const good = report?.dry_run && report.plan.every((it) => it.errors.length === 0);
  return (
    <form class="redrive" onSubmit={(event) => { event.preventDefault(); void send(true); }}>
      <h3>Publish it anew</h3>
      <div class="fields">
        {fields.map((field) => (
          <label key={field} class="field">
            {field}
            <input value={values[field] ?? ""} onInput={(event) => { setValues({ ...values, [field]: event.currentTarget.value }); setReport(undefined); }} placeholder={String(record.fields?.[field] ?? "")} />
          </label>
        ))}
      </div>
      {local ? (
        <p class="steps">
          <button disabled={busy}>{busy ? "Asking…" : "Try"}</button>
          <button type="button" class="main" disabled={busy || !good} onClick={() => void send(false)}>
            Publish
          </button>
          <span class="quiet">A try publishes nothing. What is published becomes a line of its own, and cannot be called back.</span>
        </p>
      ) : (
        <p class="quiet">On a deployed stack an operator's command does this:</p>
      )}
      <code>tillstream quarantine redrive {record.id}{sets}</code>
      {failed && <Failed error={failed} />}
      {report && <Outcome of={report} />}
    </form>
  );
}

function Outcome({ of }: { of: Report }) {
  return (
    <div role="status">
      {of.plan.map((it) =>
        it.errors.length > 0 ? (
          <ul key={it.id} class="reasons bad">
            {it.errors.map((error) => (
              <li key={`${error.field} ${error.rule}`}>
                <b>{error.field}</b> <code>{error.value}</code> {error.rule}
              </li>
            ))}
          </ul>
        ) : (
          <p key={it.id} class="good">
            {of.dry_run ? "It is an order line now, and would be published." : "Published: the tables hold it as soon as its consumer has read it."}
          </p>
        ),
      )}
    </div>
  );
}

/** A word of a shell's command. */
const quoted = (word: string): string => (/^[\w=.:/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
