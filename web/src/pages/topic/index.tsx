/** The topic and the files: messages, raw objects, and what is in quarantine. */

import type { Pipeline } from "../../api/pipeline.ts";
import { useAnswer } from "../../api/use.ts";
import { type Route, to } from "../../router.ts";
import { MessagesView } from "./messages.tsx";
import { QuarantineView } from "./quarantine.tsx";
import { RawView } from "./raw.tsx";
import "./topic.css";

const VIEWS = [
  ["messages", "Messages"],
  ["raw", "Raw files"],
  ["quarantine", "Quarantine"],
] as const;

export default function TopicPage({ route }: { route: Route }) {
  const view = route.segments[0] ?? "messages";
  const pipeline = useAnswer<Pipeline>(view === "quarantine" ? undefined : "/api/pipeline");
  const partitions = pipeline.data?.topic.partitions.map((it) => it.partition) ?? [0];
  return (
    <>
      <div class="head">
        <h1>Topic and files</h1>
        <nav class="views" aria-label="Topic and files">
          {VIEWS.map(([name, title]) => (
            <a key={name} href={to("topic", [name])} aria-current={view === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </div>
      {view === "raw" ? <RawView query={route.query} partitions={partitions} /> : view === "quarantine" ? <QuarantineView query={route.query} /> : <MessagesView query={route.query} partitions={partitions} />}
    </>
  );
}
