/** The charts of the sales page, as ECharts' options. */

import type { EChartsCoreOption } from "echarts/core";
import { colour } from "../../theme.ts";
import { count, short } from "../../ui/format.ts";
import type { Cohort, Daily, Grain, Hours, Money } from "./figures.ts";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const GRID = { left: 8, right: 12, top: 34, bottom: 4, containLabel: true };
const PLAIN = { left: 8, right: 16, top: 8, bottom: 4, containLabel: true };
const AMOUNTS = { axisLabel: { formatter: (value: number) => short(value) } };

/** Thousandths as the amount that they are. */
export const amount = (thousandths: number): number => thousandths / 1000;

/** An amount without its decimals: a chart has no room for them. */
export const whole = (thousandths: number): string => count(amount(thousandths));

/** Sales upwards, returns downwards, and net as a line. */
export function inTime(points: Daily["inTime"], grain: Grain): EChartsCoreOption {
  const data = (of: (it: Money) => number) => points.map(([, it]) => amount(of(it)));
  return {
    grid: GRID,
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", formatter: (at: { dataIndex: number }[]) => said(points[at[0]!.dataIndex]!, grain) },
    xAxis: { type: "category", data: points.map(([start]) => start), axisLabel: { hideOverlap: true } },
    yAxis: { type: "value", ...AMOUNTS },
    series: [
      { name: "Sales", type: "bar", stack: "amounts", itemStyle: { color: colour("--data-1") }, data: data((it) => it.gross) },
      { name: "Returns", type: "bar", stack: "amounts", itemStyle: { color: colour("--data-2") }, data: data((it) => it.returns) },
      { name: "Net", type: "line", symbol: "none", lineStyle: { width: 1.5 }, itemStyle: { color: colour("--text") }, data: data((it) => it.net) },
    ],
  };
}

function said([start, it]: [string, Money], grain: Grain): string {
  const when = grain === "month" ? start.slice(0, 7) : grain === "week" ? `Week of ${start}` : start;
  const rows: [string, number][] = [["Sales", it.gross], ["Returns", it.returns], ["Adjustments", it.adjustments], ["Net", it.net]];
  return [when, ...rows.filter(([name, value]) => value || name !== "Adjustments").map(([name, value]) => `${name}  ${whole(value)}`)].join("\n");
}

/** A bar for each country; the chosen one is marked. The scale is not logarithmic, which would hide that one country is nearly all. */
export function countries(found: Daily["countries"], chosen: string): EChartsCoreOption {
  const upwards = [...found].reverse();
  const colours = [colour("--data-1"), colour("--data-3")] as const;
  return {
    grid: { ...PLAIN, right: 64 },
    tooltip: { trigger: "item", formatter: ({ dataIndex }: { dataIndex: number }) => ofCountry(upwards[dataIndex]!) },
    xAxis: { type: "value", ...AMOUNTS, splitNumber: 3 },
    yAxis: { type: "category", data: upwards.map(([name]) => name), axisTick: { show: false }, axisLabel: { color: colour("--text") } },
    series: [
      {
        type: "bar",
        barMaxWidth: 16,
        cursor: "pointer",
        label: { show: true, position: "right", color: colour("--quiet"), formatter: ({ dataIndex }: { dataIndex: number }) => short(amount(upwards[dataIndex]![1].net)) },
        data: upwards.map(([name, { net }]) => ({ value: amount(net), itemStyle: { color: name === chosen ? colours[1] : colours[0] } })),
      },
    ],
  };
}

function ofCountry([name, it]: Daily["countries"][number]): string {
  return [name, `Net  ${whole(it.net)}`, `Sales  ${whole(it.gross)}`, `Returns  ${whole(it.returns)}`, `Invoices  ${count(it.invoices)}`].join("\n");
}

