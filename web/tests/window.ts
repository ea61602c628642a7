/** One Chromium in which pages are opened. The page server is the real one; the API's answers are given, or those of the platform behind it. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type BrowserContext, type Page, chromium } from "playwright-core";

const OPEN = process.env.PAGES!;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
let running: Promise<BrowserContext> | undefined;

export async function closed(): Promise<void> {
  await (await running)?.browser()?.close();
}

export interface Given {
  /** The hash of the page, such as `#/explorer`. */
  address: string;
  /** The API's answer to each path, with its query: a value for 200, a function for anything else. Without them the platform answers. */
  answers?: Record<string, unknown>;
  /** What is done with the page before it is opened. */
  prepared?: (page: Page) => Promise<unknown>;
}

/** Milliseconds that a page is waited for, also on a busy machine. */
export const PATIENCE = 120_000;

export const SIZES = { desktop: { width: 1360, height: 900 }, phone: { width: 390, height: 844 } };

/** An answer with another status than 200. */
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

/** A page as the reader opens it; what the browser complains of is added to `complaints`. */
export async function shown({ address, answers, prepared }: Given, complaints: string[] = []): Promise<Page> {
  running ??= started();
  const page = await (await running).newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && complaints.push(message.text()));
  if (answers) await answered(page, answers);
  await prepared?.(page);
  await page.goto(new URL(`/${address}`, OPEN).href);
  await page.locator("main h1").waitFor();
  return page;
}

async function answered(page: Page, answers: Record<string, unknown>): Promise<void> {
  await page.route(/\/(api|laptop)\//, async (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname + url.search;
    const given = answers[path] ?? answers[`${route.request().method()} ${path}`];
    const answer = typeof given === "function" ? await given(route.request()) : given;
    if (answer === NEVER) return;
    const reply = answer instanceof Reply ? answer : answer === undefined ? problem(404, "There is none", `no answer is given for ${path}`) : new Reply(200, answer);
    await route.fulfill({ status: reply.status, contentType: "application/json", body: JSON.stringify(reply.body) });
  });
}

/** A Chromium in which the printed address was opened once: it has the cookie of the pages. */
async function started(): Promise<BrowserContext> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM!, args: FLAGS, headless: true });
  const context = await browser.newContext({ viewport: SIZES.desktop, colorScheme: "light", reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" });
  await context.request.get(OPEN, { maxRedirects: 0 });
  return context;
}

/** What axe finds; its script is run by the browser's debugger, which no policy forbids. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }> } }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${JSON.stringify(node.target)} ${node.failureSummary ?? ""}`));
  });
}
