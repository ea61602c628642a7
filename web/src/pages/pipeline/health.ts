/** How each part of the way is, and which page of the runbook helps. Pure. */

import type { Consumer, Laptop, Pipeline } from "../../api/pipeline.ts";

export interface Health {
  level: "good" | "warn" | "bad";
  word: string;
  /** The path of the runbook's page, where one helps. */
  page?: string;
  why?: string;
}

export const RUNBOOK = "docs/runbook/README.md";
export const PART_ENDED = "docs/runbook/part-ended.md";
const FUNCTION_FAILS = "docs/runbook/function-fails.md";

/** `failure` is the last one of the consumer's function, if it failed in the last minutes. */
export function ofConsumer(consumer: Consumer, failure?: Laptop["failures"][number]): Health {
  const page = failure?.page ?? (failure ? FUNCTION_FAILS : RUNBOOK);
  const why = failure ? { why: failure.error } : {};
  switch (consumer.state) {
    case "stopped":
      return { level: "bad", word: "stopped", page: failure ? page : PART_ENDED, ...why };
    case "stalled":
      return { level: "bad", word: "stalled", page, ...why };
    case "behind":
      return failure ? { level: "bad", word: "failing", page, ...why } : { level: "warn", word: "behind" };
    default:
      return { level: "good", word: "ok" };
  }
}

/** The names of functions have no hyphen: `raw-archive` is fed to `rawarchive`. */
export function failureOf(laptop: Laptop | undefined, consumer: string): Laptop["failures"][number] | undefined {
  return laptop?.failures.find((it) => it.function === consumer.replace("-", ""));
}

/** Everything that is red, as sentences for the head of the page. */
export function troubles(state: Pipeline | undefined, laptop: Laptop | undefined): Health[] {
  const ended = (laptop?.services ?? []).filter((it) => it.state === "ended");
  const consumers = (state?.consumers ?? []).map((it) => ({ it, health: ofConsumer(it, failureOf(laptop, it.name)) }));
  const reading = new Set(consumers.map(({ it }) => it.name.replace("-", "")));
  const others = (laptop?.failures ?? []).filter((it) => !reading.has(it.function));
  return [
    ...ended.map((it): Health => ({ level: "bad", word: `${it.name} has ended`, page: PART_ENDED })),
    ...consumers.filter(({ health }) => health.level === "bad").map(({ it, health }) => ({ ...health, word: `${it.name} ${health.word === "failing" ? "fails" : `is ${health.word}`}` })),
    ...others.map((it): Health => ({ level: "bad", word: `${it.function} failed ${it.count === 1 ? "once" : `${it.count} times`}`, page: it.page ?? FUNCTION_FAILS, why: it.error })),
  ];
}
