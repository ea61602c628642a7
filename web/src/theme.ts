/** Dark or light: as the system says, until the reader chooses. */

import { useEffect, useMemo, useState } from "preact/hooks";

export type Theme = "system" | "light" | "dark";
const NAME = "tillstream-theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme {
  const kept = localStorage.getItem(NAME);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function show(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

show(chosen());

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosen);
  return [
    theme,
    (next) => {
      localStorage.setItem(NAME, next);
      show(next);
      setTheme(next);
      dispatchEvent(new Event("themechange"));
    },
  ];
}

/** Counts the changes of the colours: what draws on a canvas draws again when it changes. */
export function useColours(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const changed = () => setChanges((count) => count + 1);
    DARK.addEventListener("change", changed);
    addEventListener("themechange", changed);
    return () => {
      DARK.removeEventListener("change", changed);
      removeEventListener("themechange", changed);
    };
  }, []);
  return changes;
}

/** What `make` makes with colours of style.css: made again when these, or what it is made from, change. */
export function usePainted<T>(make: () => T, from: unknown[]): T {
  const colours = useColours();
  return useMemo(make, [...from, colours]);
}

/** The present value of a colour of style.css, such as `--accent`. */
export function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
