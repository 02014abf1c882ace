/**
 * A small world beside the large one, for who may write: several tabs of one browser with the app's real lock (client/platform/tabLock.ts). They
 * are opened, asked to take over, killed and frozen, and their disk is full at times; each holds a vault only as far as this matters: it reads how
 * far its device's chain has come, writes on from there, and closes when it is told to. Two envelopes in one place are what the lock is there
 * against, and so is an envelope that was in one tab's memory alone when that tab gave way politely.
 */
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { repositoryRoot } from "./hooks.ts";
import { createTabBrowser } from "./tabBrowser.ts";
import type { SmallWorld } from "./smallWorlds.ts";
import type { SimNode } from "./world.ts";

interface TabKeeper {
  isStored(): Promise<boolean>;
  onLost(): Promise<void>;
}

interface TabLock {
  takeTabLock(keeper: TabKeeper): Promise<boolean>;
  takeOverTabLock(keeper: TabKeeper, how: { readonly isAnyway: boolean }): Promise<"taken" | "passed on" | "unstored">;
}

type Taking = "load" | "use here" | "use here anyway";

/** The browser's half is in no layer that the host may name; here it runs as it is, and a planted bug with it. */
const tabLock = (await import(
  pathToFileURL(resolve(repositoryRoot, "client/platform/tabLock.ts")).href
)) as unknown as TabLock;

/** A vault as far as this world needs it. */
interface Writer {
  /** All that was written is stored. `false`: the disk takes nothing. */
  isStored(): Promise<boolean>;
  /** Resolves when no more will be written; what the disk takes is stored by then. */
  close(): Promise<void>;
  readonly isClosed: boolean;
  /** Written, and in memory alone. */
  readonly unstored: number;
}

interface Tab {
  readonly node: SimNode;
  stage: "closed" | "opening" | "open" | "elsewhere";
  opening: Promise<Writer> | null;
  writer: Writer | null;
  losses: number;
  /** It said that it keeps the lock for what is in its memory. */
  hasRefused: boolean;
}

