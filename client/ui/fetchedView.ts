/**
 * A view that is fetched when it is first shown. While the service worker does not have all of the app yet, a host that goes away takes what
 * is not fetched with it: the view then waits, and nothing else on the page does.
 */
import { type Component, lazy } from "solid-js";
import { t } from "../app/strings.ts";
import { showToast } from "./toasts.tsx";

/** Soon at first, since most hosts that go away are started anew; seldom later, since a phone pays for each try. */
const firstRetryMs = 1_000;
const retryMsMax = 15_000;

export interface FetchedViewOptions {
  /** The page shows it by itself: nobody waits for it, so nobody is told. */
  readonly isQuiet?: boolean;
}

/** Its type is that of a view, whatever it is given. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a component of any properties, as Solid's own `lazy` has it.
export function fetchedView<View extends Component<any>>(
  fetchView: () => Promise<View>,
  options: FetchedViewOptions = {},
): View & { preload(): Promise<unknown> } {
  return lazy(async () => ({ default: await fetchUntilHere(fetchView, options.isQuiet === true) }));
}

export async function fetchUntilHere<View>(fetchView: () => Promise<View>, isQuiet: boolean): Promise<View> {
  for (let tries = 0; ; tries++) {
    try {
      return await fetchView();
    } catch (error) {
      // The host is there and has no such part: this page is older than the host. App.tsx says so, and offers to reload.
      if (tries > 0 && (await isHostHere())) throw error;
      if (tries === 0 && !isQuiet) showToast({ says: t.partAway });
      await untilNextTry(Math.min(firstRetryMs * 2 ** tries, retryMsMax));
      await refetchStyles();
    }
  }
}

const isHostHere = (): Promise<boolean> =>
  fetch("/healthz", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Or as soon as the browser says that there is a network again, or somebody looks. */
async function untilNextTry(ms: number): Promise<void> {
  const stop = new AbortController();
  const news = new Promise<void>((done) => {
    addEventListener("online", () => done(), { signal: stop.signal });
    document.addEventListener("visibilitychange", () => done(), { signal: stop.signal });
  });
  const timer = new Promise((done) => setTimeout(done, ms));
  await Promise.race([timer, news]);
  stop.abort();
}

/** The build asks for a part's styles once, whether they come or not: those that did not are asked for anew. */
async function refetchStyles(): Promise<void> {
  const failed = [...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')].filter(
    ({ sheet }) => sheet === null,
  );
  await Promise.all(
    failed.map(
      (link) =>
        new Promise<void>((done) => {
          const again = link.cloneNode() as HTMLLinkElement;
          again.addEventListener("load", () => done());
          again.addEventListener("error", () => done());
          link.replaceWith(again);
        }),
    ),
  );
}
