/** The raw archive: its objects by partition and day, and the messages of one. */

import { usePages } from "../../api/pages.ts";
import { query, type RawContent, type RawObjects } from "../../api/topic.ts";
import { go, to } from "../../router.ts";
import { bytes, clock, count } from "../../ui/format.ts";
import { More } from "../../ui/more.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { MessageTable } from "./table.tsx";

export function RawView({ query: asked, partitions }: { query: URLSearchParams; partitions: number[] }) {
  const key = asked.get("key");
  const partition = Number(asked.get("partition") ?? 0);
  const day = asked.get("day");
  return (
    <>
      {key && <ObjectPanel key={key} name={key} />}
      <Objects key={`${partition} ${day}`} partition={partition} day={day} partitions={partitions} chosen={key} />
    </>
  );
}

interface ObjectsProps {
  partition: number;
  day: string | null;
  partitions: number[];
  chosen: string | null;
}

function Objects({ partition, day, partitions, chosen }: ObjectsProps) {
  const answer = usePages<RawObjects>((next) => query("/raw", { partition, day, next }), (before, page) => ({ ...page, objects: [...before.objects, ...page.objects] }));
  const show = (its: { partition: number | string; day?: string | undefined }) => go(to("topic", ["raw"], its));
  return (
    <section class="panel">
      <h2>Objects of the raw archive</h2>
      <form class="line" onSubmit={(event) => event.preventDefault()}>
        <label>
          Partition
          <select value={partition} onChange={(event) => show({ partition: event.currentTarget.value })}>
            {[...new Set([...partitions, partition])].map((it) => (
              <option key={it} value={it}>
                {it}
              </option>
            ))}
          </select>
        </label>
        {answer.data && answer.data.days.length > 0 && (
          <label>
            Day
            <select value={answer.data.day ?? ""} onChange={(event) => show({ partition, day: event.currentTarget.value })}>
              {answer.data.days.toReversed().map((it) => (
                <option key={it} value={it}>
                  {it}
                </option>
              ))}
            </select>
          </label>
        )}
      </form>
      <Answered of={answer} rows={6}>
        {(it) =>
          it.objects.length === 0 ? (
            <Empty>The archive holds no object of this partition yet: it writes one when its window ends.</Empty>
          ) : (
            <>
              <Sheet label="Raw files" rows={[it.objects.length, "file"]}>
                <thead>
                  <tr>
                    <th scope="col" class="num">First offset</th>
                    <th scope="col">Written</th>
                    <th scope="col" class="num">Size</th>
                    <th scope="col">Key</th>
                  </tr>
                </thead>
                <tbody>
                  {it.objects.map((object) => (
                    <tr key={object.key} class={object.key === chosen ? "chosen" : ""}>
                      <td class="num mono">{object.first_offset}</td>
                      <td class="whole">{clock(object.at)}</td>
                      <td class="num">{bytes(object.bytes)}</td>
                      <td class="mono wide">
                        <a href={to("topic", ["raw"], { partition, day: it.day ?? undefined, key: object.key })}>{object.key}</a>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </Sheet>
              <More of={answer} what="files" />
            </>
          )
        }
      </Answered>
    </section>
  );
}

function ObjectPanel({ name }: { name: string }) {
  const content = usePages<RawContent>((next) => query("/raw/object", { key: name, limit: 100, next }), (before, page) => ({ ...page, messages: [...before.messages, ...page.messages] }));
  return (
    <section class="panel">
      <h2 class="mono">{name}</h2>
      <Answered of={content} rows={6}>
        {(it) => (
          <>
            <dl class="facts">
              <div>
                <dt>Messages</dt>
                <dd>{count(it.messages_in_object)}</dd>
              </div>
              <div>
                <dt>Offsets</dt>
                <dd>
                  {count(it.first_offset)} to {count(it.next_offset - 1)}
                </dd>
              </div>
              <div>
                <dt>Size, gzipped</dt>
                <dd>{bytes(it.bytes)}</dd>
              </div>
              <div>
                <dt>SHA-256</dt>
                <dd>
                  <small class="mono">{it.sha256}</small>
                </dd>
              </div>
            </dl>
            <MessageTable messages={it.messages} label="Messages of the file" />
            <More of={content} what="messages" />
          </>
        )}
      </Answered>
    </section>
  );
}
