import { beforeEach, expect, test } from "vitest";
import { Doc } from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes, runIdFromBytes, vaultIdFromBytes, type AuthorId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Roster } from "#crypto/roster.ts";
import { type AskedCall, writeApproval } from "./docs/approvals.ts";
import { type Chat, createChat } from "./docs/chat.ts";
import { foundSources, readLooked, writeLooked } from "./docs/looked.ts";
import { runRoots } from "./docs/run.ts";
import { noTerms, writeTerms } from "./docs/terms.ts";
import type { ToolStep } from "./docs/toolSteps.ts";
import { lookupElsewhereMs, lookupsPerRunMax } from "./limits.ts";
import { createLookups } from "./lookups.ts";
import { createManualClock, drainMicrotasks } from "./testing/manualClock.ts";
import type { LookupAsked } from "./vaultTypes.ts";

const [laptop, phone, host] = [0, 1, 2].map(() => createDeviceKeys(systemRandom)) as [
  DeviceKeys,
  DeviceKeys,
  DeviceKeys,
];
const roster: Roster = {
  ...{ vault: vaultIdFromBytes(new Uint8Array(32)), seq: 9, head: new Uint8Array(32), generation: 1 },
  generationSeqs: [1],
  members: new Map(
    ([laptop, phone] as const).map(({ id, sign, box }) => [
      id,
      {
        ...{ id, role: "device" as const, signKey: sign.publicKey, boxKey: box.publicKey, relayKey: null },
        ...{ sealedName: new Uint8Array(), addedSeq: 1, removedSeq: null },
      },
    ]),
  ),
};
const doc = docIdFromBytes(new Uint8Array(16).fill(1));
const run = runIdFromBytes(new Uint8Array(16).fill(2));
const source = { file: docIdFromBytes(new Uint8Array(16).fill(3)), name: "lease.pdf", page: 2, at: 10, text: "Rent." };

let chat: Chat;
let clock: ReturnType<typeof createManualClock>;
let asked: LookupAsked[];

beforeEach(() => {
  chat = createChat(new Doc());
  clock = createManualClock();
  asked = [];
  chat.ask({ run, question: "q", answer: "a", parent: null, text: "?", model: "gpt-oss", device: laptop.id, at: 1 });
  chat.doc.getMap(runRoots(run).meta).set("acceptedAt", 1);
});

const idOf = (number: number): string => String(number).padStart(32, "0");
const write = (...steps: readonly ToolStep[]): void => chat.doc.getArray<object>(runRoots(run).steps).push([...steps]);

function begin(number: number, name: string, more: Partial<Extract<ToolStep, { kind: "call" }>> = {}): string {
  const call = idOf(number);
  const about = { name, class: "reads-here" as const, version: "cd".repeat(32), target: "" };
  write({ kind: "call", call, ...about, arguments: '{"query":"rent"}', cut: 0, at: 1, ...more });
  return call;
}

function device(
  id: AuthorId = laptop.id,
  found = () => Promise.resolve({ says: "", isError: false, sources: [source] }),
) {
  const lookups = createLookups({
    ...{ clock, device: id, roster: () => roster, isClosed: () => false },
    lookUp: (call) => {
      asked.push(call);
      return found();
    },
    change: (_doc, work) => {
      work(chat);
      return Promise.resolve();
    },
  });
  return async () => {
    lookups.look(doc, chat, run);
    await drainMicrotasks();
  };
}

test("LO1 a device answers what is under way, once, and not what has not begun, is over, or is no look-up", async () => {
  const look = device();
  const call = begin(1, "search_knowledge");
  begin(2, "calculate");
  await look();
  expect(asked).toEqual([]);
  write({ kind: "call-begins", call, at: 2 }, { kind: "call-begins", call: idOf(2), at: 2 });
  await look();
  await look();
  expect(asked).toEqual([{ doc, call, name: "search_knowledge", args: { query: "rent" }, model: "gpt-oss" }]);
  expect(readLooked(chat.doc, run, call)).toEqual({ says: "", isError: false, sources: [source] });
  expect(readLooked(chat.doc, run, idOf(2))).toBeNull();
  const over = begin(3, "search_knowledge");
  write(
    { kind: "call-begins", call: over, at: 2 },
    { kind: "call-ends", call: over, end: "failed", ms: 1, says: "", cut: 0, entry: null },
  );
  await look();
  expect(asked).toHaveLength(1);
});

