import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import * as figures from "../src/pages/sales/figures.ts";
import { accessible, becomes, fits, looked, NEVER, opened, problem } from "./browser.ts";
import { anExtract, cohorts, daily, hourly, products, sales } from "./extracts.ts";
import { SIZES } from "./window.ts";

const ALL = { from: "2010-12-01", to: "2011-01-03", country: "" };
const charts = (page: Page, count: number) => page.waitForFunction((most) => [...document.querySelectorAll(".chart")].filter((chart) => chart.querySelector("canvas")).length === most, count);
const totals = async (page: Page) => (await page.getByRole("region", { name: "Totals" }).innerText()).split(/\s*\n\s*/).filter(Boolean);

test("sales are shown over time, by country, product, weekday and hour, and cohort", async (t) => {
  await looked(t, { address: "#/sales", answers: sales }, (page) => charts(page, 4));
});

test("a page is as wide as a window that has become narrow, before its charts are drawn anew", async (t) => {
  const never = (page: Page) => page.addInitScript(() => void (ResizeObserver.prototype.observe = () => {}));
  const page = await opened(t, { address: "#/sales", answers: sales, prepared: never });
  await charts(page, 4);
  await page.setViewportSize(SIZES.phone);
  await fits(page);
});

test("totals and products follow the filters, which are kept in the address", async (t) => {
  const page = await opened(t, { address: "#/sales", answers: sales });
  await charts(page, 4);
  await becomes(() => totals(page), ["Net", "190.255", "Sales", "220.355", "Returns", "-30.000 13.6 % of sales", "Adjustments", "-0.100", "Invoices", "5", "Units", "23"]);
  await page.getByRole("search").getByLabel("Country").selectOption("France");
  await page.getByRole("search").getByLabel("Period").selectOption({ label: "2010-12" });
  await page.getByText("90.255").first().waitFor();
  await becomes(async () => (await totals(page)).slice(0, 6), ["Net", "90.255", "Sales", "100.355", "Returns", "-10.000 10.0 % of sales"]);
  const products = page.getByRole("region", { name: "Products" }).getByRole("row");
  await becomes(async () => (await products.allInnerTexts()).slice(1).map((row) => row.split("\t").slice(0, 3).join("|")), ["22423|TEA <b>TOWEL</b>|70.000", "POST|none|20.355"]);
  await becomes(async () => new URL(page.url()).hash, "#/sales?to=2010-12-31&country=France");
  await page.reload();
  await charts(page, 4);
  await becomes(async () => (await totals(page))[1], "90.255");
});

test("products are put in order by net, units or returns", async (t) => {
  const page = await opened(t, { address: "#/sales", answers: sales });
  const first = async () => (await page.getByRole("region", { name: "Products" }).getByRole("row").nth(1).innerText()).split("\t")[0];
  await becomes(first, "22423");
  await page.getByLabel("Order of the products").selectOption("Most returns");
  await becomes(first, "85123A");
});

/** How many pixels of the chart with this label have exactly this colour. */
async function pixels(page: Page, label: string, colour: [number, number, number]): Promise<number> {
  return page.evaluate(([words, [red, green, blue]]) => {
    let found = 0;
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>(`[aria-label*='${words}'] canvas`)) {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 4) if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) found++;
    }
    return found;
  }, [label, colour] as const);
}

test("an hour with a loss has a colour that no gain has", async (t) => {
  const columns = hourly.columns.map(({ name }) => name);
  const hours = (loss: number) => anExtract("hourly", columns, [["2010-12-01", 9, "France", 2, 3, 900_000], ["2010-12-02", 9, "France", 1, 1, loss]]);
  const orange = async (loss: number) => {
    const page = await opened(t, { address: "#/sales", answers: { ...sales, "/api/sales/hourly": hours(loss) } });
    await charts(page, 4);
    // the greatest gain has the full colour; a chart is drawn in one frame
    await becomes(async () => (await pixels(page, "weekday and hour", [0x0b, 0x7a, 0x72])) > 500, true);
    return pixels(page, "weekday and hour", [0xc2, 0x41, 0x0c]);
  };
  assert.ok((await orange(-1)) > 500);
  assert.equal(await orange(1), 0);
});

