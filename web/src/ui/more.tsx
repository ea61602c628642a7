import type { Pages } from "../api/pages.ts";
import { Failed } from "./states.tsx";

/** The button that brings the next page, where there is one. */
export function More({ of, what }: { of: Pages<{ next: string | null }>; what: string }) {
  if (of.failed) return <Failed error={of.failed} {...(of.more ? { again: of.more } : {})} />;
  if (!of.more) return null;
  return (
    <p>
      <button type="button" disabled={of.coming} onClick={of.more}>
        {of.coming ? "Loading…" : `More ${what}`}
      </button>
    </p>
  );
}
