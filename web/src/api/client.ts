/** Asks the API. On the laptop the page server signs, on AWS the browser does; the answer is the API's own. */

export const API = "/api";

/** Sends a call of the API; the path begins with `API`. What it throws is either `Refused` or silence. */
export type Send = (path: string, options: RequestInit) => Promise<Response>;

let send: Send = (path, options) => fetch(path, options);
let silence = "The platform does not answer. `tillstream status` says whether it runs.";

/** From now on calls are sent so, and this sentence says that nothing answers them. */
export function sendBy(other: Send, sentence: string): void {
  send = other;
  silence = sentence;
}

/** An answer that is no success, in the API's own words. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Milliseconds to wait at most before each further try of a call that API Gateway or Lambda had no room for. */
const WAITS = [400, 800, 1600, 3200];

/** The answer to a call. One that only reads is sent again, a few times, where the API had no room for it. */
export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  for (const longest of WAITS) {
    const [answer, body] = await once(path, options);
    if (!(isThrottled(answer.status, body) && (options.method ?? "GET") === "GET")) return judged<T>(answer, body);
    await new Promise((later) => setTimeout(later, longest * Math.random()));
    options.signal?.throwIfAborted();
  }
  return judged<T>(...(await once(path, options)));
}

async function once(path: string, options: RequestInit): Promise<[Response, unknown]> {
  try {
    const answer = await send(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
    return [answer, await read(answer)];
  } catch (error) {
    if (options.signal?.aborted || error instanceof Refused) throw error;
    throw new Refused(0, silence);
  }
}

/** Whether this is API Gateway's own refusal: of too many calls, or because as many run of a function as may. The latter is 500 on AWS. */
function isThrottled(status: number, body: unknown): boolean {
  return status === 429 || (status === 500 && fieldsOf(body).message !== undefined);
}

function judged<T>(answer: Response, body: unknown): T {
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

const fieldsOf = (body: unknown) => (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;

/** The text of a failed answer: RFC 9457's detail or title, API Gateway's message, or the status alone. */
function sentence(status: number, body: unknown): string {
  const fields = fieldsOf(body);
  const words = [fields.detail, fields.title, fields.message, typeof body === "string" ? body.trim() : undefined];
  return words.find((it): it is string => typeof it === "string" && it !== "") ?? `The API answered with status ${status}.`;
}
