import { beforeEach, expect, it } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { authorIdFromBytes, docIdFromBytes, runIdFromBytes, type AuthorId } from "#crypto/ids.ts";
import { createAcceptedRuns, type AcceptedRuns } from "./acceptedRuns.ts";
import { createCatalog, type Catalog } from "./docs/catalog.ts";
import { acceptedForOthersMs } from "./limits.ts";
import { createManualClock } from "./testing/manualClock.ts";

const id = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);
const [phone, laptop, tablet] = [1, 2, 3].map((byte) => authorIdFromBytes(id(byte))) as [AuthorId, AuthorId, AuthorId];
const chat = docIdFromBytes(id(9));
const run = runIdFromBytes(id(7));

interface Device {
  readonly runs: AcceptedRuns;
  readonly catalog: Catalog;
}

let clock: ReturnType<typeof createManualClock>;
/** How many envelopes of the catalog each device would seal. */
let said: Map<AuthorId, number>;
let devices: ReadonlyMap<AuthorId, Device>;

const at = (device: AuthorId): Device => devices.get(device) as Device;

beforeEach(() => {
  clock = createManualClock();
  const first = new Doc();
  createCatalog(first).addChat(chat, 1);
  createCatalog(first).setWaiting(chat, run, true);
  const docs = [phone, laptop, tablet].map((device) => [device, new Doc()] as const);
  said = new Map();
  devices = new Map(
    docs.map(([device, doc], number) => {
      doc.on("update", (update: Uint8Array, origin: unknown) => {
        if (origin === "link" || origin === "begin") return;
        said.set(device, (said.get(device) ?? 0) + 1);
        for (const [, other] of docs) if (other !== doc) applyUpdate(other, update, "link");
      });
      return [device, { catalog: createCatalog(doc), runs: create(device, doc, number) }] as const;
    }),
  );
  for (const [, doc] of docs) applyUpdate(doc, encodeStateAsUpdate(first), "begin");
});

function create(device: AuthorId, doc: Doc, number: number): AcceptedRuns {
  return createAcceptedRuns({ clock, random: () => Uint8Array.of(number * 100), device, catalog: createCatalog(doc) });
}

it("WL1 the device that asked says at once that its question waits no more, and no other says it again", async () => {
  for (const device of [tablet, laptop, phone]) at(device).runs.note(chat, run, phone);
  expect(at(tablet).catalog.waiting()).toEqual([]);
  await clock.advance(2 * acceptedForOthersMs);
  expect([...said]).toEqual([[phone, 1]]);
});

it("WL2 for a device that is asleep one of the others says it", async () => {
  for (const device of [tablet, laptop]) at(device).runs.note(chat, run, phone);
  expect(at(phone).catalog.waiting()).toHaveLength(1);
  await clock.advance(2 * acceptedForOthersMs);
  expect(at(phone).catalog.waiting()).toEqual([]);
  expect([...said]).toEqual([[laptop, 1]]);
});

it("WL3 a device that closes before says nothing, and says it when it reads the chat again", async () => {
  const { runs } = at(laptop);
  runs.note(chat, run, null);
  runs.close();
  runs.note(chat, run, null);
  await clock.advance(2 * acceptedForOthersMs);
  expect(said.size).toBe(0);
  const again = create(laptop, at(laptop).catalog.doc, 0);
  again.note(chat, run, null);
  await clock.advance(2 * acceptedForOthersMs);
  expect(at(phone).catalog.waiting()).toEqual([]);
});
