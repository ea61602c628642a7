/** Prints how many lines of an invoice the pages of a running platform show: `node live.ts ADDRESS NUMBER`. */

import { chromium } from "playwright-core";

const [address, number] = process.argv.slice(2) as [string, string];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM!, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
const page = await browser.newPage();
page.setDefaultTimeout(300_000); // of a busy machine
await page.goto(address);
await page.goto(new URL(`/#/explorer/invoice/${number}`, address).href);
const lines = page.getByRole("region", { name: "Lines of the invoice" });
await lines.waitFor();
console.log((await lines.getByRole("row").count()) - 2); // head and foot
await browser.close();
