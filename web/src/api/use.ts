/** The answer to a question of a page: asked when the page is shown, again when the question changes, or every few seconds. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, Refused } from "./client.ts";

export interface Answer<T> {
  data: T | undefined;
  /** The error of the last try; `data` is then the last good answer, if there was one. */
  error: Refused | undefined;
  /** Whether the first answer is awaited. */
  loading: boolean;
  again: () => void;
}

interface Kept<T> {
  path: string | undefined;
  data?: T;
  error?: Refused;
}

/** No path asks nothing. With `seconds` it asks again so long after each answer, while the page is looked at. */
export function useAnswer<T>(path: string | undefined, seconds?: number): Answer<T> {
  const [kept, setKept] = useState<Kept<T>>({ path });
  const [turn, setTurn] = useState(0);
  const latest = useRef(path);
  latest.current = path;
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      if (seconds !== undefined && !stop.signal.aborted) timer = setTimeout(asked, seconds * 1000);
    };
    const asked = async () => {
      if (document.hidden && seconds !== undefined) return next();
      try {
        const data = await ask<T>(path, { signal: stop.signal });
        if (!stop.signal.aborted) setKept({ path, data });
      } catch (error) {
        if (stop.signal.aborted) return;
        const refused = error instanceof Refused ? error : new Refused(0, String(error));
        setKept((before) => (before.path === path ? { ...before, error: refused } : { path, error: refused }));
      }
      next();
    };
    const looked = () => {
      if (!document.hidden && timer !== undefined) {
        clearTimeout(timer);
        void asked();
      }
    };
    void asked();
    if (seconds !== undefined) document.addEventListener("visibilitychange", looked);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", looked);
    };
  }, [path, seconds, turn]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  const now = kept.path === path ? kept : { path };
  return { data: now.data, error: now.error, loading: path !== undefined && !now.data && !now.error, again };
}
