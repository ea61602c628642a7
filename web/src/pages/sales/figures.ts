/** The figures of the sales page, added up from the extracts under a filter. Amounts are whole thousandths, so sums are exact. */

export interface Column {
  name: string;
  /** The texts of the column; `data` then holds the place of each row's text in them. */
  values: (string | null)[] | null;
  data: number[];
}

/** An extract as the API gives it: by columns, oldest rows first. */
export interface Extract {
  extract: string;
  rows: number;
  columns: Column[];
}

export interface Filter {
  /** The first and last day, as `2010-12-01`. */
  from: string;
  to: string;
  /** A country, or all of them if empty. */
  country: string;
}

export interface Money {
  gross: number;
  returns: number;
  adjustments: number;
  net: number;
}

export type Grain = "day" | "week" | "month";

const AMOUNTS = new Set(["gross", "returns", "adjustments", "net"]);

/** An extract whose columns are found by name. */
export class Table {
  readonly rows: number;
  readonly #columns: Map<string, Column>;

  constructor(extract: Extract) {
    this.rows = extract.rows;
    this.#columns = new Map(extract.columns.map((column) => [column.name, AMOUNTS.has(column.name) ? inThousandths(column) : column]));
  }

  data(name: string): number[] {
    return this.#column(name).data;
  }

  /** The different texts of a column. */
  texts(name: string): (string | null)[] {
    return this.#column(name).values ?? [];
  }

  /** The text of each row. */
  textOf(name: string): (row: number) => string | null {
    const { values, data } = this.#column(name);
    return (row) => values?.[data[row]!] ?? null;
  }

  /** Whether a row's text is a wanted one; each different text is looked at once. */
  where(name: string, wanted: (text: string) => boolean): (row: number) => boolean {
    const { values, data } = this.#column(name);
    const kept = (values ?? []).map((text) => text !== null && wanted(text));
    return (row) => kept[data[row]!] ?? false;
  }

  #column(name: string): Column {
    const found = this.#columns.get(name);
    if (!found) throw new Error(`the extract has no column ${name}`);
    return found;
  }
}

function inThousandths(column: Column): Column {
  return { ...column, data: column.data.map((amount) => Math.round(amount * 1000)) };
}

const NOTHING: Readonly<Money> = { gross: 0, returns: 0, adjustments: 0, net: 0 };

export interface Daily {
  totals: Money & { invoices: number; units: number };
  /** By the first day of each day, week or month, in order; the business is closed on some days, which are missing. */
  inTime: [string, Money][];
  /** By country, the greatest net first; of all countries, whatever the filter's. */
  countries: [string, Money & { invoices: number }][];
}

export function daily(table: Table, filter: Filter, grain: Grain): Daily {
  const inside = table.where("day", (day) => filter.from <= day && day <= filter.to);
  const wanted = table.where("country", (country) => !filter.country || country === filter.country);
  const [days, countries] = [table.data("day"), table.data("country")];
  const starts = table.texts("day").map((day) => startOf(day!, grain));
  const [invoices, units] = [table.data("invoices"), table.data("units")];
  const totals = { ...NOTHING, invoices: 0, units: 0 };
  const inTime = new Map<string, Money>();
  const byCountry = new Map<number, Money & { invoices: number }>();
  const plus = adder(table);
  for (let row = 0; row < table.rows; row++) {
    if (!inside(row)) continue;
    const of = entry(byCountry, countries[row]!, () => ({ ...NOTHING, invoices: 0 }));
    plus(of, row);
    of.invoices += invoices[row]!;
    if (!wanted(row)) continue;
    plus(totals, row);
    totals.invoices += invoices[row]!;
    totals.units += units[row]!;
    plus(entry(inTime, starts[days[row]!]!, () => ({ ...NOTHING })), row);
  }
  const names = table.texts("country");
  return {
    totals,
    inTime: [...inTime].sort(([one], [other]) => (one < other ? -1 : 1)),
    countries: [...byCountry].map(([place, of]) => [names[place]!, of] as [string, Money & { invoices: number }]).sort(([, one], [, other]) => other.net - one.net),
  };
}

function adder(table: Table): (sum: Money, row: number) => void {
  const [gross, returns, adjustments, net] = [table.data("gross"), table.data("returns"), table.data("adjustments"), table.data("net")];
  return (sum, row) => {
    sum.gross += gross[row]!;
    sum.returns += returns[row]!;
    sum.adjustments += adjustments[row]!;
    sum.net += net[row]!;
  };
}

function entry<K, V>(of: Map<K, V>, key: K, first: () => V): V {
  let found = of.get(key);
  if (found === undefined) of.set(key, (found = first()));
  return found;
}

export interface Hours {
  /** Weekday from 0 (Monday), hour, and the sum of each pair that has any. */
  cells: [weekday: number, hour: number, sum: number][];
  hours: [first: number, last: number];
}

