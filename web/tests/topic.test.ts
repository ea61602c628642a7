import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Messages, QuarantinedRecord } from "../src/api/topic.ts";
import { becomes, looked, opened } from "./browser.ts";
import { aLine } from "./orders.ts";

const AT = "2026-11-29T08:00:00Z";
const message = (offset: number, given: Partial<Message> = {}): Message => ({ partition: 0, offset, at: AT, key: "700100", schema: 1, line: aLine(), text: null, bytes: 212, ...given });

function messages(from: number, to: number, given: Partial<Messages> = {}): Messages {
  const its = Array.from({ length: to - from }, (_, index) => message(from + index));
  return { topic: "order-lines", partition: 0, start: 0, end: 512, read: { from, to }, messages: its, next: to < 512 ? String(to) : null, ...given };
}

const pipeline = { topic: { partitions: [0, 1, 2].map((partition) => ({ partition, start: 0, end: 512 })) } };
const newest = "/api/topic/messages?partition=0&limit=50";

test("the newest messages of a partition are shown, and older ones a step away", async (t) => {
  const last = messages(462, 512);
  last.messages[49] = message(511, { key: null, line: null, text: "<b>no order line", schema: null });
  const answers = { "/api/pipeline": pipeline, [newest]: last, "/api/topic/messages?partition=0&offset=412&limit=50": messages(412, 462) };
  await looked(t, { address: "#/topic", answers }, (page) => page.getByText("<b>no order line").waitFor());
  const page = await opened(t, { address: "#/topic", answers });
  const first = page.getByRole("region", { name: "Messages of partition 0" }).getByRole("row").nth(1);
  await becomes(async () => (await first.innerText()).replace(/\s+/g, " "), "511 2026-11-29 08:00:00 none <b>no order line 212 B".replace("2026-11-29 ", new Date().toISOString().startsWith("2026-11-29") ? "" : "2026-11-29 "));
  await page.getByRole("link", { name: "Older messages" }).click();
  await page.getByText("offsets 412 to 461 of 0 to 511").waitFor();
});

test("a message opens to its whole value", async (t) => {
  const page = await opened(t, { address: "#/topic/messages?partition=0", answers: { "/api/pipeline": pipeline, [newest]: messages(511, 512) } });
  await page.getByText("22423 · TEA TOWEL, BLUE · 6 × 2.55 · 17001 · United Kingdom").click();
  await page.getByText('"Quantity": 6').waitFor();
});

test("the messages of an invoice say how far the topic was read, and are searched on", async (t) => {
  const path = "/api/topic/messages?invoice=700100";
  const answers = { "/api/pipeline": pipeline, [path]: messages(0, 2, { read: { from: 0, to: 300 }, next: "300" }), [`${path}&next=300`]: messages(301, 302, { read: { from: 300, to: 512 }, next: null }) };
  const page = await opened(t, { address: "#/topic", answers: { ...answers, [newest]: messages(511, 512) } });
  await page.getByLabel("Or all messages of an invoice").fill("700100");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("offsets 0 to 299 of 0 to 511").waitFor();
  await page.getByRole("button", { name: "More messages: search on" }).click();
  await page.getByRole("heading", { name: "3 messages of invoice 700100 in partition 0" }).waitFor();
});

test("raw files are listed by day, and one shows its messages", async (t) => {
  const key = "raw/order-lines/epoch=0001/day=2026-11-29/partition=0/00000000000000000042.jsonl.gz";
  const objects = { topic: "order-lines", partition: 0, epoch: 1, day: "2026-11-29", days: ["2026-11-28", "2026-11-29"], objects: [{ key, first_offset: 42, bytes: 18_230, at: AT }], next: null };
  const content = { key, first_offset: 42, next_offset: 44, messages_in_object: 2, bytes: 18_230, sha256: "9e107d9d".repeat(8), messages: [message(42), message(43)], next: null };
  const answers = { "/api/pipeline": pipeline, "/api/raw?partition=0": objects, "/api/raw?partition=0&day=2026-11-29": objects, [`/api/raw/object?key=${encodeURIComponent(key)}&limit=100`]: content };
  const page = await opened(t, { address: "#/topic/raw", answers });
  await page.getByRole("link", { name: key }).click();
  await page.getByRole("region", { name: "Messages of the file" }).waitFor();
  await looked(t, { address: new URL(page.url()).hash, answers }, (it) => it.getByRole("region", { name: "Messages of the file" }).waitFor());
});

const record: QuarantinedRecord = {
  id: "stream/order-lines/0/42-1291190400000", kind: "stream", state: "open", place: "order-lines, partition 0, offset 42", time: AT, consumer: "order_tables", partition: 0,
  invoice: "700100", reasons: [{ field: "Country", value: "", rule: "must not be empty" }], fields: { ...aLine(), Country: "" }, cells: null, payload: null, decision: null,
};
const services = { stage: "laptop", services: [], failures: [] };

test("a quarantined record is mended, tried and published", async (t) => {
  const asked: unknown[] = [];
  const redrive = (request: { postDataJSON: () => { dry_run: boolean } }) => {
    asked.push(request.postDataJSON());
    return { dry_run: request.postDataJSON().dry_run, plan: [{ id: record.id, outcome: "redrive", new: true, errors: [], decision: null }] };
  };
  let state = "open";
  const answers = { "/api/quarantine": () => ({ records: [{ ...record, state }], next: null }), "/laptop/services": services, "/laptop/redrive": redrive };
  const address = `#/topic/quarantine?id=${encodeURIComponent(record.id)}`;
  await looked(t, { address, answers }, (page) => page.getByRole("button", { name: "Try" }).waitFor());
  const page = await opened(t, { address, answers });
  await becomes(() => page.getByRole("button", { name: "Publish" }).isDisabled(), true);
  await page.getByLabel("Country").fill("O'Brien's isle");
  await page.getByText(`tillstream quarantine redrive ${record.id} --set 'Country=O'\\''Brien'\\''s isle'`).waitFor();
  await page.getByRole("button", { name: "Try" }).click();
  await page.getByText("would be published").waitFor();
  state = "redriven";
  await page.getByRole("button", { name: "Publish" }).click();
  await page.locator(".records .tag", { hasText: "redriven" }).waitFor();
  const set = { Country: "O'Brien's isle" };
  assert.deepEqual(asked, [{ id: record.id, set, dry_run: true }, { id: record.id, set, dry_run: false }]);
});

test("a record that is no object has no field to mend, and says what mends it", async (t) => {
  const text = { ...record, reasons: [{ field: "value", value: "'no JSON'", rule: "not JSON" }], fields: null, payload: "no JSON" };
  const page = await opened(t, { address: `#/topic/quarantine?id=${encodeURIComponent(record.id)}`, answers: { "/api/quarantine": { records: [text], next: null }, "/laptop/services": services } });
  await page.getByText("No field of it can be mended here").waitFor();
  assert.equal(await page.getByRole("button", { name: "Try" }).count(), 0);
});

test("where no laptop answers, the command to redrive is shown instead of buttons", async (t) => {
  const page = await opened(t, { address: `#/topic/quarantine?id=${encodeURIComponent(record.id)}`, answers: { "/api/quarantine": { records: [record], next: null } } });
  await page.getByText(`tillstream quarantine redrive ${record.id}`).waitFor();
  assert.equal(await page.getByRole("button", { name: "Publish" }).count(), 0);
});
