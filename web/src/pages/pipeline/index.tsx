/** The pipeline: where the rows are, how fast they move, and what stands still. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "preact/hooks";
import type { Laptop, Pipeline } from "../../api/pipeline.ts";
import { useAnswer } from "../../api/use.ts";
import { to } from "../../router.ts";
import { Chart } from "../../ui/chart.tsx";
import { bytes, clock, count } from "../../ui/format.ts";
import { Sheet } from "../../ui/sheet.tsx";
import { code, Empty, Failed, Loading } from "../../ui/states.tsx";
import { type Health, PART_ENDED, troubles } from "./health.ts";
import { type Moment, rates, remember } from "./history.ts";
import { VerdictPanel } from "./verdict.tsx";
import { Way } from "./way.tsx";
import "./pipeline.css";

const SECONDS = 2;

export default function PipelinePage() {
  const state = useAnswer<Pipeline>("/api/pipeline", SECONDS);
  const laptop = useAnswer<Laptop>("/laptop/services", SECONDS);
  const seen = useMemo(() => (state.data ? remember(state.data) : []), [state.data]);
  const silent = state.error?.status === 0;
  return (
    <>
      <div class="head">
        <h1 class="grow">Pipeline</h1>
        {state.data && (
          <p class="quiet" role="status">
            {state.error ? "Last known state, of " : "State of "}
            {clock(state.data.at)}
            {laptop.data && `, stage ${laptop.data.stage}`}
          </p>
        )}
      </div>
      {state.error && <Failed error={state.error} again={state.again} />}
      <Troubles of={silent ? [{ level: "bad", word: "The platform does not serve", page: PART_ENDED }] : troubles(state.data, laptop.data)} />
      {state.data ? <Shown state={state.data} laptop={laptop.data} seen={seen} stale={state.error !== undefined} /> : state.loading && <Loading rows={8} />}
    </>
  );
}

function Troubles({ of }: { of: Health[] }) {
  if (of.length === 0) return null;
  return (
    <div class="trouble" role="alert">
      {of.map((it) => (
        <p key={it.word}>
          <b>{it.word}.</b> The way back: <code>{it.page}</code> {it.why && <span class="mono">{it.why}</span>}
        </p>
      ))}
    </div>
  );
}

function Shown({ state, laptop, seen, stale }: { state: Pipeline; laptop: Laptop | undefined; seen: Moment[]; stale: boolean }) {
  return (
    <>
      <Way state={state} laptop={laptop} seen={seen} stale={stale} />
      {state.topic.messages === 0 && <Empty>{code("No row has been sent yet: `tillstream replay day.csv` sends a file's rows, and they move here.")}</Empty>}
      <div class="columns">
        <section class="panel">
          <h2>Rows a second</h2>
          <Rates seen={seen} />
        </section>
        <section class="panel">
          <h2>Unread messages</h2>
          <Behind seen={seen} />
        </section>
      </div>
      <div class="columns">
        <VerdictPanel of={state.verdict} local={laptop !== undefined} />
        <section class="panel">
          <h2>Quarantine</h2>
          <Quarantine of={state.quarantine} />
          {laptop && <Services laptop={laptop} />}
        </section>
      </div>
      <div class="columns">
        <Jobs state={state} />
        <Files state={state} />
      </div>
    </>
  );
}

const TIME_CHART = {
  grid: { left: 4, right: 10, top: 28, bottom: 0, containLabel: true },
  legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 14, itemHeight: 4 },
  tooltip: { trigger: "axis" },
  yAxis: { type: "value", minInterval: 1, splitNumber: 3 },
};

function lines(series: Record<string, [number, number][]>, now: number): EChartsCoreOption {
  const first = Math.min(now, ...Object.values(series).flatMap((data) => data.slice(0, 1).map(([at]) => at)));
  return {
    ...TIME_CHART,
    xAxis: { type: "time", min: Math.max(now - 5 * 60_000, Math.min(first, now - 60_000)), max: now, splitLine: { show: false }, splitNumber: 4 },
    series: Object.entries(series).map(([name, data]) => ({ name, type: "line", symbol: "none", lineStyle: { width: 1.6 }, areaStyle: { opacity: 0.08 }, data: data.map(([at, value]) => [at, Math.round(value * 10) / 10]) })),
  };
}

function Rates({ seen }: { seen: Moment[] }) {
  const option = useMemo(() => lines({ "into the topic": rates(seen, "topic"), "into S3": rates(seen, "s3"), "into DynamoDB": rates(seen, "dynamodb") }, seen.at(-1)?.at ?? 0), [seen]);
  return <Chart option={option} height={170} label="Rows a second into the topic, S3 and DynamoDB over the last five minutes" />;
}

function Behind({ seen }: { seen: Moment[] }) {
  const option = useMemo(() => {
    const names = Object.keys(seen.at(-1)?.behind ?? {});
    return lines(Object.fromEntries(names.map((name) => [name, seen.map((it) => [it.at, it.behind[name] ?? 0] as [number, number])])), seen.at(-1)?.at ?? 0);
  }, [seen]);
  return <Chart option={option} height={170} label="Messages that each consumer has not read over the last five minutes" />;
}

function Quarantine({ of }: { of: Pipeline["quarantine"] }) {
  const more = of.complete ? "" : " or more";
  if (of.records === 0 && of.decisions === 0) return <Empty>Nothing is in quarantine: every row was a valid order line.</Empty>;
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Records</dt>
          <dd class={of.records > of.decisions ? "warn" : ""}>{count(of.records)}{more}</dd>
        </div>
        <div>
          <dt>Decisions</dt>
          <dd>{count(of.decisions)}{more}</dd>
        </div>
      </dl>
      <p>
        <a href={to("topic", ["quarantine"])}>Each record with its reason</a>
      </p>
    </>
  );
}

function Services({ laptop }: { laptop: Laptop }) {
  return (
    <>
      <h3>Services of this laptop</h3>
      <ul class="services">
        {laptop.services.map((it) => (
          <li key={it.name} class={it.state === "ended" ? "tag bad" : "tag good"}>
            {it.name}
            {it.state === "ended" && " has ended"}
          </li>
        ))}
      </ul>
    </>
  );
}

function Jobs({ state }: { state: Pipeline }) {
  return (
    <section class="panel">
      <h2>Jobs</h2>
      <Sheet label="Jobs">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Last batch</th>
            <th scope="col">At</th>
            <th scope="col" class="num">Lines</th>
            <th scope="col" class="num">To load</th>
          </tr>
        </thead>
        <tbody>
          {state.jobs.map((it) => (
            <tr key={it.name}>
              <td class="mono whole">{it.name}</td>
              <td class="mono whole">{it.last_batch ?? <span class="quiet">none</span>}</td>
              <td class="whole">{it.at && clock(it.at)}</td>
              <td class="num">{it.lines === null ? "" : count(it.lines)}</td>
              <td class={it.waiting ? "num warn" : "num"}>{it.waiting === null ? "" : count(it.waiting)}</td>
            </tr>
          ))}
        </tbody>
      </Sheet>
    </section>
  );
}

function Files({ state }: { state: Pipeline }) {
  return (
    <section class="panel">
      <h2>Last raw files</h2>
      {state.files.length === 0 ? (
        <Empty>No file yet: the archive writes one a partition when its window ends.</Empty>
      ) : (
        <Sheet label="Last raw files">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="num">Size</th>
              <th scope="col">At</th>
            </tr>
          </thead>
          <tbody>
            {state.files.map((it) => (
              <tr key={it.key}>
                <td class="mono">{it.key.replace(/^raw\//, "")}</td>
                <td class="num">{bytes(it.bytes)}</td>
                <td class="num">{clock(it.at)}</td>
              </tr>
            ))}
          </tbody>
        </Sheet>
      )}
    </section>
  );
}