test("LO2 what asks first is answered with a device's signed word on exactly this call, and by no word of the host's", async () => {
  const look = device();
  // A host that does not ask.
  const unasked = begin(1, "search_chats");
  write({ kind: "call-begins", call: unasked, at: 2 });
  // One that asks for one thing and does another, and one that answers itself.
  const bent = begin(2, "search_chats", { arguments: '{"query":"everything"}' });
  const own = begin(3, "search_chats");
  const good = begin(4, "search_chats");
  const refused = begin(5, "search_chats");
  const ask = { kind: "call-asks" as const, until: 99, host: host.id, why: ["rule" as const] };
  const word = (call: string, given = '{"query":"rent"}'): AskedCall => ({
    ...{ doc, run, call, host: host.id, name: "search_chats", version: "cd".repeat(32), target: "" },
    ...{ arguments: given, until: 99 },
  });
  for (const call of [bent, own, good, refused]) write({ ...ask, call }, { kind: "call-begins", call, at: 3 });
  writeApproval(chat.doc, word(bent), "allow", phone);
  writeApproval(chat.doc, word(own), "allow", host);
  writeApproval(chat.doc, word(good), "allow", phone);
  writeApproval(chat.doc, word(refused), "refuse", phone);
  await look();
  expect(asked.map(({ call }) => call)).toEqual([good]);
  for (const call of [unasked, bent, own, refused])
    expect(readLooked(chat.doc, run, call), call).toMatchObject({ isError: true, sources: [] });
  expect(readLooked(chat.doc, run, good)?.isError).toBe(false);
});

test("LO3 a device holds to the rules as they are: never is never, always needs no word, and arguments that are cut are none", async () => {
  const look = device();
  writeTerms(chat.doc, { ...noTerms, tools: '{"tool:search_chats":"allow","tool:search_knowledge":"deny"}' });
  const [allowed, denied, cut] = [
    begin(1, "search_chats"),
    begin(2, "search_knowledge"),
    begin(3, "search_chats", { cut: 1 }),
  ];
  for (const call of [allowed, denied, cut]) write({ kind: "call-begins", call, at: 2 });
  await look();
  expect(asked.map(({ call }) => call)).toEqual([allowed]);
  expect(readLooked(chat.doc, run, denied)?.isError).toBe(true);
  expect(readLooked(chat.doc, run, cut)?.isError).toBe(true);
});

test("LO4 another device looks when the one that asked has not, and the first word stands", async () => {
  const other = device(phone.id);
  const call = begin(1, "search_knowledge");
  write({ kind: "call-begins", call, at: 2 });
  await other();
  expect(asked).toEqual([]);
  await clock.advance(lookupElsewhereMs);
  await drainMicrotasks();
  expect(asked).toHaveLength(1);
  await device()();
  expect(asked).toHaveLength(1);
  writeLooked(chat.doc, run, call, { says: "later", isError: true, sources: [] });
  expect(readLooked(chat.doc, run, call)?.isError).toBe(false);
});

test("LO5 what fails on the device is said so, and what a host asks is bounded", async () => {
  const failing = begin(1, "search_knowledge");
  write({ kind: "call-begins", call: failing, at: 2 });
  await device(laptop.id, () => Promise.reject(new Error("no index")))();
  expect(readLooked(chat.doc, run, failing)).toMatchObject({ isError: true });
  expect(JSON.stringify(readLooked(chat.doc, run, failing))).not.toContain("index");
  asked = [];
  for (let number = 2; number < 3 * lookupsPerRunMax; number++)
    write({ kind: "call-begins", call: begin(number, "search_knowledge"), at: 2 });
  await device()();
  expect(asked).toHaveLength(lookupsPerRunMax - 1);
});

test("LO6 numbers go on in the order of the calls, and a call that came to nothing has none", () => {
  const steps = [1, 2, 3].flatMap((number): ToolStep[] => {
    const call = begin(number, "search_knowledge");
    writeLooked(chat.doc, run, call, { says: "", isError: false, sources: [{ ...source, at: number }] });
    const end = number === 2 ? "failed" : "done";
    return [
      { kind: "call-begins", call, at: 1 },
      { kind: "call-ends", call, end, ms: 1, says: "", cut: 0, entry: null },
    ];
  });
  write(...steps);
  expect(chat.run(run).found.map(({ at }) => at)).toEqual([1, 3]);
  expect(foundSources(chat.doc, run, [{ kind: "call-ends", end: "done", call: 5 }, {}])).toEqual([]);
  // What no device wrote as it should.
  for (const odd of [null, 5, "text", [], { says: 1, sources: "x" }]) chat.doc.getMap("looked").set(`${run}/x`, odd);
  expect(readLooked(chat.doc, run, "x")).toEqual({ says: "", isError: false, sources: [] });
});
