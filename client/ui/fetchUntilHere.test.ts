/** Parts whose script or styles do not come, and several that wait at once. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const toasts = vi.hoisted(() => ({ said: [] as string[] }));
vi.mock("./toasts.tsx", () => ({ showToast: ({ says }: { says: string }) => toasts.said.push(says) }));
vi.mock("../app/strings.ts", () => ({ t: { partAway: "away" } }));

/** As a browser has them: one that was taken out of the page tells nobody any more that it came. */
class Link extends EventTarget {
  rel = "stylesheet";
  sheet: object | null = null;
  static page: Link[] = [];

  cloneNode(): Link {
    return new Link();
  }

  replaceWith(next: Link): void {
    Link.page = Link.page.map((link) => (link === this ? next : link));
  }

  say(type: "load" | "error"): void {
    if (!Link.page.includes(this)) return;
    if (type === "load") this.sheet = {};
    this.dispatchEvent(new Event(type));
    for (const hear of heard) hear({ type, target: this });
  }
}

let heard: ((event: { type: string; target: Link }) => void)[] = [];
let isHostHere = false;

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  [heard, isHostHere, Link.page, toasts.said] = [[], false, [], []];
  vi.stubGlobal("HTMLLinkElement", Link);
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("document", {
    addEventListener: (type: string, hear: (event: { type: string; target: Link }) => void) =>
      heard.push((event) => (event.type === type ? hear(event) : undefined)),
    querySelectorAll: () => Link.page,
  });
  vi.stubGlobal("fetch", () => (isHostHere ? Promise.resolve({ ok: true }) : Promise.reject(new Error("away"))));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const part = async (fetchPart: () => Promise<string>): Promise<{ came: string | null; failed: unknown }> => {
  const { fetchUntilHere } = await import("./fetchedView.ts");
  const state: { came: string | null; failed: unknown } = { came: null, failed: null };
  fetchUntilHere(fetchPart, false).then(
    (came) => (state.came = came),
    (error: unknown) => (state.failed = error),
  );
  return state;
};

/** Its styles are asked for once; after that its script alone counts, as the build has it. */
const withStyles = (name: string): { link: Link; fetchPart: () => Promise<string> } => {
  const link = new Link();
  Link.page.push(link);
  let tries = 0;
  return { link, fetchPart: () => (tries++ === 0 ? Promise.reject(new Error("styles")) : Promise.resolve(name)) };
};

it("several that wait at once all come, each with its styles", async () => {
  const parts = [withStyles("a"), withStyles("b")];
  const [a, b] = [await part(parts[0]!.fetchPart), await part(parts[1]!.fetchPart)];
  for (const { link } of parts) link.say("error");
  await vi.advanceTimersByTimeAsync(1_000);
  expect([a.came, b.came]).toEqual([null, null]);
  for (const link of Link.page) link.say("load");
  await vi.advanceTimersByTimeAsync(0);
  expect([a.came, b.came]).toEqual(["a", "b"]);
});

it("styles that are on their way are left to come", async () => {
  const waiting = withStyles("a");
  await part(waiting.fetchPart);
  waiting.link.say("error");
  const onItsWay = new Link();
  Link.page.push(onItsWay);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(Link.page).toContain(onItsWay);
});

it("a host that comes back between a try and the question for it is asked for the part once more", async () => {
  let isHere = false;
  const state = await part(() => (isHere ? Promise.resolve("a") : Promise.reject(new Error("away"))));
  // The second try fails, and its host answers a moment later.
  isHostHere = true;
  await vi.advanceTimersByTimeAsync(1_000);
  isHere = true;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(state).toEqual({ came: "a", failed: null });
});

it("a host that is there and has no such part ends it", async () => {
  isHostHere = true;
  const state = await part(() => Promise.reject(new Error("gone")));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(state.failed).toEqual(new Error("gone"));
});
