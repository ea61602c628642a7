/** Asks the API. On the laptop the page server signs, on AWS the browser does; the answer is the API's own. */

export const API = "/api";

/** Sends a call of the API; the path begins with `API`. */
export type Send = (path: string, options: RequestInit) => Promise<Response>;

let send: Send = (path, options) => fetch(path, options);

/** From now on calls are sent so. */
export function sendBy(other: Send): void {
  send = other;
}

/** An answer that is no success, in the API's own words. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await send(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refused(0, "The platform does not answer. `tillstream status` says whether it runs.");
  }
  const body = await read(answer);
  if (!answer.ok) throw new Refused(answer.status, sentence(answer.status, body));
  if (typeof body === "string") throw new Refused(answer.status, "The server answered with something that is not JSON.");
  return body as T;
}

async function read(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The text of a failed answer: RFC 9457's detail or title, API Gateway's message, or the status alone. */
function sentence(status: number, body: unknown): string {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const words = [fields.detail, fields.title, fields.message, typeof body === "string" ? body.trim() : undefined];
  return words.find((it): it is string => typeof it === "string" && it !== "") ?? `The API answered with status ${status}.`;
}
