/** What stands in place of data: while it is awaited, where there is none, and where it cannot be had. */

import type { ComponentChildren } from "preact";
import type { Answer } from "../api/use.ts";

export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Failed({ error, again }: { error: Error; again?: () => void }) {
  return (
    <div class="failed" role="alert">
      <p>{code(error.message)}</p>
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** One of the three until there is data, then what `children` makes of it, below the error of a later try. */
export function Answered<T>({ of, rows, children }: { of: Answer<T>; rows?: number; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {of.error && <Failed error={of.error} again={of.again} />}
      {of.data !== undefined ? children(of.data) : of.loading && <Loading {...(rows ? { rows } : {})} />}
    </>
  );
}

/** A sentence whose `commands` are shown as such. */
export function code(sentence: string): ComponentChildren {
  return sentence.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part));
}
