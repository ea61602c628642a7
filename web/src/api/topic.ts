/** Messages, raw objects and quarantined records, as the contract of the API has them. */

import type { Line } from "./orders.ts";

export interface Message {
  partition: number;
  offset: number;
  at: string;
  key: string | null;
  schema: number | null;
  /** The value where it is a JSON object; of an order line these fields. */
  line: Partial<Line> | null;
  text: string | null;
  bytes: number;
}

export interface Messages {
  topic: string;
  partition: number;
  start: number;
  end: number;
  /** The offsets that were looked at, `from` this one to before `to`. */
  read: { from: number; to: number };
  messages: Message[];
  next: string | null;
}

export interface RawObjects {
  topic: string;
  partition: number;
  epoch: number;
  day: string | null;
  days: string[];
  objects: { key: string; first_offset: number; bytes: number; at: string }[];
  next: string | null;
}

export interface RawContent {
  key: string;
  first_offset: number;
  next_offset: number;
  messages_in_object: number;
  bytes: number;
  sha256: string;
  messages: Message[];
  next: string | null;
}

export interface Reason {
  field: string;
  value: string;
  rule: string;
}

export interface QuarantinedRecord {
  id: string;
  kind: "stream" | "bulk" | "destination";
  state: "open" | "redriving" | "redriven" | "discarded";
  place: string;
  time: string | null;
  consumer: string | null;
  partition: number | null;
  invoice: string | null;
  reasons: Reason[];
  fields: Record<string, unknown> | null;
  cells: string[] | null;
  payload: string | null;
  decision: Record<string, unknown> | null;
}

export interface QuarantinedRecords {
  records: QuarantinedRecord[];
  next: string | null;
}

/** What `tillstream quarantine redrive` did with one record, or would do. */
export interface Redriven {
  id: string;
  outcome: string;
  new: boolean;
  errors: Reason[];
  decision: Record<string, unknown> | null;
}

/** A path of the API with these parameters, without those that are empty. */
export function query(path: string, parameters: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/api${path}${text && `?${text}`}`;
}
