/** The pipeline's state, as the contract of the API has it, and what the laptop's page server adds. */

export interface Pipeline {
  at: string;
  topic: { name: string; messages: number; newest_at: string | null; partitions: { partition: number; start: number; end: number }[] };
  consumers: Consumer[];
  stores: { name: string; kind: "deliveries" | "lines"; count: number | null }[];
  files: { key: string; bytes: number; at: string }[];
  jobs: Job[];
  quarantine: { records: number; decisions: number; complete: boolean };
  verdict: { outcome: string; at: string; sentence: string } | null;
}

export interface Consumer {
  name: string;
  group: string;
  behind: number;
  oldest_at: string | null;
  members: number | null;
  state: "ok" | "behind" | "stalled" | "stopped";
}

export interface Job {
  name: string;
  last_batch: string | null;
  at: string | null;
  lines: number | null;
  waiting: number | null;
}

/** The laptop alone: its processes, and the functions that failed in the last minutes. */
export interface Laptop {
  stage: string;
  services: { name: string; state: "running" | "ended" }[];
  failures: { function: string; count: number; last: string; error: string; page: string | null }[];
}

/** The last reconciliation that was run from these pages, and the one that runs. */
export interface Reconciliation {
  running: boolean;
  paths: string[];
  at: string | null;
  outcome: "holds" | "lost" | "due" | "failed" | null;
  sentences: string[];
}
