import { Doc } from "yjs";
import { beforeEach, describe, expect, it } from "vitest";
import { docIdFromBytes, type DocId, type RunId } from "#crypto/ids.ts";
import { createCatalog, type Catalog } from "./docs/catalog.ts";
import { keepLookMs, keepNoticeMs } from "./limits.ts";
import { dayMs, startRetention } from "./retention.ts";
import { createManualClock, type ManualClock } from "./testing/manualClock.ts";

const id = (byte: number): DocId => docIdFromBytes(new Uint8Array(16).fill(byte));
const [project, old, pinned, waiting, young] = [id(1), id(2), id(3), id(4), id(5)];

let clock: ManualClock;
let catalog: Catalog;
let isReady: boolean;
let gone: (readonly DocId[])[];
/** What happens while a chat that is to go is read, and what is found in it. */
let reading: (of: Catalog) => Promise<void>;
let newest: number;

beforeEach(async () => {
  clock = createManualClock();
  await clock.advance(100 * dayMs);
  catalog = createCatalog(new Doc());
  isReady = true;
  gone = [];
  reading = async () => {};
  newest = 0;
  const now = clock.now();
  catalog.projects.add(project, "Trips", "moss", 1);
  for (const chat of [old, pinned, waiting]) catalog.addChat(chat, now - 40 * dayMs);
  catalog.addChat(young, now - 20 * dayMs);
  for (const chat of [old, pinned, waiting, young]) catalog.setProject(chat, project);
  catalog.setPinned(pinned, true);
  catalog.setWaiting(waiting, "00".repeat(16) as RunId, true);
});

const start = (of = catalog) =>
  startRetention({
    clock,
    catalog: of,
    isReady: () => isReady,
    destroyChats: async (chats, at, isStill) => {
      await reading(of);
      const going = chats.filter((chat) => isStill(chat, newest));
      if (going.length > 0) gone.push(going);
      of.destroyed.add(going, at);
      of.sweep();
    },
  });
const goesAt = (chat: DocId): number | null => catalog.entry(chat)?.goesAt ?? null;
const pass = (ms: number): Promise<void> => clock.advance(ms);