/** A cell for each weekday and hour, Monday on top. A loss has a colour of its own, however small beside the gains. */
export function weekdayHours({ cells, hours: [first, last] }: Hours, of: "net" | "invoices"): EChartsCoreOption {
  const value = (sum: number) => (of === "net" ? amount(sum) : sum);
  const data = cells.map(([day, hour, sum]) => [hour - first, 6 - day, value(sum)] as const);
  const [losses, gains] = [data.filter(([, , sum]) => sum < 0), data.filter(([, , sum]) => sum >= 0)];
  const least = Math.min(0, ...losses.map(([, , sum]) => sum));
  const most = Math.max(0, ...gains.map(([, , sum]) => sum));
  const one = { visualMap: scale(0, most), series: [{ type: "heatmap", data: gains }] };
  const ofGains = { ...scale(0, most), seriesIndex: 0, left: "54%", itemHeight: 70 };
  const ofLosses = { ...scale(least, 0), seriesIndex: 1, left: "4%", itemHeight: 70, inRange: { color: colour("--data-2"), colorAlpha: [1, 0.45] } };
  const two = { visualMap: [ofGains, ofLosses], series: [{ type: "heatmap", data: gains }, { type: "heatmap", data: losses }] };
  return {
    grid: { ...PLAIN, bottom: 40 },
    tooltip: { trigger: "item", formatter: ({ value: [hour, day, sum] }: { value: [number, number, number] }) => `${WEEKDAYS[6 - day]} ${first + hour}:00\n${of === "net" ? "Net" : "Invoices"}  ${count(sum)}` },
    xAxis: { type: "category", data: Array.from({ length: last - first + 1 }, (_, at) => `${first + at}`), splitArea: { show: false } },
    yAxis: { type: "category", data: [...WEEKDAYS].reverse() },
    ...(losses.length ? two : one),
  };
}

/** A cell for each cohort and month since its first, with the share of its customers who come back. */
export function cohortMonths(found: Cohort[], narrow: boolean): EChartsCoreOption {
  const downwards = [...found].reverse();
  const most = Math.max(...found.map(({ later }) => Math.max(...later.map(({ number }) => number))));
  // a cohort is a row of its own even before any of its customers could come back
  const cells = downwards.flatMap(({ customers, later }, row) =>
    later.filter(({ number }) => number > 0).map((it) => [it.number - 1, row, Math.round((it.customers / customers) * 100)]),
  );
  return {
    grid: { ...PLAIN, bottom: 40 },
    tooltip: { trigger: "item", formatter: ({ value: [number, row] }: { value: [number, number] }) => ofCohort(downwards[row]!, number + 1) },
    xAxis: { type: "category", name: "months since", nameLocation: "middle", nameGap: 24, data: Array.from({ length: most }, (_, at) => `+${at + 1}`) },
    yAxis: { type: "category", data: downwards.map(({ month, customers }) => `${month.slice(0, 7)} · ${count(customers)}`) },
    visualMap: { ...scale(0, 100), show: false, max: Math.max(...cells.map(([, , share]) => share!), 1) },
    series: [{ type: "heatmap", label: { show: !narrow && most <= 14, fontSize: 11, formatter: ({ value }: { value: number[] }) => `${value[2]}%` }, data: cells }],
  };
}

function ofCohort({ month, customers, later }: Cohort, number: number): string {
  const it = later.find((one) => one.number === number)!;
  return [`First seen ${month.slice(0, 7)}, ${number} months later`, `${count(it.customers)} of ${count(customers)} customers`, `Net  ${whole(it.net)}`].join("\n");
}

function scale(min: number, max: number): object {
  return {
    min,
    max,
    calculable: false,
    orient: "horizontal",
    left: "center",
    bottom: 0,
    itemHeight: 120,
    itemWidth: 10,
    textStyle: { color: colour("--quiet"), fontSize: 11 },
    text: [short(Math.round(max)), short(Math.round(min))],
    inRange: { color: [colour("--raised"), colour("--data-1")] },
  };
}
