/** The last verdict of `tillstream reconcile`, and on the laptop the button that runs it. */

import { useState } from "preact/hooks";
import { ask, Refused } from "../../api/client.ts";
import type { Pipeline, Reconciliation } from "../../api/pipeline.ts";
import { useAnswer } from "../../api/use.ts";
import { ago, clock } from "../../ui/format.ts";
import { code, Empty, Failed } from "../../ui/states.tsx";

const LEVEL: Record<string, string> = { holds: "good", due: "warn", lost: "bad", failed: "bad" };

export function VerdictPanel({ of, local }: { of: Pipeline["verdict"]; local: boolean }) {
  return (
    <section class="panel">
      <h2>Is every row counted?</h2>
      {of && <Published of={of} />}
      {local ? <Here /> : !of && <Empty>{code("No reconciliation has been published yet. `tillstream reconcile FILE` compares every store with the files.")}</Empty>}
    </section>
  );
}

function Published({ of }: { of: NonNullable<Pipeline["verdict"]> }) {
  return (
    <p class="verdict">
      <span class={`tag ${LEVEL[of.outcome] ?? "quiet"}`}>{of.outcome}</span>
      <span>{of.sentence}</span>
      <span class="quiet">{ago(of.at)}</span>
    </p>
  );
}

/** Runs the command on this laptop, for files of this laptop. */
function Here() {
  const last = useAnswer<Reconciliation>("/laptop/verdict", 2);
  const [paths, setPaths] = useState<string>();
  const [failed, setFailed] = useState<Refused>();
  const given = paths ?? last.data?.paths.join("\n") ?? "";
  const named = given.split("\n").map((it) => it.trim()).filter(Boolean);
  const send = async (options: RequestInit) => {
    setFailed(undefined);
    try {
      await ask("/laptop/verdict", options);
      last.again();
    } catch (error) {
      setFailed(error instanceof Refused ? error : new Refused(0, String(error)));
    }
  };
  const run = (event: Event) => {
    event.preventDefault();
    void send({ method: "POST", body: JSON.stringify({ paths: named }), headers: { "Content-Type": "application/json" } });
  };
  return (
    <>
      <form class="line" onSubmit={run}>
        <label class="grow">
          The files that were sent: CSV files or folders of this laptop, one a line
          <textarea value={given} onInput={(event) => setPaths(event.currentTarget.value)} placeholder="day.csv" rows={Math.min(6, Math.max(2, given.split("\n").length))} spellcheck={false} />
        </label>
        <button class="main" disabled={last.data?.running || named.length === 0}>
          {last.data?.running ? "Comparing…" : "Reconcile"}
        </button>
        {last.data?.running && (
          <button type="button" onClick={() => void send({ method: "DELETE" })}>
            Cancel
          </button>
        )}
      </form>
      {failed && <Failed error={failed} />}
      {last.data?.outcome && last.data.at ? (
        <>
          <p class="verdict" role="status">
            <span class={`tag ${LEVEL[last.data.outcome]}`}>{last.data.outcome}</span>
            <span class="quiet">
              {last.data.paths.join(", ")} at {clock(last.data.at)}
            </span>
          </p>
          <pre class="said" tabIndex={0} aria-label="The words of tillstream reconcile">{last.data.sentences.join("\n")}</pre>
        </>
      ) : (
        !last.data?.running && <Empty>Not run from here yet. It reads every store, and says whether each holds exactly the rows of the files.</Empty>
      )}
    </>
  );
}
