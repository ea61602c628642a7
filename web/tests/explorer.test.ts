import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, becomes, looked, NEVER, opened, problem, Reply } from "./browser.ts";
import { aCustomer, aLine, anInvoice, summary } from "./orders.ts";

const sale = anInvoice([aLine(), aLine({ StockCode: "85123A", Description: null, UnitPrice: 4.125 }), aLine({ Occurrence: 2 })]);
const back = anInvoice([aLine({ InvoiceNo: "C700200", Quantity: -4, InvoiceDate: "2010-12-03T10:00:00" })]);
const other = anInvoice([aLine({ InvoiceNo: "700150", StockCode: "M", InvoiceDate: "2010-12-02T10:00:00" })]);
const customer = aCustomer([summary(back), summary(other), summary(sale)]);
const answers = {
  "/api/invoices/700100": sale,
  "/api/invoices/C700200": back,
  "/api/invoices/700150": other,
  "/api/customers/17001": customer,
};

test("an invoice is shown with its lines by stock code, copies together, and its totals", async (t) => {
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers });
  const rows = page.getByRole("region", { name: "Lines of the invoice" }).getByRole("row");
  await becomes(async () => (await rows.allInnerTexts()).map((row) => row.split("\t").slice(0, 5).join("|").trim()), [
    "Stock code|Description|Quantity|Unit price|Amount",
    "22423|TEA TOWEL, BLUE|6|2.550|15.300",
    "22423|TEA TOWEL, BLUEcopy 2|6|2.550|15.300",
    "85123A|no description|6|4.125|24.750",
    "Lines shown|18||55.350|",
  ]);
});

test("a line tells where it is on its way, from its file to the warehouse", async (t) => {
  const [line] = sale.lines;
  const key = "raw/order-lines/epoch=0001/day=2026-11-29/partition=3/00000000000000000040.jsonl.gz";
  const story = {
    line_id: line!.LineId, line, csv: { copy: 1 }, topic: [{ partition: 3, offset: 42, at: "2026-11-29T08:00:00Z" }], topic_read: { from: 0, to: 512, complete: true },
    raw: [{ key, partition: 3, first_offset: 40 }], dynamodb: { InvoiceNo: 700100, LineKey: `700100#22423#${line!.LineId}` }, lake: { batch: "20261129T081000Z-00ff", snapshot_id: 7, source: key }, warehouse: null,
  };
  const told = { ...answers, [`/api/invoices/700100/lines/${line!.LineId}`]: story };
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers: told });
  await page.getByRole("link", { name: "Story of line" }).first().click();
  await page.getByText("its batch is not loaded yet").waitFor();
  await becomes(() => page.getByRole("link", { name: "partition 3, offset 42" }).getAttribute("href"), "#/topic/messages?partition=3&offset=42");
  await looked(t, { address: new URL(page.url()).hash, answers: told }, (it) => it.getByText("its batch is not loaded yet").waitFor());
});

test("a cancellation stands beside the invoice whose line it takes back", async (t) => {
  const page = await opened(t, { address: "#/explorer/invoice/C700200", answers });
  const row = page.getByRole("region", { name: "Matched lines" }).getByRole("row").nth(1);
  await becomes(async () => (await row.innerText()).replace(/\s+/g, " "), "700100 2010-12-01 08:26 22423 TEA TOWEL, BLUE 6 -4 2.55");
  await row.getByRole("link").click();
  await page.getByRole("heading", { name: "Taken back later" }).waitFor();
});

test("a customer is shown with purchases over time", async (t) => {
  await looked(t, { address: "#/explorer/customer/17001", answers }, (page) => page.locator(".chart canvas").waitFor());
});

test("the keyboard alone finds an invoice by its number", async (t) => {
  const page = await opened(t, { address: "#/explorer", answers: { ...answers, "/api/customers/700100": problem(404, "There is none") } });
  await page.getByLabel("Invoice or customer number").focus();
  await page.keyboard.type("700100");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Invoice 700100" }).waitFor();
  await becomes(async () => new URL(page.url()).hash, "#/explorer/invoice/700100");
});

test("a number of both an invoice and a customer leads to each of them", async (t) => {
  const both = { "/api/invoices/17001": anInvoice([aLine({ InvoiceNo: "17001" })]), "/api/customers/17001": customer };
  const page = await opened(t, { address: "#/explorer/find/17001", answers: both });
  await becomes(() => page.locator("main").getByRole("link").allInnerTexts(), ["Invoice 17001", "Customer 17001"]);
});

