/** The filters of the sales page: a period, its first and last day, a country. They are kept in the address. */

import { useMemo } from "preact/hooks";
import { endOfMonth, type Filter, startOf } from "./figures.ts";

interface Props {
  filter: Filter;
  /** The first and last day that there are. */
  all: [string, string];
  countries: string[];
  set: (change: Partial<Filter>) => void;
}

export function Filters({ filter, all, countries, set }: Props) {
  const months = useMemo(() => monthsOf(all), [all[0], all[1]]);
  const period = (from: string, to: string) => `${from}/${to}`;
  const chosen = period(filter.from, filter.to);
  const periods = [[period(...all), "All dates"] as const, ...months.map(([from, to]) => [period(from, to), from.slice(0, 7)] as const)];
  const choose = (value: string) => {
    const [from = "", to = ""] = value.split("/");
    set({ from, to });
  };
  const changed = (name: "from" | "to") => (event: { currentTarget: HTMLInputElement }) => {
    if (event.currentTarget.value) set({ [name]: event.currentTarget.value });
  };
  return (
    <form class="line filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Period
        <select value={periods.some(([value]) => value === chosen) ? chosen : ""} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="" disabled>
            From … to
          </option>
          {periods.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        From
        <input type="date" value={filter.from} min={all[0]} max={all[1]} onChange={changed("from")} />
      </label>
      <label>
        To
        <input type="date" value={filter.to} min={all[0]} max={all[1]} onChange={changed("to")} />
      </label>
      <label>
        Country
        <select value={countries.includes(filter.country) ? filter.country : ""} onChange={(event) => set({ country: event.currentTarget.value })}>
          <option value="">All countries</option>
          {countries.map((country) => (
            <option key={country}>{country}</option>
          ))}
        </select>
      </label>
    </form>
  );
}

/** The first and last day of each month that the data reach into, the newest first, at most two years. */
function monthsOf([first, last]: [string, string]): [string, string][] {
  const found: [string, string][] = [];
  for (let start = startOf(last, "month"); start >= startOf(first, "month") && found.length < 24; start = startOf(before(start), "month")) {
    found.push([start, endOfMonth(start)]);
  }
  return found;
}

function before(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
