/** A line's own story: where it is on its way from its file to the warehouse. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Story, storyPath } from "../../api/orders.ts";
import { useAnswer } from "../../api/use.ts";
import { to } from "../../router.ts";
import { clock, count, money } from "../../ui/format.ts";
import { Answered } from "../../ui/states.tsx";

export function StoryPanel({ number, line }: { number: string; line: string }) {
  const story = useAnswer<Story>(storyPath(number, line));
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), [story.data]);
  return (
    <section class="panel" ref={panel}>
      <div class="head">
        <h2>The story of a line</h2>
        <span class="mono quiet">{line}</span>
      </div>
      <Answered of={story} rows={4}>
        {(it) => <Places of={it} />}
      </Answered>
    </section>
  );
}

function Places({ of }: { of: Story }) {
  return (
    <>
      {of.line && <p>{[of.line.StockCode, of.line.Description, `${count(of.line.Quantity)} × ${money(of.line.UnitPrice)}`].filter(Boolean).join(" · ")}</p>}
      <ol class="story">
        <Place title="CSV line" there>
          {of.csv.copy === 1 ? "the first of its equal rows in its file" : `copy ${of.csv.copy} of its equal rows in its file`}
        </Place>
        <Place title="Topic" there={of.topic.length > 0}>
          {of.topic.map((it) => (
            <span key={it.offset}>
              <a href={to("topic", ["messages"], { partition: it.partition, offset: it.offset })}>
                partition {it.partition}, offset {it.offset}
              </a>{" "}
              <span class="quiet">{clock(it.at)}</span>
            </span>
          ))}
          {of.topic.length === 0 && (of.topic_read.complete ? "not in the topic: it came by a dropped file, or is past the retention" : "not in the offsets that were read")}
          {!of.topic_read.complete && (
            <span class="quiet">
              read: offsets {count(of.topic_read.from)} to before {count(of.topic_read.to)}
            </span>
          )}
        </Place>
        <Place title="Raw file in S3" there={of.raw.length > 0}>
          {of.raw.map((it) => (
            <a key={it.key} class="mono" href={to("topic", ["raw"], { partition: it.partition, key: it.key })}>
              {it.key}
            </a>
          ))}
          {of.raw.length === 0 && "not filed yet, or not delivered by the topic"}
        </Place>
        <Place title="DynamoDB" there={of.dynamodb !== null}>
          {of.dynamodb ? <code>{of.dynamodb.LineKey}</code> : "not in the tables yet"}
        </Place>
        <Place title="Lake" there={of.lake !== null}>
          {of.lake ? (
            <>
              <code>{of.lake.batch}</code>
              <span class="quiet">{of.lake.snapshot_id === null ? "it was there before" : `snapshot ${of.lake.snapshot_id}`}</span>
            </>
          ) : (
            "no batch found that took its raw file"
          )}
        </Place>
        <Place title="Warehouse" there={of.warehouse !== null}>
          {of.warehouse ? (
            <>
              <code>{of.warehouse.batch}</code>
              <span class="quiet">{clock(of.warehouse.at)}</span>
            </>
          ) : (
            "its batch is not loaded yet, or not known"
          )}
        </Place>
      </ol>
    </>
  );
}

function Place({ title, there, children }: { title: string; there: boolean; children: ComponentChildren }) {
  return (
    <li class={there ? "there" : "quiet"}>
      <h3>{title}</h3>
      {children}
    </li>
  );
}
