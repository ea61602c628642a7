/** A table of messages; each can be opened to its whole value. */

import type { Message } from "../../api/topic.ts";
import { to } from "../../router.ts";
import { bytes, clock, count, money } from "../../ui/format.ts";
import { Sheet } from "../../ui/sheet.tsx";

export function MessageTable({ messages, label }: { messages: Message[]; label: string }) {
  return (
    <Sheet label={label} rows={[messages.length, "message"]}>
      <thead>
        <tr>
          <th scope="col" class="num">Offset</th>
          <th scope="col">Time</th>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col" class="num">Size</th>
        </tr>
      </thead>
      <tbody>
        {messages.map((it) => (
          <tr key={`${it.partition} ${it.offset}`}>
            <td class="num mono">{it.offset}</td>
            <td class="whole">{clock(it.at)}</td>
            <td class="whole">{it.key === null ? <span class="quiet">none</span> : it.line?.LineId ? <a href={to("explorer", ["invoice", it.key], { line: it.line.LineId })}>{it.key}</a> : it.key}</td>
            <td class="wide">
              <Value of={it} />
            </td>
            <td class="num">{bytes(it.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </Sheet>
  );
}

function Value({ of }: { of: Message }) {
  if (of.line === null) return of.text === null ? <span class="quiet">null</span> : <code class="text">{of.text}</code>;
  return (
    <details>
      <summary>{described(of)}</summary>
      <pre class="said">{JSON.stringify(of.line, null, 2)}</pre>
      <p class="quiet">
        Written by version {of.schema ?? "unknown"} of the record, in partition {of.partition}.
      </p>
    </details>
  );
}

/** An order line in a few words; another object as its names. */
function described({ line }: Message): string {
  if (!line?.StockCode) return Object.keys(line ?? {}).join(", ") || "an empty object";
  const units = line.Quantity === undefined ? "" : `${count(line.Quantity)} × ${line.UnitPrice === undefined ? "?" : money(line.UnitPrice)}`;
  return [line.StockCode, line.Description, units, line.CustomerID, line.Country].filter((it) => it !== null && it !== undefined && it !== "").join(" · ");
}
