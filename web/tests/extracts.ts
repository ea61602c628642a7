/** Sales extracts as the API gives them, made of plain rows. */

import type { Column, Extract } from "../src/pages/sales/figures.ts";

type Cell = string | number | null;

/** The extract of these rows; a column with a text is one of texts. */
export function anExtract(name: string, columns: string[], rows: Cell[][]): Extract {
  return { extract: name, rows: rows.length, columns: columns.map((title, at) => aColumn(title, rows.map((row) => row[at]!))) };
}

function aColumn(name: string, cells: Cell[]): Column {
  if (cells.every((cell) => typeof cell === "number")) return { name, values: null, data: cells as number[] };
  const values = [...new Set(cells as (string | null)[])];
  return { name, values, data: cells.map((cell) => values.indexOf(cell as string | null)) };
}

const DAILY = ["day", "country", "invoices", "lines", "units", "gross", "returns", "adjustments", "net"];
const PRODUCTS = ["month", "country", "stockcode", "description", "units_sold", "units_returned", "gross", "returns", "net"];

/** Two months of a small shop: France and Norway. */
export const daily = anExtract("daily", DAILY, [
  ["2010-12-01", "France", 2, 3, 10, 100.25, -10, 0, 90.25],
  ["2010-12-01", "Norway", 1, 1, 5, 50, 0, 0, 50],
  ["2010-12-02", "France", 1, 1, 1, 0.105, 0, -0.1, 0.005],
  ["2011-01-03", "Norway", 1, 2, 7, 70, -20, 0, 50],
]);
export const hourly = anExtract("hourly", ["day", "hour", "country", "invoices", "lines", "net"], [
  ["2010-12-01", 9, "France", 2, 3, 90.25],
  ["2010-12-01", 14, "Norway", 1, 1, 50],
  ["2010-12-02", 9, "France", 1, 1, 0.005],
  ["2011-01-03", 12, "Norway", 1, 2, 50],
]);
export const products = anExtract("products", PRODUCTS, [
  ["2010-12-01", "France", "22423", "TEA <b>TOWEL</b>", 8, 2, 80, -10, 70],
  ["2010-12-01", "Norway", "22423", "TEA <b>TOWEL</b>", 5, 0, 50, 0, 50],
  ["2010-12-01", "France", "POST", null, 3, 0, 20.355, 0, 20.355],
  ["2011-01-01", "Norway", "85123A", "HEART", 9, 2, 70, -20, 50],
]);
export const cohorts = anExtract("cohorts", ["first_month", "month_number", "customers", "buyers", "net"], [
  ["2010-12-01", 0, 4, 4, 140],
  ["2010-12-01", 1, 1, 1, 20],
  ["2011-01-01", 0, 2, 2, 30],
]);

/** The API's answers about these extracts. */
export const sales = {
  "/api/sales": { version: "8ae5bb4d2b4a5a0d", at: new Date().toISOString(), extracts: {} },
  "/api/sales/daily": daily,
  "/api/sales/hourly": hourly,
  "/api/sales/products": products,
  "/api/sales/cohorts": cohorts,
};
