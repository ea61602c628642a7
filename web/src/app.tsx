import { lazily } from "./lazily.tsx";
import { to, useRoute } from "./router.ts";
import { type Theme, useTheme } from "./theme.ts";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Whether a page has something at the segments behind its name. */
type Shows = (segments: string[]) => boolean;

const alone: Shows = (segments) => segments.length === 0;
const ofTopic: Shows = ([view, ...more]) => more.length === 0 && [undefined, "messages", "raw", "quarantine"].includes(view);
const ofExplorer: Shows = (segments) => alone(segments) || (segments.length === 2 && ["invoice", "customer", "find"].includes(segments[0]!));

/** The pages in the order of the navigation; each is a folder of `pages` and is loaded when it is first shown. */
const PAGES = [
  { name: "pipeline", title: "Pipeline", shows: alone, Page: lazily(() => import("./pages/pipeline/index.tsx")) },
  { name: "explorer", title: "Explorer", shows: ofExplorer, Page: lazily(() => import("./pages/explorer/index.tsx")) },
  { name: "topic", title: "Topic and files", shows: ofTopic, Page: lazily(() => import("./pages/topic/index.tsx")) },
  { name: "sales", title: "Sales", shows: alone, Page: lazily(() => import("./pages/sales/index.tsx")) },
] as const;

export function App() {
  const route = useRoute();
  const page = PAGES.find(({ name, shows }) => name === (route.page || "pipeline") && shows(route.segments));
  const title = page ? [named(route.segments), page.title].filter(Boolean).join(" · ") : "There is no such page";
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  // with the page and not some time after it: a person, or a test, may type or read the title as soon as it is there
  useLayoutEffect(() => {
    document.title = `${title} · Tillstream`;
  }, [title]);
  useLayoutEffect(() => {
    if (shown.current !== page) main.current?.focus({ preventScroll: true });
    shown.current = page;
  }, [page]);
  return (
    <>
      <header class="bar">
        <button type="button" class="skip" onClick={() => main.current?.focus()}>
          Skip to the content
        </button>
        <a class="brand" href={to("pipeline")}>
          <img src="/icon.svg" alt="" width="22" height="22" /> Tillstream
        </a>
        <nav aria-label="Pages">
          {PAGES.map(({ name, title }) => (
            <a key={name} href={to(name)} aria-current={page?.name === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <ThemeChoice />
      </header>
      <main ref={main} tabIndex={-1}>
        {page ? <page.Page route={route} /> : <NoSuchPage />}
      </main>
    </>
  );
}

/** What an address names within its page: `Invoice 707000`. */
const named = (segments: string[]): string => segments.join(" ").replace(/^[a-z]/, (letter) => letter.toUpperCase());

function NoSuchPage() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        <a href={to("pipeline")}>The pipeline</a> is where it begins.
      </p>
    </>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  return (
    <label class="theme">
      <span>Theme</span>
      <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
