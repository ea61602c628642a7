import assert from "node:assert/strict";
import { test } from "node:test";
import type { Laptop, Pipeline, Reconciliation } from "../src/api/pipeline.ts";
import { accessible, becomes, looked, opened, problem } from "./browser.ts";

const START = Date.now();
const instant = (seconds: number) => new Date(START + seconds * 1000).toISOString();

/** The state some seconds after the start, with a topic that has grown by 500 rows a second. */
function aPipeline(seconds: number, given: Partial<Pipeline> = {}): Pipeline {
  const messages = 3000 + 500 * seconds;
  return {
    at: instant(seconds),
    topic: {
      name: "order-lines", messages, newest_at: instant(seconds - 1),
      partitions: [520, 480, 530, 470, 510, 490].map((end, partition) => ({ partition, start: 0, end })),
    },
    consumers: [
      { name: "raw-archive", group: "raw", behind: 120, oldest_at: instant(seconds - 4), members: 1, state: "behind" },
      { name: "order-tables", group: "tables", behind: 0, oldest_at: null, members: 1, state: "ok" },
    ],
    stores: [
      { name: "topic", kind: "deliveries", count: messages },
      { name: "s3", kind: "deliveries", count: messages - 120 },
      { name: "dynamodb", kind: "lines", count: messages },
      { name: "lake", kind: "lines", count: 1042 },
      { name: "warehouse", kind: "lines", count: null },
    ],
    files: [{ key: "raw/order-lines/epoch=0001/day=2026-11-29/partition=0/00000000000000000000.jsonl.gz", bytes: 18_230, at: instant(-20) }],
    jobs: [
      { name: "curate", last_batch: "20261129T082600Z-00ff", at: instant(-400), lines: 1042, waiting: null },
      { name: "load_tables", last_batch: "20261129T082600Z-00ff", at: instant(-300), lines: 1042, waiting: 0 },
      { name: "load_warehouse", last_batch: null, at: null, lines: null, waiting: 1 },
    ],
    quarantine: { records: 2, decisions: 1, complete: true },
    verdict: { outcome: "holds", at: instant(-200), sentence: "every row is counted (3,108 rows, 3 hops agree)" },
    ...given,
  };
}

const laptop: Laptop = { stage: "laptop", services: ["kafka", "dynamodb", "s3", "runtime", "event_source"].map((name) => ({ name, state: "running" })), failures: [] };
const notRun: Reconciliation = { running: false, paths: [], at: null, outcome: null, sentences: [] };

/** Each time it is asked, the state two seconds on. */
function growing(): () => Pipeline {
  let asked = 0;
  return () => aPipeline(2 * asked++);
}

const answers = () => ({ "/api/pipeline": growing(), "/laptop/services": laptop, "/laptop/verdict": notRun });
const way = "The way of a row";

test("the way of a row moves while rows flow", async (t) => {
  await looked(t, { address: "#/pipeline", answers: answers() }, (page) => page.getByText("500", { exact: true }).waitFor());
  const page = await opened(t, { address: "", answers: answers() });
  await page.getByText("500", { exact: true }).waitFor();
  for (const part of ["rows a second", "behind", "120 unread", "nothing unread", "has not run", "1 batch to load"]) {
    await page.getByRole("region", { name: way }).getByText(part).first().waitFor();
  }
  await becomes(() => page.locator(".flow.moving").count(), 3);
});

test("a consumer that stalls is red and names its page of the runbook", async (t) => {
  const state = aPipeline(0);
  const stalled = { ...state, consumers: [{ ...state.consumers[0]!, state: "stalled", behind: 4000 }, state.consumers[1]!] };
  const failures = [{ function: "rawarchive", count: 3, last: instant(0), error: "Ahead: the topic was recreated", page: "docs/runbook/topic-recreated.md" }];
  const given = { address: "#/pipeline", answers: { ...answers(), "/api/pipeline": stalled, "/laptop/services": { ...laptop, failures } } };
  const page = await opened(t, given);
  await page.getByRole("alert").getByText("raw-archive is stalled").waitFor();
  await accessible(page);
  await becomes(async () => (await page.getByRole("alert").innerText()).replace(/\s+/g, " "), "raw-archive is stalled. The way back: docs/runbook/topic-recreated.md Ahead: the topic was recreated");
});

