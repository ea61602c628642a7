/** Sales: net and returns over time, countries, products, weekdays and hours, cohorts, of the extracts that load_warehouse publishes. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Answer, useAnswer } from "../../api/use.ts";
import { go, type Route, to } from "../../router.ts";
import { usePainted } from "../../theme.ts";
import { Chart } from "../../ui/chart.tsx";
import { ago, count, moneyLike } from "../../ui/format.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { Answered, code, Empty } from "../../ui/states.tsx";
import { amount, cohortMonths, countries as countriesChart, inTime, weekdayHours, whole } from "./charts.ts";
import { type By, cohorts, daily, endOfMonth, type Extract, type Filter, grainOf, hours, products, span, startOf, Table } from "./figures.ts";
import { Filters } from "./filters.tsx";
import "./sales.css";

/** The newest version of the extracts. */
interface Published {
  version: string;
  at: string;
}

const NONE = "No sales figures yet: `tillstream job all` loads the warehouse, and then publishes them.";
const SECONDS = 60;

export default function Sales({ route }: { route: Route }) {
  const published = useAnswer<Published>("/api/sales", SECONDS);
  const none = published.error?.status === 404 && !published.data;
  return (
    <>
      <div class="head">
        <h1 class="grow">Sales</h1>
        {published.data && <p class="quiet">Published {ago(published.data.at)} by load_warehouse</p>}
      </div>
      {none ? (
        <section class="panel">
          <Empty>{code(NONE)}</Empty>
        </section>
      ) : (
        <Answered of={published} rows={8}>
          {({ version }) => <Figures version={version} route={route} />}
        </Answered>
      )}
    </>
  );
}

/** The table of an extract. Its address names the version after a #, which is never sent: another version is another question. */
function useTable(name: string, version: string): Answer<Table> {
  const answer = useAnswer<Extract>(`/api/sales/${name}#${version}`);
  const table = useMemo(() => answer.data && new Table(answer.data), [answer.data]);
  return { ...answer, data: table };
}

function Figures({ version, route }: { version: string; route: Route }) {
  const days = useTable("daily", version);
  return (
    <Answered of={days} rows={8}>
      {(table) => {
        const all = span(table);
        return all ? <OfDays table={table} all={all} version={version} route={route} /> : <Empty>The warehouse has no line yet.</Empty>;
      }}
    </Answered>
  );
}

function OfDays({ table, all, version, route }: { table: Table; all: [string, string]; version: string; route: Route }) {
  const given = route.query.toString();
  const filter = useMemo(() => filterOf(route.query, all), [given, all[0], all[1]]);
  const grain = grainOf(filter);
  const found = useMemo(() => daily(table, filter, grain), [table, filter, grain]);
  const names = useMemo(() => (table.texts("country") as string[]).toSorted(), [table]);
  const set = (change: Partial<Filter>) => {
    const { from, to: until, country } = { ...filter, ...change };
    go(to("sales", [], { from: from === all[0] ? "" : from, to: until === all[1] ? "" : until, country }));
  };
  return (
    <>
      <Filters filter={filter} all={all} countries={names} set={set} />
      {found.inTime.length === 0 ? (
        <section class="panel" role="status">
          <Empty>
            There is no sale {filter.country && `in ${filter.country} `}from {filter.from} to {filter.to}.
          </Empty>
        </section>
      ) : (
        <>
          <Totals found={found.totals} />
          <section class="panel">
            <h2>Net and returns by {grain}</h2>
            <OverTime points={found.inTime} grain={grain} />
          </section>
        </>
      )}
      <div class="columns">
        <Countries found={found.countries} chosen={filter.country} pick={(country) => set({ country })} />
        <WeekdayHours version={version} filter={filter} />
      </div>
      <Products version={version} filter={filter} all={all} />
      <Cohorts version={version} />
    </>
  );
}

/** The filter in the address; days outside the data, or what is no day, are those of the data. */
function filterOf(query: URLSearchParams, [first, last]: [string, string]): Filter {
  const day = (name: string, otherwise: string) => {
    const text = query.get(name) ?? "";
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : otherwise;
  };
  return { from: day("from", first), to: day("to", last), country: query.get("country") ?? "" };
}