test("charts that are shown take the colours of another theme", async (t) => {
  const page = await opened(t, { address: "#/sales", answers: sales });
  await charts(page, 4);
  await page.getByLabel("Theme").selectOption("Dark");
  for (const label of ["Net by country", "Sales, returns and net", "weekday and hour", "new customers"]) {
    await becomes(async () => (await pixels(page, label, [0x4f, 0xd1, 0xc0])) > 100, true, label);
  }
});

test("days without a sale say so, and the filters stay", async (t) => {
  const page = await opened(t, { address: "#/sales?from=2010-12-10&to=2010-12-12&country=Norway", answers: sales });
  await page.getByText("There is no sale in Norway from 2010-12-10 to 2010-12-12.").waitFor();
  await accessible(page);
  await page.getByRole("search").getByLabel("Period").selectOption({ label: "All dates" });
  await charts(page, 4);
});

test("before the first publication the page names the command", async (t) => {
  await looked(t, { address: "#/sales", answers: { "/api/sales": problem(404, "Not Found", "no sales extract has been published yet") } }, (page) => page.getByText("No sales figures yet").waitFor());
});

test("while the extracts are awaited the page says that it loads", async (t) => {
  const page = await opened(t, { address: "#/sales", answers: { ...sales, "/api/sales/daily": NEVER } });
  await page.getByRole("status", { name: "Loading" }).waitFor();
  await accessible(page);
});

test("an extract that fails is asked for again by its button, and the others are shown", async (t) => {
  let asked = 0;
  const failing = () => (++asked === 1 ? problem(503, "Service Unavailable", "the store does not answer now: try again") : products);
  const page = await opened(t, { address: "#/sales", answers: { ...sales, "/api/sales/products": failing } });
  await page.getByText("the store does not answer now").waitFor();
  await charts(page, 4);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("region", { name: "Products" }).waitFor();
});

test("amounts are added exactly, by day, week and month", async () => {
  const table = new figures.Table(daily);
  const net = (grain: figures.Grain) => figures.daily(table, ALL, grain).inTime.map(([start, { net }]) => [start, net]);
  assert.deepEqual(net("day"), [["2010-12-01", 140_250], ["2010-12-02", 5], ["2011-01-03", 50_000]]);
  assert.deepEqual(net("week"), [["2010-11-29", 140_255], ["2011-01-03", 50_000]]);
  assert.deepEqual(net("month"), [["2010-12-01", 140_255], ["2011-01-01", 50_000]]);
  const tenth = anExtract("daily", daily.columns.map(({ name }) => name), Array.from({ length: 30_000 }, () => ["2010-12-01", "France", 1, 1, 1, 0.1, 0, 0, 0.1]));
  assert.equal(figures.daily(new figures.Table(tenth), ALL, "day").totals.net, 3_000_000);
});

test("countries stay all of them under a country's filter, the greatest first", async () => {
  const found = figures.daily(new figures.Table(daily), { ...ALL, country: "France" }, "day");
  assert.deepEqual(found.countries.map(([name, { net, invoices }]) => [name, net, invoices]), [["Norway", 100_000, 2], ["France", 90_255, 3]]);
  assert.equal(found.totals.net, 90_255);
});

test("hours are added by weekday, from Monday", async () => {
  assert.deepEqual(figures.hours(new figures.Table(hourly), ALL, "invoices"), { cells: [[2, 9, 2], [2, 14, 1], [3, 9, 1], [0, 12, 1]], hours: [9, 14] });
});

test("products are those of the whole months that the dates reach into", async () => {
  const codes = (from: string, to: string) => figures.products(new figures.Table(products), { from, to, country: "" }, "net", 9).first.map(({ code }) => code);
  assert.deepEqual(codes("2010-12-15", "2010-12-20"), ["22423", "POST"]);
  assert.deepEqual(codes("2010-12-15", "2011-01-01"), ["22423", "85123A", "POST"]);
});

test("a cohort is the customers of its first month, and who of them comes later", async () => {
  assert.deepEqual(figures.cohorts(new figures.Table(cohorts)).map(({ month, customers, later }) => [month, customers, later.length]), [["2010-12-01", 4, 2], ["2011-01-01", 2, 1]]);
});
