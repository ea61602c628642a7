import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Route } from "./router.ts";
import { Failed, Loading } from "./ui/states.tsx";

type Page = ComponentType<{ route: Route }>;

/** A page whose code is fetched when it is first shown. */
export function lazily(load: () => Promise<{ default: Page }>): Page {
  return function Lazily({ route }) {
    const [Found, setFound] = useState<Page>();
    const [failed, setFailed] = useState<Error>();
    useEffect(() => {
      load().then(({ default: page }) => setFound(() => page), setFailed);
    }, []);
    if (failed) return <Failed error={new Error("A part of the pages did not load.")} again={() => location.reload()} />;
    return Found ? <Found route={route} /> : <Loading rows={6} />;
  };
}