function Totals({ found }: { found: ReturnType<typeof daily>["totals"] }) {
  const money = moneyLike([found.net, found.gross, found.returns, found.adjustments].map(amount));
  const share = found.gross ? ` ${((-found.returns / found.gross) * 100).toFixed(1)} % of sales` : "";
  return (
    <section class="panel" aria-label="Totals">
      <dl class="facts" aria-live="polite">
        <Fact name="Net" value={money(amount(found.net))} />
        <Fact name="Sales" value={money(amount(found.gross))} />
        <Fact name="Returns" value={money(amount(found.returns))} more={share} />
        {found.adjustments !== 0 && <Fact name="Adjustments" value={money(amount(found.adjustments))} />}
        <Fact name="Invoices" value={count(found.invoices)} />
        <Fact name="Units" value={count(found.units)} />
      </dl>
    </section>
  );
}

function Fact({ name, value, more }: { name: string; value: string; more?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {more && <small>{more}</small>}
      </dd>
    </div>
  );
}

function OverTime({ points, grain }: { points: ReturnType<typeof daily>["inTime"]; grain: ReturnType<typeof grainOf> }) {
  const option = usePainted(() => inTime(points, grain), [points, grain]);
  const best = points.reduce((one, other) => (other[1].net > one[1].net ? other : one));
  return <Chart option={option} height={280} label={`Sales, returns and net by ${grain}, from ${points[0]![0]} to ${points.at(-1)![0]}. The greatest net is ${whole(best[1].net)}, on ${best[0]}.`} />;
}

const MOST_COUNTRIES = 12;

function Countries({ found, chosen, pick }: { found: ReturnType<typeof daily>["countries"]; chosen: string; pick: (country: string) => void }) {
  const shown = useMemo(() => found.slice(0, MOST_COUNTRIES), [found]);
  const option = usePainted(() => countriesChart(shown, chosen), [shown, chosen]);
  return (
    <section class="panel">
      <h2>Net by country</h2>
      {shown.length === 0 ? (
        <Empty>None in these days.</Empty>
      ) : (
        <>
          <Chart
            option={option}
            height={40 + 24 * shown.length}
            label={`Net by country: ${shown.slice(0, 5).map(([name, { net }]) => `${name} ${whole(net)}`).join(", ")}. The choice of a country above does what a click does.`}
            onPick={(mark) => pick(mark.name === chosen ? "" : mark.name)}
          />
          {found.length > shown.length && <p class="quiet">and {count(found.length - shown.length)} more {found.length - shown.length === 1 ? "country" : "countries"}</p>}
        </>
      )}
    </section>
  );
}

function WeekdayHours({ version, filter }: { version: string; filter: Filter }) {
  const table = useTable("hourly", version);
  const [of, setOf] = useState<"net" | "invoices">("net");
  return (
    <section class="panel">
      <div class="head">
        <h2 class="grow">Weekday and hour</h2>
        <Choice name="Figure of the hours" value={of} set={setOf} choices={{ net: "Net", invoices: "Invoices" }} />
      </div>
      <Answered of={table} rows={5}>
        {(it) => <HoursChart table={it} filter={filter} of={of} />}
      </Answered>
    </section>
  );
}

function HoursChart({ table, filter, of }: { table: Table; filter: Filter; of: "net" | "invoices" }) {
  const found = useMemo(() => hours(table, filter, of), [table, filter, of]);
  const option = usePainted(() => weekdayHours(found, of), [found, of]);
  if (found.cells.length === 0) return <Empty>None in these days.</Empty>;
  const [day, hour] = found.cells.reduce((one, other) => (other[2] > one[2] ? other : one));
  const names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const losses = found.cells.filter(([, , sum]) => sum < 0).length;
  const said = losses ? ` ${losses === 1 ? "One hour has" : `${losses} hours have`} a loss, in a colour of its own.` : "";
  return <Chart option={option} height={300} label={`${of === "net" ? "Net" : "Invoices"} by weekday and hour; the most are on ${names[day]} from ${hour}:00.${said}`} />;
}

