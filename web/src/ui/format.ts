/** Numbers, amounts and times, as the commands print them: thousands with commas, amounts with their decimals. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const CENTS = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const THOUSANDTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (value: number): string => WHOLE.format(value);

/** `1 line`, `1,114 lines`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Writes amounts that stand beside each other with as many decimals as the most exact one needs: two or three. */
export function moneyLike(values: Iterable<number>): (value: number) => string {
  for (const value of values) if (Math.round(value * 1000) % 10) return (it) => THOUSANDTHS.format(it);
  return (it) => CENTS.format(it);
}

export const money = (value: number): string => moneyLike([value])(value);
export const short = (value: number): string => (Math.abs(value) < 10_000 ? WHOLE.format(value) : SHORT.format(value));

/** A rate of rows a second: one decimal below ten. */
export const rate = (value: number): string => (value > 0 && value < 10 ? value.toFixed(1) : WHOLE.format(value));

/** `2010-12-01T08:26:00` as `2010-12-01 08:26`; business time has no zone. */
export const businessTime = (text: string): string => text.slice(0, 16).replace("T", " ");

/** An instant as the reader's clock shows it: the time alone where it is of today. */
export function clock(text: string, now = new Date()): string {
  const at = new Date(text);
  const time = at.toLocaleTimeString("en-GB");
  return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString("sv")} ${time}`;
}

/** A length of time in the one or two units that matter; no line breaks in it. */
export function span(seconds: number): string {
  return spaced(seconds).replaceAll(" ", "\u00a0");
}

function spaced(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

export function ago(text: string, now = Date.now()): string {
  return `${span((now - Date.parse(text)) / 1000)}\u00a0ago`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 1024 * 1024 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 / 1024).toFixed(1)} MiB`;
}
