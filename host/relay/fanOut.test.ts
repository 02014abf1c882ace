import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { docIdFromBytes, vaultIdFromBytes, type DocId } from "#crypto/ids.ts";
import { decodeFrame } from "#sync/frame.ts";
import type { LogStore } from "#sync/log.ts";
import { createFanOut, type FanOut } from "./fanOut.ts";
import { pagesPerTurnMax, unsentBytesMax } from "./limits.ts";
import type { ServerLink } from "./server.ts";

const vault = vaultIdFromBytes(new Uint8Array(32).fill(1));
const docOf = (index: number): DocId => docIdFromBytes(Buffer.from(index.toString(16).padStart(32, "0"), "hex"));
/** More than any round takes of them. */
const docsMany = 10 * pagesPerTurnMax;
const [chat, elsewhere] = [docOf(docsMany), docOf(docsMany + 1)];

let heads: Map<DocId, number>;
let fanOut: FanOut;
/** Who was sent a page of what, in order. */
let sent: { readonly who: string; readonly doc: DocId }[];

beforeEach(() => {
  heads = new Map();
  sent = [];
  fanOut = createFanOut({
    head: (_vault: unknown, doc: DocId) => heads.get(doc) ?? 0,
    mark: () => null,
    // Words come many on a page, what is old one by one.
    read: (_vault: unknown, doc: DocId, cursor: number) => {
      const head = heads.get(doc) ?? 0;
      const seq = doc === chat ? head : cursor + 1;
      return seq > cursor && seq <= head ? [{ seq, envelope: Uint8Array.of(1, 2, 3) }] : [];
    },
  } as Partial<LogStore> as LogStore);
});

function createLink(who: string): { link: ServerLink; unsent: { bytes: number } } {
  const unsent = { bytes: 0 };
  // What one test leaves undone is told to nobody in the next.
  const into = sent;
  const link: ServerLink = {
    send: (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame.type === "entries") into.push({ who, doc: frame.doc });
    },
    close: () => {},
    terminate: () => {},
    get unsentBytes() {
      return unsent.bytes;
    },
  };
  return { link, unsent };
}

async function rounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await turn();
}

it("what has just been stored goes before all that another device has to catch up with", async () => {
  const reader = fanOut.createFollower(createLink("reader").link);
  reader.follow(vault, chat, 0);
  await rounds(2);
  const back = fanOut.createFollower(createLink("back").link);
  for (let index = 0; index < docsMany; index++) {
    heads.set(docOf(index), 1);
    back.follow(vault, docOf(index), 0);
  }
  // The device has begun to be answered when a word comes.
  await rounds(1);
  sent.length = 0;
  heads.set(chat, 1);
  fanOut.notify(chat);
  await rounds(1);
  expect(sent[0]).toEqual({ who: "reader", doc: chat });
  expect(sent).toHaveLength(1 + pagesPerTurnMax);
});

it("who catches up is sent pages also while others are sent new words in every turn", async () => {
  for (let index = 0; index < 2 * pagesPerTurnMax; index++)
    fanOut.createFollower(createLink("reader").link).follow(vault, chat, 0);
  await rounds(1 + (2 * pagesPerTurnMax) / pagesPerTurnMax);
  heads.set(elsewhere, 5);
  fanOut.createFollower(createLink("back").link).follow(vault, elsewhere, 0);
  for (let word = 1; word <= 5; word++) {
    heads.set(chat, word);
    fanOut.notify(chat);
    await rounds(1);
  }
  expect(sent.filter(({ who }) => who === "back")).toHaveLength(5);
});

it("a reader that did not keep up reads on behind those that did", async () => {
  const slow = createLink("slow");
  const [behind, ahead] = [slow.link, createLink("reader").link].map((link) => {
    const follower = fanOut.createFollower(link);
    follower.follow(vault, chat, 0);
    return follower;
  });
  await rounds(1);
  slow.unsent.bytes = unsentBytesMax + 1;
  sent.length = 0;
  heads.set(chat, 1);
  fanOut.notify(chat);
  await rounds(1);
  expect(sent.map(({ who }) => who)).toEqual(["reader"]);
  slow.unsent.bytes = 0;
  behind?.resume();
  heads.set(chat, 2);
  fanOut.notify(chat);
  await rounds(3);
  expect(sent.map(({ who }) => who)).toEqual(["reader", "reader", "slow"]);
  ahead?.close();
});
