/** Prints how many lines of an invoice the pages of a running platform show: `node live.ts ADDRESS NUMBER`. */

import { chromium } from "playwright-core";
import { FLAGS } from "./window.ts";

const [address, number] = process.argv.slice(2) as [string, string];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM!, args: FLAGS });
const page = await browser.newPage();
page.setDefaultTimeout(120_000); // of a busy machine
await page.goto(address);
await page.goto(new URL(`/#/explorer/invoice/${number}`, address).href);
const lines = page.getByRole("region", { name: "Lines of the invoice" });
const again = page.getByRole("button", { name: "Try again" });
try {
  // a function of a busy machine may need longer for its first answer than the API waits
  for (;;) {
    await lines.or(again).first().waitFor();
    if (await lines.isVisible()) break;
    await again.click();
  }
} catch (error) {
  console.error(page.url(), await page.locator("body").innerText());
  throw error;
}
console.log((await lines.getByRole("row").count()) - 2); // head and foot
await browser.close();
