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
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- reason: a component of any properties, as Solid's own `lazy` has it.
export function fetchedView<View extends Component<any>>(
  fetchView: () => Promise<View>,
  options: FetchedViewOptions = {},
): View & { preload(): Promise<unknown> } {
  return lazy(async () => ({ default: await fetchUntilHere(fetchView, options.isQuiet === true) }));
}

export async function fetchUntilHere<View>(fetchView: () => Promise<View>, isQuiet: boolean): Promise<View> {
  watchStyles();
  let wasHostHere = false;
  for (let tries = 0; ; tries++) {
    try {
      return await fetchView();
    } catch (error) {
      // The host was there before this try and is there after it, and has no such part: this page is older than the host. App.tsx says so, and offers to reload.
      const isHere = tries > 0 && (await isHostHere());
      if (isHere && wasHostHere) throw error;
      wasHostHere = isHere;
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

/** The build asks for a part's styles once, whether they come or not: those that did not are asked for anew. `null`: nobody looks yet. */
let failedStyles: Set<HTMLLinkElement> | null = null;
let refetching: Promise<unknown> | null = null;

function watchStyles(): void {
  if (failedStyles !== null) return;
  const failed = new Set<HTMLLinkElement>();
  failedStyles = failed;
  const onError = ({ target }: Event): void => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") failed.add(target);
  };
  // On its way down: such an event does not come up again.
  document.addEventListener("error", onError, true);
}

/** Once for all that wait: what is taken out while it is on its way never says that it came, and whoever waits for it would wait for ever. */
function refetchStyles(): Promise<unknown> {
  refetching ??= Promise.all([...(failedStyles ?? [])].map(refetch)).finally(() => (refetching = null));
  return refetching;
}

const refetch = (link: HTMLLinkElement): Promise<void> =>
  new Promise((done) => {
    failedStyles?.delete(link);
    const again = link.cloneNode() as HTMLLinkElement;
    again.addEventListener("load", () => done());
    again.addEventListener("error", () => done());
    link.replaceWith(again);
  });
