import type { ComponentChildren } from "preact";
import { counted } from "./format.ts";

interface SheetProps {
  /** What the table holds, for who cannot see it. */
  label: string;
  /** How many rows it has, and what one of them is; said above the table where it may be long. */
  rows?: [number, string];
  children: ComponentChildren;
}

/** A table as long as its rows; where it is too wide it scrolls sideways in its frame. */
export function Sheet({ label, rows, children }: SheetProps) {
  return (
    <>
      {rows && <p class="quiet">{counted(...rows)}</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label={label}>
        <table class="data">{children}</table>
      </div>
    </>
  );
}
