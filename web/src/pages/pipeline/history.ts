/** The pipeline's states of the last minutes, as this tab has seen them: rates are differences. A reload keeps them. */

import type { Pipeline } from "../../api/pipeline.ts";

export interface Moment {
  /** Milliseconds since 1970. */
  at: number;
  /** The count of each store by its name. */
  counts: Record<string, number>;
  /** The unread messages of each consumer by its name. */
  behind: Record<string, number>;
}

const KEPT_MS = 10 * 60_000;
const NAME = "tillstream-pipeline";
const moments: Moment[] = kept();

function kept(): Moment[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(NAME) ?? "[]");
    return Array.isArray(found) ? (found as Moment[]) : [];
  } catch {
    return [];
  }
}

export function momentOf(state: Pipeline): Moment {
  return {
    at: Date.parse(state.at),
    counts: Object.fromEntries([["topic", state.topic.messages], ...state.stores.filter((it) => it.count !== null).map((it) => [it.name, it.count!])]),
    behind: Object.fromEntries(state.consumers.map((it) => [it.name, it.behind])),
  };
}

/** The moments so far with this one; a state that was seen before adds nothing, and a smaller topic begins anew. */
export function remember(state: Pipeline): Moment[] {
  const now = momentOf(state);
  const last = moments.at(-1);
  if (last && now.counts.topic! < last.counts.topic!) moments.length = 0;
  if (!last || now.at > last.at) moments.push(now);
  while (moments.length > 1 && moments[0]!.at < now.at - KEPT_MS) moments.shift();
  sessionStorage.setItem(NAME, JSON.stringify(moments));
  return [...moments];
}

/** Rows a second of a store over the last seconds; undefined before two moments were seen. */
export function rateOf(seen: Moment[], store: string, seconds = 10): number | undefined {
  const last = seen.at(-1);
  const before = seen.findLast((it) => it.at <= last!.at - seconds * 1000) ?? seen[0];
  const [from, to] = [before?.counts[store], last?.counts[store]];
  if (!last || !before || before === last || from === undefined || to === undefined) return undefined;
  return (to - from) / ((last.at - before.at) / 1000);
}

/** The rate between each two moments, for a chart: `[time, rows a second]`. */
export function rates(seen: Moment[], store: string): [number, number][] {
  return seen.slice(1).flatMap((now, index) => {
    const before = seen[index]!;
    const [from, to] = [before.counts[store], now.counts[store]];
    return from === undefined || to === undefined ? [] : [[now.at, Math.max(0, (to - from) / ((now.at - before.at) / 1000))] as [number, number]];
  });
}