test("a number that nothing has is answered with where to look", async (t) => {
  const page = await opened(t, { address: "#/explorer/find/C9" });
  await page.getByRole("heading", { name: "No invoice or customer C9" }).waitFor();
  await accessible(page);
});

test("some invoices that there are can be chosen without knowing a number", async (t) => {
  const messages = ["700100", "700150", "700100"].map((key, offset) => ({ partition: 0, offset, at: "2026-11-29T08:00:00Z", key, schema: 1, line: aLine({ InvoiceNo: key }), text: null, bytes: 9 }));
  const newest = { topic: "order-lines", partition: 0, start: 0, end: 3, read: { from: 0, to: 3 }, messages, next: null };
  await looked(t, { address: "#/explorer", answers: { "/api/topic/messages?partition=0&limit=100": newest } }, (page) => page.getByText("Sent last").waitFor());
  const page = await opened(t, { address: "#/explorer", answers: { ...answers, "/api/topic/messages?partition=0&limit=100": newest } });
  await page.getByText("Sent last").waitFor();
  await becomes(() => page.locator("main").getByRole("link").allInnerTexts(), ["700100", "700150"]);
  await page.getByRole("link", { name: "700150" }).click();
  await page.getByRole("heading", { name: "Invoice 700150" }).waitFor();
});

test("1,114 lines are searched by words while they are typed", async (t) => {
  const many = Array.from({ length: 1114 }, (_, index) => aLine({ StockCode: `S${index}`, Description: index % 100 ? "JAM JAR" : "CAKE TIN" }));
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers: { ...answers, "/api/invoices/700100": anInvoice(many) } });
  await page.getByText("1,114 of 1,114 lines").waitFor();
  await page.getByLabel("Find among the lines").fill("cake s1");
  await page.getByText("3 of 1,114 lines").waitFor();
  await page.getByLabel("Find among the lines").fill("");
  await page.getByText("1,114 of 1,114 lines").waitFor();
  const [inside, whole] = await page.getByRole("region", { name: "Lines of the invoice" }).evaluate((it) => [it.clientHeight, it.scrollHeight]);
  assert.equal(inside, whole, "the page scrolls, not a frame in it");
});

test("the API's own words are shown when it fails, and the button asks again", async (t) => {
  let asked = 0;
  const failing = () => (++asked === 1 ? problem(503, "The tables are silent", "DynamoDB is throttled: try again") : sale);
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers: { ...answers, "/api/invoices/700100": failing } });
  await page.getByRole("alert").getByText("DynamoDB is throttled: try again").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Invoice 700100" }).waitFor();
});

test("a call that the API has no room for is sent again, until there is", async (t) => {
  const full = [new Reply(500, { message: "Internal server error" }), new Reply(429, { message: "Too Many Requests" })];
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers: { ...answers, "/api/invoices/700100": () => full.shift() ?? sale } });
  await page.getByRole("heading", { name: "Invoice 700100" }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("an address of no page says so, also below a page that there is", async (t) => {
  const page = await opened(t, { address: "#/topic/files" });
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await accessible(page);
  for (const address of ["#/nowhere", "#/topic/raw/x", "#/explorer/invoice", "#/explorer/orders/1", "#/sales/2010", "#/pipeline/x"]) {
    await page.evaluate(() => (location.hash = "#/explorer"));
    await page.getByRole("heading", { name: "Explorer" }).waitFor();
    await page.evaluate((hash) => (location.hash = hash), address);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await becomes(() => page.title(), "There is no such page · Tillstream", address);
  }
});

test("the title of a window names what it shows", async (t) => {
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers });
  await becomes(() => page.title(), "Invoice 700100 · Explorer · Tillstream");
});

test("an answer that does not come yet is awaited visibly", async (t) => {
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers: { "/api/invoices/700100": NEVER } });
  await page.getByRole("status", { name: "Loading" }).waitFor();
  await accessible(page);
});

test("text of the data is shown as text, whatever it says", async (t) => {
  const words = `<img src=x onerror=alert(1)> & "<b>`;
  const hostile = anInvoice([aLine({ Description: words, Country: "<script>alert(1)</script>" })]);
  const page = await opened(t, { address: "#/explorer/invoice/700100", answers: { ...answers, "/api/invoices/700100": hostile } });
  assert.equal(await page.getByRole("cell", { name: words, exact: true }).innerText(), words);
  assert.equal(await page.locator("main img, main script").count(), 0);
});
