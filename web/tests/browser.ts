/** One Chromium for all tests of the pages. The page server is the real one; the API's answers are given by each test. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { after, type TestContext } from "node:test";
import { type BrowserContext, type Page, chromium } from "playwright-core";

const OPEN = process.env.PAGES!;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
let running: Promise<BrowserContext> | undefined;

after(async () => (await running)?.browser()?.close());

export interface Given {
  /** The hash of the page, such as `#/explorer`. */
  address: string;
  /** The API's answer to each path, with its query: a value for 200, a function for anything else. */
  answers?: Record<string, unknown>;
  /** What is done with the page before it is opened. */
  prepared?: (page: Page) => Promise<unknown>;
}

const SIZES = { desktop: { width: 1360, height: 900 }, phone: { width: 390, height: 844 } };

/** An answer with another status than 200; a number of seconds delays it. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

/** An answer that never comes. */
export const NEVER = Symbol("never");

export const problem = (status: number, title: string, detail = ""): Reply => new Reply(status, { title, status, detail });

/** A page as the reader opens it; what the browser complains of fails the test. */
export async function opened(test: TestContext, { address, answers = {}, prepared }: Given): Promise<Page> {
  running ??= started();
  const page = await (await running).newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && complaints.push(message.text()));
  test.after(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });
  await page.route(/\/(api|laptop)\//, async (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname + url.search;
    const given = answers[path] ?? answers[`${route.request().method()} ${path}`];
    const answer = typeof given === "function" ? await given(route.request()) : given;
    if (answer === NEVER) return;
    const reply = answer instanceof Reply ? answer : answer === undefined ? problem(404, "There is none", `no answer is given for ${path}`) : new Reply(200, answer);
    await route.fulfill({ status: reply.status, contentType: "application/json", body: JSON.stringify(reply.body) });
  });
  await prepared?.(page);
  await page.goto(new URL(`/${address}`, OPEN).href);
  await page.locator("main h1").waitFor();
  return page;
}

/** A Chromium in which the printed address was opened once: it has the cookie of the pages. */
async function started(): Promise<BrowserContext> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM!, args: FLAGS, headless: true });
  const context = await browser.newContext({ viewport: SIZES.desktop, colorScheme: "light", reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" });
  await context.request.get(OPEN, { maxRedirects: 0 });
  return context;
}

/** Fails with what axe finds, if anything; its script is run by the browser's debugger, which no policy forbids. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }> } }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${JSON.stringify(node.target)} ${node.failureSummary ?? ""}`));
  });
  assert.deepEqual(found, []);
}

/** Fails if the page is wider than the window: only tables may scroll sideways, in their own frame. */
export async function fits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content! <= window!, `the page is ${content} pixels wide, the window ${window}`);
}

/** Looks at a page in both themes, on a desktop and a phone: clean by axe, and as wide as the window. */
export async function looked(test: TestContext, given: Given, settled: (page: Page) => Promise<unknown>): Promise<void> {
  const page = await opened(test, given);
  await settled(page);
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await kept(page, test, `${colorScheme}-${size}`);
      if (size === "desktop") await accessible(page);
    }
    await fits(page);
  }
}

/** Keeps a picture of the page in the folder `SCREENSHOTS`, if that is set. */
async function kept(page: Page, test: TestContext, view: string): Promise<void> {
  if (!process.env.SCREENSHOTS) return;
  const name = test.name.replace(/\W+/g, "-").toLowerCase();
  await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${view}.png`, fullPage: true });
}