const MOST_PRODUCTS = 15;

function Products({ version, filter, all }: { version: string; filter: Filter; all: [string, string] }) {
  const table = useTable("products", version);
  const [by, setBy] = useState<By>("net");
  const cut = !([all[0], startOf(filter.from, "month")].includes(filter.from) && [all[1], endOfMonth(filter.to)].includes(filter.to));
  return (
    <section class="panel">
      <div class="head">
        <h2 class="grow">Products</h2>
        {cut && <p class="quiet">of whole months, {filter.from.slice(0, 7)} to {filter.to.slice(0, 7)}</p>}
        <Choice name="Order of the products" value={by} set={setBy} choices={{ net: "Most net", sold: "Most units", returns: "Most returns" }} />
      </div>
      <Answered of={table} rows={8}>
        {(it) => <ProductTable table={it} filter={filter} by={by} />}
      </Answered>
    </section>
  );
}

function ProductTable({ table, filter, by }: { table: Table; filter: Filter; by: By }) {
  const { first, all } = useMemo(() => products(table, filter, by, MOST_PRODUCTS), [table, filter, by]);
  if (first.length === 0) return <Empty>None in these months.</Empty>;
  const money = moneyLike(first.flatMap((it) => [it.net, it.gross, it.returns].map(amount)));
  return (
    <>
      <Sheet label="Products">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Text</th>
            <th scope="col" class="num">Net</th>
            <th scope="col" class="num">Sales</th>
            <th scope="col" class="num">Returns</th>
            <th scope="col" class="num">Units sold</th>
            <th scope="col" class="num">Returned</th>
          </tr>
        </thead>
        <tbody>
          {first.map((it) => (
            <tr key={it.code}>
              <td class="mono code">{it.code}</td>
              <td class="text">{it.text ?? <span class="quiet">none</span>}</td>
              <td class="num">{money(amount(it.net))}</td>
              <td class="num">{money(amount(it.gross))}</td>
              <td class={it.returns < 0 ? "num bad" : "num"}>{money(amount(it.returns))}</td>
              <td class="num">{count(it.sold)}</td>
              <td class="num">{count(it.returned)}</td>
            </tr>
          ))}
        </tbody>
      </Sheet>
      {all > first.length && <p class="quiet">the first {first.length} of {count(all)} stock codes; postage and fees are codes too</p>}
    </>
  );
}

function Cohorts({ version }: { version: string }) {
  const table = useTable("cohorts", version);
  return (
    <section class="panel">
      <div class="head">
        <h2 class="grow">Who comes back</h2>
        <p class="quiet">of all countries and dates</p>
      </div>
      <Answered of={table} rows={5}>
        {(it) => <CohortChart table={it} />}
      </Answered>
    </section>
  );
}

function CohortChart({ table }: { table: Table }) {
  const found = useMemo(() => cohorts(table), [table]);
  const narrow = useNarrow();
  const option = usePainted(() => (found.some(({ later }) => later.length > 1) ? cohortMonths(found, narrow) : undefined), [found, narrow]);
  if (!option) return <Empty>Customers who come back are seen once the data have two months.</Empty>;
  const first = found[0]!;
  const next = first.later.find(({ number }) => number === 1);
  const label = `The share of each month's new customers who have a line in later months. Of ${count(first.customers)} first seen in ${first.month.slice(0, 7)}, ${count(next?.customers ?? 0)} came back a month later.`;
  return <Chart option={option} height={80 + 30 * found.length} label={label} />;
}

const NARROW = matchMedia("(max-width: 640px)");

/** Whether the screen is too narrow for a number in each cell. */
function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const changed = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", changed);
    return () => NARROW.removeEventListener("change", changed);
  }, []);
  return narrow;
}

function Choice<T extends string>({ name, value, set, choices }: { name: string; value: T; set: (value: T) => void; choices: Record<T, string> }) {
  return (
    <select aria-label={name} value={value} onChange={(event) => set(event.currentTarget.value as T)}>
      {Object.entries<string>(choices).map(([of, title]) => (
        <option key={of} value={of}>
          {title}
        </option>
      ))}
    </select>
  );
}
