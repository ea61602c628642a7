/** The way of a row as a picture: stores, and between them the functions and jobs that move rows. */

import type { ComponentChildren } from "preact";
import type { Consumer, Job, Laptop, Pipeline } from "../../api/pipeline.ts";
import { ago, clock, count, counted, rate } from "../../ui/format.ts";
import { failureOf, type Health, ofConsumer } from "./health.ts";
import { type Moment, rateOf } from "./history.ts";

interface WayProps {
  state: Pipeline;
  laptop: Laptop | undefined;
  seen: Moment[];
  /** Whether the state is old: nothing moves then. */
  stale: boolean;
}

export function Way({ state, laptop, seen, stale }: WayProps) {
  const consumers = Object.fromEntries(state.consumers.map((it) => [it.name, it]));
  const jobs = Object.fromEntries(state.jobs.map((it) => [it.name, it]));
  const speed = rateOf(seen, "topic");
  const ended = (name: string) => laptop?.services.some((it) => it.name === name && it.state === "ended") ?? false;
  const consumer = (name: string, area: string, store: string) =>
    consumers[name] && <Reading area={area} consumer={consumers[name]} speed={stale ? 0 : rateOf(seen, store)} health={ofConsumer(consumers[name], failureOf(laptop, name))} />;
  return (
    <section class={stale ? "way stale" : "way"} aria-label="The way of a row">
      <Place area="api" title="API" bad={ended("runtime") || failureOf(laptop, "ingest") !== undefined}>
        <b>{speed === undefined ? "–" : rate(Math.max(0, speed))}</b>
        <small>rows a second</small>
      </Place>
      <Link area="ingest" name="ingest" moving={!stale && (speed ?? 0) > 0} level="good">
        <small>{state.topic.newest_at ? `last ${ago(state.topic.newest_at, Date.parse(state.at))}` : "nothing yet"}</small>
      </Link>
      <Place area="topic" title={state.topic.name} bad={ended("kafka")}>
        <b>{count(state.topic.messages)}</b>
        <small>messages, {counted(state.topic.partitions.length, "partition")}</small>
        <Partitions topic={state.topic} />
      </Place>
      {consumer("raw-archive", "archive", "s3")}
      {consumer("order-tables", "tables", "dynamodb")}
      <Store area="s3" title="S3, raw files" state={state} name="s3" bad={ended("s3")} />
      <Store area="dynamodb" title="DynamoDB" state={state} name="dynamodb" bad={ended("dynamodb")} />
      {jobs.curate && <JobLink area="curate" job={jobs.curate} moment={state.at} />}
      {jobs.load_tables && <JobLink area="load_tables" job={jobs.load_tables} moment={state.at} />}
      {jobs.load_warehouse && <JobLink area="load_warehouse" job={jobs.load_warehouse} moment={state.at} />}
      <Store area="lake" title="Lake" state={state} name="lake" bad={false} />
      <Store area="warehouse" title="Warehouse" state={state} name="warehouse" bad={ended("redshift_data")} />
    </section>
  );
}

function Place({ area, title, bad, children }: { area: string; title: string; bad: boolean; children: ComponentChildren }) {
  return (
    <div class={`place ${area} ${bad ? "bad-place" : ""}`} style={{ gridArea: area }}>
      <h2>{title}</h2>
      {children}
      {bad && <span class="tag bad">does not serve</span>}
    </div>
  );
}

function Store({ area, title, state, name, bad }: { area: string; title: string; state: Pipeline; name: string; bad: boolean }) {
  const store = state.stores.find((it) => it.name === name);
  return (
    <Place area={area} title={title} bad={bad}>
      <b>{store?.count == null ? "–" : count(store.count)}</b>
      <small>{store?.kind ?? "not known"}</small>
    </Place>
  );
}

/** How the messages are spread over the partitions; the numbers are in the title of each bar. */
function Partitions({ topic }: { topic: Pipeline["topic"] }) {
  const most = Math.max(1, ...topic.partitions.map((it) => it.end));
  const said = topic.partitions.map((it) => `${it.partition}: ${count(it.end)}`).join(", ");
  return (
    <span class="partitions" role="img" aria-label={`End of each partition: ${said}`} title={said}>
      {topic.partitions.map((it) => (
        <i key={it.partition} style={{ height: `${Math.max(6, (it.end / most) * 100)}%` }} />
      ))}
    </span>
  );
}

function Link({ area, name, moving, level, children }: { area: string; name: string; moving: boolean; level: Health["level"]; children: ComponentChildren }) {
  return (
    <div class={`link ${area === "load_tables" ? "back" : ""} ${level}`} style={{ gridArea: area }}>
      <span class="mono">{name}</span>
      <span class={moving ? "flow moving" : "flow"} aria-hidden="true" />
      {children}
    </div>
  );
}

function Reading({ area, consumer, speed, health }: { area: string; consumer: Consumer; speed: number | undefined; health: Health }) {
  const age = consumer.oldest_at === null ? "" : `, oldest\u00a0${ago(consumer.oldest_at)}`;
  return (
    <Link area={area} name={consumer.name} moving={(speed ?? 0) > 0} level={health.level}>
      <span class={`tag ${health.level}`}>{health.word}</span>
      <small>{consumer.behind === 0 ? "nothing unread" : `${count(consumer.behind)} unread${age}`}</small>
      {speed !== undefined && speed > 0 && <small>{rate(speed)} a second</small>}
    </Link>
  );
}

function JobLink({ area, job, moment }: { area: string; job: Job; moment: string }) {
  const waiting = job.waiting ?? 0;
  const fresh = job.at !== null && Date.parse(moment) - Date.parse(job.at) < 30_000;
  return (
    <Link area={area} name={job.name} moving={fresh} level={waiting > 0 ? "warn" : "good"}>
      {job.at === null ? <small>has not run</small> : <small title={clock(job.at)}>{job.lines === null ? "" : `${counted(job.lines, "line")}, `}{ago(job.at, Date.parse(moment))}</small>}
      {waiting > 0 && <small class="warn">{count(waiting)} {waiting === 1 ? "batch" : "batches"} to load</small>}
    </Link>
  );
}
