/** Takes the pictures of docs/pages.md from a running platform: `node pictures.ts FOLDER ROWS`; ROWS is JSON that names some of its rows. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { closed, shown, violations } from "./window.ts";

interface Rows {
  /** An invoice and the cancellation that takes some of it back. */
  sale: string;
  cancellation: string;
  /** The story of one of the sale's lines. */
  line: string;
  /** The id of a quarantined record. */
  record: string;
}

interface Picture {
  name: string;
  address: string;
  /** It is taken once this is seen. */
  seen: (page: Page) => Promise<unknown>;
  dark?: boolean;
  width?: number;
  height?: number;
}

const [folder, given] = process.argv.slice(2) as [string, string];
const rows = JSON.parse(given) as Rows;
const moving = (page: Page) => page.locator(".flow.moving").nth(2).waitFor();
/** Rows flow, and have been watched for half a minute. */
const watched = async (page: Page) => {
  await page.waitForFunction(() => (JSON.parse(sessionStorage.getItem("tillstream-pipeline") ?? "[]") as unknown[]).length > 12);
  await moving(page);
};
const text = (words: string) => (page: Page) => page.getByText(words).first().waitFor();
const charts = async (page: Page) => {
  await page.locator(".chart canvas").nth(3).waitFor();
  await page.evaluate(() => new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))));
};

const PICTURES: Picture[] = [
  { name: "pipeline", address: "#/pipeline", seen: watched, height: 860 },
  { name: "pipeline-phone", address: "#/pipeline", seen: moving, width: 390, height: 1080 },
  { name: "invoice", address: `#/explorer/invoice/${rows.cancellation}`, seen: (page) => page.getByRole("region", { name: "Matched lines" }).waitFor(), height: 560 },
  { name: "story", address: `#/explorer/invoice/${rows.sale}?line=${rows.line}`, seen: text("snapshot"), height: 700 },
  { name: "topic", address: "#/topic/messages?partition=0", seen: (page) => page.getByRole("region", { name: "Messages of partition 0" }).waitFor(), height: 620 },
  { name: "quarantine", address: `#/topic/quarantine?id=${encodeURIComponent(rows.record)}`, seen: (page) => page.getByRole("button", { name: "Try" }).waitFor(), height: 640 },
  { name: "sales", address: "#/sales", seen: charts, dark: true, height: 1300 },
];

const complaints: string[] = [];
for (const { name, address, seen, dark, width = 1360, height = 900 } of PICTURES) {
  const page = await shown({ address }, complaints);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  await seen(page);
  await page.evaluate(() => scrollTo(0, 0));
  complaints.push(...(await violations(page)).map((it) => `${name}: ${it}`));
  const { data } = await (await page.context().newCDPSession(page)).send("Page.captureScreenshot", { format: "webp", quality: 88 });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
  console.log(name);
  await page.close();
}
await closed();
if (complaints.length > 0) throw new Error(complaints.join("\n"));
