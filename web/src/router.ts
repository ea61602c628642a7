/** The address of a page: `#/explorer/invoice/707000?line=…`. It works on every server that has `index.html` alone. */

import { useEffect, useState } from "preact/hooks";

export interface Route {
  /** The name of the page: the first segment. */
  page: string;
  /** The segments after it, decoded. */
  segments: string[];
  query: URLSearchParams;
}

export function routeOf(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...segments] = path.split("/").map(decoded);
  return { page, segments: segments.filter(Boolean), query: new URLSearchParams(query) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The address of a page, for a link. */
export function to(page: string, segments: (string | number)[] = [], query: Record<string, string | number | undefined> = {}): string {
  const path = [page, ...segments].map((segment) => encodeURIComponent(segment)).join("/");
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `#/${path}${search && `?${search}`}`;
}

export function go(address: string): void {
  location.hash = address;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    changed(); // effects run after the first frame, and the address may have changed since it was rendered
    return () => removeEventListener("hashchange", changed);
  }, []);
  return routeOf(hash);
}