/** Sums by weekday and hour of `net` or `invoices`. */
export function hours(table: Table, filter: Filter, of: "net" | "invoices"): Hours {
  const inside = table.where("day", (day) => filter.from <= day && day <= filter.to);
  const wanted = table.where("country", (country) => !filter.country || country === filter.country);
  const weekdays = table.texts("day").map((day) => weekday(day!));
  const [days, hourOf, values] = [table.data("day"), table.data("hour"), table.data(of)];
  const sums = new Map<number, number>();
  for (let row = 0; row < table.rows; row++) {
    if (!inside(row) || !wanted(row)) continue;
    const cell = weekdays[days[row]!]! * 24 + hourOf[row]!;
    sums.set(cell, (sums.get(cell) ?? 0) + values[row]!);
  }
  const cells = [...sums].map(([cell, sum]) => [Math.floor(cell / 24), cell % 24, sum] as [number, number, number]);
  const found = cells.map(([, hour]) => hour);
  return { cells, hours: [Math.min(...found), Math.max(...found)] };
}

export interface Product {
  code: string;
  text: string | null;
  sold: number;
  returned: number;
  gross: number;
  returns: number;
  net: number;
}

export type By = "net" | "sold" | "returns";

/** The first products by net, by units sold or by the amount of returns; of whole months. */
export function products(table: Table, filter: Filter, by: By, most: number): { first: Product[]; all: number } {
  const [from, to] = [startOf(filter.from, "month"), filter.to];
  const inside = table.where("month", (month) => from <= month && month <= to);
  const wanted = table.where("country", (country) => !filter.country || country === filter.country);
  const [codes, sold, returned] = [table.data("stockcode"), table.data("units_sold"), table.data("units_returned")];
  const [gross, returns, net] = [table.data("gross"), table.data("returns"), table.data("net")];
  const [names, textOf] = [table.texts("stockcode"), table.textOf("description")];
  const found = new Map<number, Product>();
  for (let row = 0; row < table.rows; row++) {
    if (!inside(row) || !wanted(row)) continue;
    const of = entry(found, codes[row]!, () => ({ code: names[codes[row]!]!, text: textOf(row), sold: 0, returned: 0, gross: 0, returns: 0, net: 0 }));
    of.sold += sold[row]!;
    of.returned += returned[row]!;
    of.gross += gross[row]!;
    of.returns += returns[row]!;
    of.net += net[row]!;
  }
  const order = by === "returns" ? (one: Product, other: Product) => one.returns - other.returns : (one: Product, other: Product) => other[by] - one[by];
  return { first: [...found.values()].sort(order).slice(0, most), all: found.size };
}

export interface Cohort {
  month: string;
  /** How many customers first appear in this month. */
  customers: number;
  /** By the number of months since: how many have a line then, and the sum of their amounts. */
  later: { number: number; customers: number; net: number }[];
}

export function cohorts(table: Table): Cohort[] {
  const [month, number, customers, net] = [table.textOf("first_month"), table.data("month_number"), table.data("customers"), table.data("net")];
  const found = new Map<string, Cohort>();
  for (let row = 0; row < table.rows; row++) {
    const of = entry(found, month(row)!, () => ({ month: month(row)!, customers: 0, later: [] }));
    of.later.push({ number: number[row]!, customers: customers[row]!, net: net[row]! });
    if (number[row] === 0) of.customers = customers[row]!;
  }
  return [...found.values()].sort((one, other) => (one.month < other.month ? -1 : 1));
}

/** The first and last day that an extract has; undefined without any row. */
export function span(table: Table): [first: string, last: string] | undefined {
  const days = table.texts("day") as string[];
  return days.length ? [days.reduce((one, other) => (one < other ? one : other)), days.reduce((one, other) => (one > other ? one : other))] : undefined;
}

/** The grain at which so many days can be told apart on a screen. */
export function grainOf({ from, to }: Filter): Grain {
  const days = (at(to) - at(from)) / DAY + 1;
  return days <= 100 ? "day" : days <= 800 ? "week" : "month";
}

const DAY = 86_400_000;

/** The first day of a day's week (Monday) or month. */
export function startOf(day: string, grain: Grain): string {
  if (grain === "day") return day;
  if (grain === "month") return `${day.slice(0, 7)}-01`;
  return new Date(at(day) - weekday(day) * DAY).toISOString().slice(0, 10);
}

/** The last day of a day's month. */
export function endOfMonth(day: string): string {
  const [year, month] = day.split("-").map(Number);
  return new Date(Date.UTC(year!, month!, 0)).toISOString().slice(0, 10);
}

/** From 0 (Monday) to 6; business days have no zone, so they are counted as UTC's. */
export function weekday(day: string): number {
  return (new Date(at(day)).getUTCDay() + 6) % 7;
}

function at(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
