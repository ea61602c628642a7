/** What the tests of the pages do with a browser. */

import assert from "node:assert/strict";
import { after, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Page } from "playwright-core";
import { closed, type Given, PATIENCE, shown, SIZES, violations } from "./window.ts";

export { NEVER, problem, Reply } from "./window.ts";

after(closed);

/** A page as the reader opens it; what the browser complains of fails the test. */
export async function opened(test: TestContext, given: Given): Promise<Page> {
  const complaints: string[] = [];
  const page = await shown({ answers: {}, ...given }, complaints);
  test.after(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });
  return page;
}

/** Waits until `read` gives `expected`, which a page may do some frames after a click; fails with the difference when the wait has been long. */
export async function becomes<T>(read: () => Promise<T>, expected: NoInfer<T>, name?: string): Promise<void> {
  const late = Date.now() + PATIENCE;
  let found = await read();
  while (!isDeepStrictEqual(found, expected) && Date.now() < late) {
    await new Promise((later) => setTimeout(later, 20));
    found = await read();
  }
  assert.deepEqual(found, expected, name);
}

/** Fails with what axe finds in either theme, if anything. */
export async function accessible(page: Page): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(page), [], colorScheme);
  }
}

const REACHED = "data-reached";

/** Fails unless the Tab key leads to everything on the page that can be used. */
async function reachable(page: Page): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  const stepped = () =>
    page.evaluate((mark) => {
      const at = document.activeElement!;
      if (at === document.body) return false;
      at.setAttribute(mark, "");
      return true;
    }, REACHED);
  // twice around: the first begins where the focus was last, such as at the page's content
  for (const _ of [1, 2]) {
    do await page.keyboard.press("Tab");
    while (await stepped());
  }
  const missed = await page.evaluate((mark) => {
    const usable = document.querySelectorAll(`:is(a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex="0"]):not([${mark}])`);
    return [...usable].filter((it) => it.checkVisibility()).map((it) => it.outerHTML);
  }, REACHED);
  assert.deepEqual(missed, []);
}

/** Fails if the page is wider than the window: only tables may scroll sideways, in their own frame. */
export async function fits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content! <= window!, `the page is ${content} pixels wide, the window ${window}`);
}

/** Looks at a page in both themes, on a desktop and a phone: clean by axe, as wide as the window, and all of it reached by the keyboard. */
export async function looked(test: TestContext, given: Given, settled: (page: Page) => Promise<unknown>): Promise<void> {
  const page = await opened(test, given);
  await settled(page);
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await kept(page, test, `${colorScheme}-${size}`);
      if (size === "desktop") assert.deepEqual(await violations(page), []);
    }
    await fits(page);
  }
  await reachable(page);
}

/** Keeps a picture of the page in the folder `SCREENSHOTS`, if that is set. */
async function kept(page: Page, test: TestContext, view: string): Promise<void> {
  if (!process.env.SCREENSHOTS) return;
  const name = test.name.replace(/\W+/g, "-").toLowerCase();
  await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${view}.png`, fullPage: true });
}
