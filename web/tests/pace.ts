/** Measures how long the sales page takes from a choice to the painted picture, on a simulated full year: run by `python -m tests.web.pace`. */

import { loadavg } from "node:os";
import type { Page } from "playwright-core";
import { closed, shown } from "./window.ts";
import { anExtract } from "./extracts.ts";

const TIMES = 20;
const COUNTRIES = ["United Kingdom", ...Array.from({ length: 37 }, (_, at) => `Country ${at + 1}`)];
/** The days, articles and customers of the real data set's year, in round numbers. */
const [DAYS, ARTICLES, ABROAD_ARTICLES] = [305, 2_800, 60];

let seed = 1;
/** The next of some numbers that are the same in every run, from 0 to before `below`. */
const number = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
const price = (): number => number(200_000) / 100;
const day = (at: number): string => new Date(Date.UTC(2010, 11, 1) + Math.floor((at * 373) / DAYS) * 86_400_000).toISOString().slice(0, 10);
const sold = (): [number, number, number, number] => [price(), -price() / 20, 0, price()];

function year(): Record<string, unknown> {
  const [daily, hourly, products, cohorts]: (string | number)[][][] = [[], [], [], []];
  for (let at = 0; at < DAYS; at++) {
    for (const country of COUNTRIES) {
      if (country !== COUNTRIES[0] && number(6)) continue;
      daily!.push([day(at), country, 1 + number(60), 1 + number(1500), 1 + number(9000), ...sold()]);
      for (let hour = 7; hour < 20; hour++) if (country === COUNTRIES[0] || !number(6)) hourly!.push([day(at), hour, country, 1 + number(9), 1 + number(200), price()]);
    }
  }
  for (let month = 0; month < 13; month++) {
    const first = new Date(Date.UTC(2010, 11 + month, 1)).toISOString().slice(0, 10);
    for (const country of COUNTRIES)
      for (let article = 0; article < (country === COUNTRIES[0] ? ARTICLES : ABROAD_ARTICLES); article++)
        products!.push([first, country, `A${country === COUNTRIES[0] ? article : number(ARTICLES)}`, "TEA TOWEL", 1 + number(90), number(3), price(), -price() / 20, price()]);
    for (let later = 0; month + later < 13; later++) cohorts!.push([first, later, 1 + number(900), 1 + number(900), price()]);
  }
  return {
    "/api/sales": { version: "1", at: new Date().toISOString(), extracts: {} },
    "/api/sales/daily": anExtract("daily", ["day", "country", "invoices", "lines", "units", "gross", "returns", "adjustments", "net"], daily!),
    "/api/sales/hourly": anExtract("hourly", ["day", "hour", "country", "invoices", "lines", "net"], hourly!),
    "/api/sales/products": anExtract("products", ["month", "country", "stockcode", "description", "units_sold", "units_returned", "gross", "returns", "net"], products!),
    "/api/sales/cohorts": anExtract("cohorts", ["first_month", "month_number", "customers", "buyers", "net"], cohorts!),
  };
}

/** Milliseconds from choosing a value until the frame with the new totals and charts is painted. */
async function chosen(page: Page, label: string, value: string): Promise<number> {
  return page.getByRole("search").getByLabel(label).evaluate(async (element, text) => {
    const select = element as HTMLSelectElement;
    const index = [...select.options].findIndex((it) => it.label === text);
    const totals = document.querySelector("[aria-label='Totals']")!.textContent;
    await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
    const start = performance.now();
    select.selectedIndex = index;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    const painted = () => new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
    do await painted();
    while (document.querySelector("[aria-label='Totals']")?.textContent === totals);
    await painted(); // the charts draw in the frame after their options
    return performance.now() - start;
  }, value);
}

const answers = year();
const page = await shown({ address: "#/sales", answers });
await page.locator(".chart canvas").nth(3).waitFor();
const rows = Object.values(answers).reduce<number>((sum, it) => sum + ((it as { rows?: number }).rows ?? 0), 0);
const took: number[] = [];
for (let at = 0; at < TIMES; at++) {
  const choices = [["Country", "Country 3"], ["Period", "2011-03"], ["Country", "All countries"], ["Period", "All dates"]] as const;
  const [label, value] = choices[at % choices.length]!;
  took.push(await chosen(page, label, value));
}
took.sort((one, other) => one - other);
const of = (share: number) => Math.round(took[Math.min(took.length - 1, Math.floor(share * took.length))]!);
console.log(JSON.stringify({ rows, changes: took.length, median_ms: of(0.5), greatest_ms: of(1), load: Math.round(loadavg()[0]! * 10) / 10 }));
await closed();
