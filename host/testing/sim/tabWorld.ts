/**
 * A small world beside the large one, for who may write: several tabs of one browser with the app's real lock (client/platform/tabLock.ts). They
 * are opened, asked to take over, killed and frozen; each holds a vault only as far as this matters: it reads how far its device's chain has
 * come, writes on from there, and closes when it is told to. Two envelopes in one place are what the lock is there against.
 */
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { repositoryRoot } from "./hooks.ts";
import { createTabBrowser } from "./tabBrowser.ts";
import type { SmallWorld } from "./smallWorlds.ts";
import type { SimNode } from "./world.ts";

interface TabLock {
  takeTabLock(onLost: () => Promise<void>): Promise<boolean>;
  takeOverTabLock(onLost: () => Promise<void>): Promise<boolean>;
}

/** The browser's half is in no layer that the host may name; here it runs as it is, and a planted bug with it. */
const tabLock = (await import(
  pathToFileURL(resolve(repositoryRoot, "client/platform/tabLock.ts")).href
)) as unknown as TabLock;

/** A vault as far as this world needs it. */
interface Writer {
  /** Resolves when all that was written is stored, and no more will be. */
  close(): Promise<void>;
  readonly isClosed: boolean;
}

interface Tab {
  readonly node: SimNode;
  stage: "closed" | "opening" | "open" | "elsewhere";
  opening: Promise<Writer> | null;
  writer: Writer | null;
  losses: number;
}

/** Well below the time after which the lock is taken by force (tabLock.ts). */
const closeMsMax = 1_500;
/** After this time nobody does anything more. */
const busyMs = 30_000;
const restMs = 60_000;

export async function runTabWorld({ world, prng, fail, count, runUntil }: SmallWorld): Promise<void> {
  const random = prng.fork("tabs");
  /** Whose each envelope of this device is, as they were stored. */
  const chain: string[] = [];
  const beginMs = world.now();
  const tabs = Array.from({ length: random.between(2, 4) }, (_, index): Tab => {
    const node = world.createNode(`tab ${index + 1}`);
    return { node, stage: "closed", opening: null, writer: null, losses: 0 };
  });
  const tabOf = (node: SimNode): Tab | undefined => tabs.find((tab) => tab.node === node);
  const browser = createTabBrowser({
    ...{ world, random },
    onStolen: (from, by) => {
      count("stolen");
      world.note(() => `${by.name} takes the lock from ${from.name} by force`);
      const isAnswered = from.isUp && from.sleeping === null && tabOf(from)?.writer?.isClosed === true;
      if (isAnswered)
        fail("one writer", `${from.name} had closed its vault and kept the lock, which was then taken by force`);
    },
  });

  const openWriter = async (node: SimNode): Promise<Writer> => {
    const pause = (delayMs: number): Promise<void> =>
      new Promise((done) => void world.after(node, delayMs, "storage", done));
    await pause(random.between(1, 400));
    let next = chain.length;
    let isClosing = false;
    let isClosed = false;
    let last: Promise<void> = Promise.resolve();
    const write = (): void => {
      const place = next;
      next += 1;
      const before = last;
      last = (async () => {
        await before;
        await pause(random.between(1, 120));
        store(node.name, place);
      })();
    };
    const live = (): void => {
      if (isClosing) return;
      write();
      world.after(node, random.between(20, 1_500), "type", live);
    };
    live();
    return {
      close: async () => {
        isClosing = true;
        await pause(random.between(1, closeMsMax));
        await last;
        isClosed = true;
        world.note(() => `${node.name} has closed its vault`);
      },
      get isClosed() {
        return isClosed;
      },
    };
  };

  const store = (by: string, place: number): void => {
    world.note(() => `${by} stores envelope ${place}`);
    count("envelopes");
    const other = chain[place];
    if (other !== undefined)
      fail("one writer", `${other} and ${by} both wrote envelope ${place} of their device's chain`);
    chain[place] = by;
  };

  const take = async (tab: Tab, how: keyof TabLock): Promise<void> => {
    const onLost = async (): Promise<void> => {
      tab.losses += 1;
      tab.stage = "elsewhere";
      world.note(() => `${tab.node.name} is asked for the lock`);
      await (await tab.opening)?.close();
    };
    const { losses } = tab;
    tab.writer = tab.opening = null;
    tab.stage = "opening";
    const isOurs = await tabLock[how](onLost);
    world.note(() => `${tab.node.name}: ${how} ${isOurs}`);
    if (!isOurs) {
      tab.stage = "elsewhere";
      return;
    }
    count("taken");
    const opening = openWriter(tab.node).then((writer) => (tab.writer = writer));
    tab.opening = opening;
    await opening;
    if (tab.losses === losses) tab.stage = "open";
  };

  const act = (tab: Tab, what: string, how: keyof TabLock): void => {
    world.after(tab.node, 0, what, () => {
      take(tab, how).catch((error: unknown) => fail("I14", `${tab.node.name} cannot open: ${String(error)}`));
    });
  };
  const load = (tab: Tab): void => {
    tab.node.life += 1;
    tab.node.isUp = true;
    tab.writer = tab.opening = null;
    act(tab, "load", "takeTabLock");
  };
  const kill = (tab: Tab): void => {
    world.note(() => `${tab.node.name} is gone`);
    tab.node.isUp = false;
    tab.node.sleeping = null;
    tab.node.life += 1;
    tab.stage = "closed";
    tab.writer = tab.opening = null;
    browser.close(tab.node);
  };
  /** A page that the browser froze does not answer, and is thrown away later. */
  const freeze = (tab: Tab): void => {
    count("frozen");
    world.note(() => `${tab.node.name} is frozen`);
    world.suspend(tab.node);
    world.after(null, random.between(5_000, 9_000), "discard", () => kill(tab));
  };
  const happen = (): void => {
    if (world.now() - beginMs > busyMs) return;
    const tab = random.pick(tabs);
    const kind = random.below(12);
    if (!tab.node.isUp) load(tab);
    else if (tab.node.sleeping === null && kind < 6 && tab.stage === "elsewhere")
      act(tab, "use here", "takeOverTabLock");
    else if (kind === 6) kill(tab);
    else if (kind === 7 && tab.node.sleeping === null) freeze(tab);
    world.after(null, random.pick([30, 300, 2_000, 5_000]), "person", happen);
  };

  try {
    world.after(null, 0, "person", happen);
    await runUntil(busyMs + restMs, () => false);
    const isHeld = tabs.some(({ stage }) => stage === "open");
    const isStuck = tabs.some(({ node, stage }) => node.isUp && stage === "opening");
    if (isStuck && !isHeld) fail("one writer", "no tab has the vault, and one still waits for it");
  } finally {
    browser.end();
  }
}