/** Well below the time after which the lock is taken by force (tabLock.ts). */
const closeMsMax = 1_500;
/** How long a choice to lose what another tab has takes to be carried out, at most: the time after which the lock is taken by force, and closing. */
const anywayTakesMs = 8_000;
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
    return { node, stage: "closed", opening: null, writer: null, losses: 0, hasRefused: false };
  });
  let isDiskFull = false;
  /** When a person last chose to lose what the other tab had. */
  let anywayMs = -Infinity;
  const stolen = new Set<SimNode>();
  const tabOf = (node: SimNode): Tab | undefined => tabs.find((tab) => tab.node === node);
  const browser = createTabBrowser({
    ...{ world, random },
    onStolen: (from, by) => {
      count("stolen");
      world.note(() => `${by.name} takes the lock from ${from.name} by force`);
      const isAnswered = from.isUp && from.sleeping === null && tabOf(from)?.writer?.isClosed === true;
      stolen.add(from);
      if (
        from.isUp &&
        from.sleeping === null &&
        tabOf(from)?.hasRefused === true &&
        world.now() - anywayMs > anywayTakesMs
      )
        fail("nothing lost", `${from.name} keeps the lock for what is in its memory, and it was taken by force`);
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
    const written: number[] = [];
    let storing: Promise<void> | null = null;
    const storeAll = async (): Promise<void> => {
      while (written.length > 0 && !isClosed) {
        await pause(random.between(1, 120));
        if (isDiskFull && isClosing) return;
        if (isDiskFull) await pause(random.between(100, 300));
        else for (const place of written.splice(0)) store(node.name, place);
      }
    };
    const storeSoon = (): Promise<void> =>
      (storing ??= storeAll().finally(() => {
        storing = null;
      }));
    const live = (): void => {
      if (isClosing) return;
      written.push(next);
      next += 1;
      void storeSoon();
      world.after(node, random.between(20, 1_500), "type", live);
    };
    live();
    return {
      isStored: async () => {
        for (;;) {
          await pause(random.between(1, 200));
          if (written.length === 0) return true;
          if (isDiskFull) return false;
        }
      },
      close: async () => {
        isClosing = true;
        await pause(random.between(1, closeMsMax));
        await storing;
        await storeSoon();
        isClosed = true;
        world.note(() => `${node.name} has closed its vault, ${written.length} not stored`);
      },
      get isClosed() {
        return isClosed;
      },
      get unstored() {
        return written.length;
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

  const take = async (tab: Tab, how: Taking): Promise<void> => {
    const keeper: TabKeeper = {
      isStored: async () => {
        const isStored = (await (await tab.opening)?.isStored()) ?? true;
        tab.hasRefused = !isStored;
        if (!isStored) {
          count("refused");
          world.note(() => `${tab.node.name} cannot store what it has, and keeps the lock`);
        }
        return isStored;
      },
      onLost: async () => {
        tab.losses += 1;
        tab.stage = "elsewhere";
        world.note(() => `${tab.node.name} gives way`);
        const writer = await tab.opening;
        const atMost = writer?.unstored ?? 0;
        const isTheirChoice = stolen.has(tab.node) || world.now() - anywayMs < anywayTakesMs;
        if (atMost > 0 && !isTheirChoice)
          fail(
            "nothing lost",
            `${tab.node.name} was asked for the lock and gave it with ${atMost} in its memory alone`,
          );
        await writer?.close();
      },
    };
    const { losses } = tab;
    tab.writer = tab.opening = null;
    tab.hasRefused = false;
    tab.stage = "opening";
    stolen.delete(tab.node);
    if (how === "use here anyway") anywayMs = world.now();
    const taking =
      how === "load"
        ? (await tabLock.takeTabLock(keeper)) && "taken"
        : await tabLock.takeOverTabLock(keeper, { isAnyway: how === "use here anyway" });
    world.note(() => `${tab.node.name}: ${how} ${taking}`);
    if (taking !== "taken") {
      tab.stage = "elsewhere";
      return;
    }
    count("taken");
    const opening = openWriter(tab.node).then((writer) => (tab.writer = writer));
    tab.opening = opening;
    await opening;
    if (tab.losses === losses) tab.stage = "open";
  };

  const act = (tab: Tab, how: Taking): void => {
    world.after(tab.node, 0, how, () => {
      take(tab, how).catch((error: unknown) => fail("I14", `${tab.node.name} cannot open: ${String(error)}`));
    });
  };
  const load = (tab: Tab): void => {
    tab.node.life += 1;
    tab.node.isUp = true;
    tab.writer = tab.opening = null;
    act(tab, "load");
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
  const fill = (): void => {
    isDiskFull = !isDiskFull && world.now() - beginMs < busyMs;
    world.note(() => (isDiskFull ? "the disk is full" : "the disk has room"));
    world.after(null, random.between(1_000, isDiskFull ? 8_000 : 20_000), "disk", fill);
  };
  const happen = (): void => {
    if (world.now() - beginMs > busyMs) return;
    const tab = random.pick(tabs);
    const kind = random.below(12);
    if (!tab.node.isUp) load(tab);
    else if (tab.node.sleeping === null && kind < 6 && tab.stage === "elsewhere")
      act(tab, kind === 5 ? "use here anyway" : "use here");
    else if (kind === 6) kill(tab);
    else if (kind === 7 && tab.node.sleeping === null) freeze(tab);
    world.after(null, random.pick([30, 300, 2_000, 5_000]), "person", happen);
  };

  try {
    world.after(null, 0, "person", happen);
    world.after(null, random.between(500, 20_000), "disk", fill);
    await runUntil(busyMs + restMs, () => false);
    const isHeld = tabs.some(({ stage }) => stage === "open");
    const isStuck = tabs.some(({ node, stage }) => node.isUp && stage === "opening");
    if (isStuck && !isHeld) fail("one writer", "no tab has the vault, and one still waits for it");
  } finally {
    browser.end();
  }
}