describe("chats of a project that are not kept for ever", () => {
  it("KD1 are kept until somebody says otherwise, and no clock runs for that", async () => {
    start();
    await pass(200 * dayMs);
    expect(gone).toEqual([]);
    expect(catalog.chats()).toHaveLength(4);
  });

  it("KD2 are marked a week before they go, but not one that is pinned, waits, or is younger", async () => {
    start();
    catalog.projects.change(project, { keepDays: 30 });
    await pass(2 * keepLookMs);
    expect(goesAt(old)).toBeGreaterThan(clock.now() + keepNoticeMs - 3 * keepLookMs);
    expect([pinned, waiting, young].map(goesAt)).toEqual([null, null, null]);
    await pass(keepNoticeMs - 4 * keepLookMs);
    expect(gone).toEqual([]);
    await pass(5 * keepLookMs);
    expect(gone).toEqual([[old]]);
    // The young one is thirty days old three days later, and is marked as the first was.
    await pass(4 * dayMs);
    expect(goesAt(young)).not.toBeNull();
    await pass(keepNoticeMs);
    expect(gone).toEqual([[old], [young]]);
    expect(
      catalog
        .chats()
        .map((chat) => chat.id)
        .sort(),
    ).toEqual([pinned, waiting].sort());
  });

  it("KD3 stay when they are pinned, used or moved out in that week, or when the project keeps them again", async () => {
    const acts: readonly (() => void)[] = [
      () => catalog.setPinned(old, true),
      () => catalog.touch(old, clock.now()),
      () => catalog.setProject(old, null),
      () => catalog.projects.change(project, { keepDays: null }),
      () => catalog.projects.remove(project, clock.now()),
    ];
    for (const act of acts) {
      const before = createCatalog(new Doc());
      before.projects.add(project, "Trips", "moss", 1);
      before.addChat(old, clock.now() - 40 * dayMs);
      before.setProject(old, project);
      catalog = before;
      gone = [];
      const { stop } = start(before);
      before.projects.change(project, { keepDays: 30 });
      await pass(2 * keepLookMs);
      expect(goesAt(old)).not.toBeNull();
      act();
      await pass(2 * keepNoticeMs);
      expect(gone).toEqual([]);
      stop();
    }
  });

  it("KD4 wait for the host, and for a clock that can be believed", async () => {
    start();
    catalog.projects.change(project, { keepDays: 30 });
    isReady = false;
    await pass(2 * keepNoticeMs);
    expect(goesAt(old)).toBeNull();
    isReady = true;
    await pass(2 * keepLookMs);
    expect(goesAt(old)).not.toBeNull();
    // A time that lies further ahead than any notice was written by a clock that is wrong.
    catalog.setGoesAt(old, clock.now() + 10 * keepNoticeMs);
    await pass(2 * keepLookMs);
    expect(goesAt(old)).toBeLessThanOrEqual(clock.now() + keepNoticeMs);
  });

  it("KD5 go once, with several devices awake", async () => {
    const stops = [start(), start(), start()];
    catalog.projects.change(project, { keepDays: 30 });
    await pass(keepNoticeMs + 3 * keepLookMs);
    expect(new Set(gone.flat())).toEqual(new Set([old]));
    expect(catalog.destroyed.docs()).toEqual([old]);
    for (const { stop } of stops) stop();
  });

  it("KD6 are told of a week before anew once somebody kept them, however long ago the time that was said is", async () => {
    const acts: readonly (readonly [() => void, () => void])[] = [
      [() => catalog.setPinned(old, true), () => catalog.setPinned(old, false)],
      [() => catalog.setProject(old, null), () => catalog.setProject(old, project)],
      [() => catalog.remove(old, clock.now()), () => catalog.restore(old)],
      [() => catalog.projects.remove(project, clock.now()), () => catalog.projects.restore(project)],
      [
        () => catalog.projects.change(project, { keepDays: null }),
        () => catalog.projects.change(project, { keepDays: 30 }),
      ],
    ];
    for (const [keep, keepNoMore] of acts) {
      const of = createCatalog(new Doc());
      catalog = of;
      of.projects.add(project, "Trips", "moss", 1);
      of.addChat(old, clock.now() - 40 * dayMs);
      of.setProject(old, project);
      of.projects.change(project, { keepDays: 30 });
      of.setGoesAt(old, clock.now() + 1);
      keep();
      // With nobody awake to take the mark back meanwhile.
      await pass(3 * keepNoticeMs);
      keepNoMore();
      const { stop } = start(of);
      await pass(keepNoticeMs - keepLookMs);
      expect(gone).toEqual([]);
      expect(goesAt(old)).not.toBeNull();
      await pass(3 * keepLookMs);
      expect(gone).toEqual([[old]]);
      gone = [];
      stop();
    }
  });

  it("KD7 stay when that is said while they are read, and when there is something newer in them than the list knows", async () => {
    const acts: readonly ((of: Catalog) => void)[] = [
      (of) => of.setPinned(old, true),
      (of) => of.touch(old, clock.now()),
      (of) => of.setProject(old, null),
      (of) => of.projects.change(project, { keepDays: null }),
      () => {
        newest = clock.now() - dayMs;
      },
    ];
    for (const act of acts) {
      const of = createCatalog(new Doc());
      of.projects.add(project, "Trips", "moss", 1);
      of.addChat(old, clock.now() - 40 * dayMs);
      of.setProject(old, project);
      of.projects.change(project, { keepDays: 30 });
      of.setGoesAt(old, clock.now());
      let isRead = false;
      reading = async () => {
        isRead = true;
        act(of);
      };
      const { stop } = start(of);
      await pass(keepLookMs);
      expect([isRead, gone]).toEqual([true, []]);
      expect(of.entry(old)).not.toBeNull();
      stop();
    }
  });
});