test("a service that ended is red, and so is its place on the way", async (t) => {
  const services = laptop.services.map((it) => (it.name === "kafka" ? { ...it, state: "ended" } : it));
  const page = await opened(t, { address: "#/pipeline", answers: { ...answers(), "/laptop/services": { ...laptop, services } } });
  await page.getByRole("alert").getByText("kafka has ended").waitFor();
  await becomes(() => page.locator(".bad-place h2").allInnerTexts(), ["order-lines"]);
});

test("when the API falls silent the last state stays, marked as old, and nothing moves", async (t) => {
  let asked = 0;
  const failing = () => (++asked > 2 ? problem(503, "A store is silent", "Kafka does not answer") : aPipeline(2 * asked));
  const page = await opened(t, { address: "#/pipeline", answers: { ...answers(), "/api/pipeline": failing } });
  await page.getByRole("alert").getByText("Kafka does not answer").waitFor();
  await page.getByText("Last known state").waitFor();
  await becomes(() => page.locator(".flow.moving").count(), 0);
});

test("the button runs a reconciliation and shows its verdict", async (t) => {
  let state = notRun;
  const sentences = ["csv 1,000", "topic 1,000", "every row is counted"];
  const run = (request: { postDataJSON: () => { paths: string[] } }) => {
    state = { running: false, paths: request.postDataJSON().paths, at: instant(0), outcome: "holds", sentences };
    return { ...state, running: true };
  };
  const page = await opened(t, { address: "#/pipeline", answers: { ...answers(), "/laptop/verdict": undefined, "GET /laptop/verdict": () => state, "POST /laptop/verdict": run } });
  await page.getByLabel("The files that were sent").fill("day.csv\n  my second day.csv \n");
  await page.getByRole("button", { name: "Reconcile" }).click();
  await becomes(() => page.getByLabel("The words of tillstream reconcile").innerText(), sentences.join("\n"));
  assert.equal(await page.getByLabel("The words of tillstream reconcile").evaluate((it) => getComputedStyle(it).whiteSpace), "pre");
  await accessible(page);
  assert.deepEqual(state.paths, ["day.csv", "my second day.csv"]);
});

test("a reconciliation that runs can be cancelled", async (t) => {
  let state: Reconciliation = { ...notRun, running: true, paths: ["day.csv"] };
  const cancel = () => (state = notRun);
  const page = await opened(t, { address: "#/pipeline", answers: { ...answers(), "/laptop/verdict": undefined, "GET /laptop/verdict": () => state, "DELETE /laptop/verdict": cancel } });
  await page.getByRole("button", { name: "Comparing…" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Not run from here yet").waitFor();
});

test("on a phone the way branches behind the topic as it does on a desktop", async (t) => {
  const page = await opened(t, { address: "#/pipeline", answers: answers() });
  await page.getByRole("region", { name: way }).waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByText("500", { exact: true }).waitFor();
  // in one look: the page goes on changing
  const [topic, archive, tables, dynamodb, load, lake] = await page.evaluate(
    (areas) => areas.map((area) => document.querySelector(`.way > [style*="grid-area: ${area}"]`)!.getBoundingClientRect().toJSON() as DOMRect),
    ["topic", "archive", "tables", "dynamodb", "load_tables", "lake"],
  );
  assert.deepEqual([archive!.y, tables!.y], [topic!.y + topic!.height, topic!.y + topic!.height]);
  assert.ok(archive!.x + archive!.width <= tables!.x);
  assert.deepEqual([load!.y, load!.y + load!.height], [dynamodb!.y + dynamodb!.height, lake!.y]);
});

test("the charts keep their past when the page is loaded again", async (t) => {
  const page = await opened(t, { address: "#/pipeline", answers: answers() });
  await page.getByText("500", { exact: true }).waitFor();
  const moments = () => page.evaluate(() => (JSON.parse(sessionStorage.getItem("tillstream-pipeline")!) as { at: number }[]).map(({ at }) => at));
  const before = await moments();
  await page.reload();
  await page.getByText("500", { exact: true }).waitFor();
  assert.deepEqual((await moments()).slice(0, before.length), before);
});

test("a platform without rows says how the first ones are sent", async (t) => {
  const empty = aPipeline(0, { topic: { name: "order-lines", messages: 0, newest_at: null, partitions: [{ partition: 0, start: 0, end: 0 }] }, files: [], quarantine: { records: 0, decisions: 0, complete: true }, verdict: null });
  const page = await opened(t, { address: "#/pipeline", answers: { ...answers(), "/api/pipeline": empty } });
  await page.getByText("No row has been sent yet").waitFor();
  await accessible(page);
});
