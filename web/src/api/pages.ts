/** An answer that comes in pages: the first one by itself, the others when they are asked for. */

import { useEffect, useState } from "preact/hooks";
import { ask, Refused } from "./client.ts";
import { type Answer, useAnswer } from "./use.ts";

interface Paged {
  next: string | null;
}

export interface Pages<T extends Paged> extends Answer<T> {
  /** Asks for the next page; undefined where there is none. */
  more: (() => void) | undefined;
  /** Whether a further page is awaited. */
  coming: boolean;
  /** Why the last further page did not come. */
  failed: Refused | undefined;
}

/** `path` makes the question for the page that `next` names; `join` adds a page to those before. */
export function usePages<T extends Paged>(path: ((next?: string) => string) | undefined, join: (before: T, page: T) => T): Pages<T> {
  const first = useAnswer<T>(path?.());
  const [joined, setJoined] = useState<T>();
  const [coming, setComing] = useState(false);
  const [failed, setFailed] = useState<Refused>();
  useEffect(() => {
    setJoined(first.data);
    setFailed(undefined);
  }, [first.data]);
  const data = first.data && (joined ?? first.data);
  const next = data?.next;
  const more = async () => {
    setComing(true);
    setFailed(undefined);
    try {
      setJoined(join(data!, await ask<T>(path!(next!))));
    } catch (error) {
      setFailed(error instanceof Refused ? error : new Refused(0, String(error)));
    }
    setComing(false);
  };
  return { ...first, data, coming, failed, more: next && path ? () => void more() : undefined };
}
