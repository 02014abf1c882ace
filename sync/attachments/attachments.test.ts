import { beforeAll, describe, expect, it, vi } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { createGenesis, openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { createConnection, type Connection } from "../connection.ts";
import { attachmentBytesMax, attachmentChunkBytesMax } from "../limits.ts";
import type { RowStore } from "../rowStore.ts";
import { createMemoryRelay, type MemoryRelay } from "../testing/memoryRelay.ts";
import { createMemoryRowStore } from "../testing/memoryRowStore.ts";
import { encodingsOf, until } from "../testing/testDevice.ts";
import { realClock } from "../testing/testWorld.ts";
import { createAttachmentGatherer, envelopeCount, type Attachment, type AttachmentAuthor } from "./attachment.ts";
import { createAttachments, type Attachments } from "./attachments.ts";
import { fetchAttachment } from "./fetchAttachment.ts";
import { readAttachment } from "./readAttachment.ts";

beforeAll(() => sodiumReady);

interface World {
  readonly relay: MemoryRelay;
  readonly author: AttachmentAuthor;
  start(rows: RowStore): { readonly files: Attachments; readonly connection: Connection };
}

function createWorld(): World {
  const relay = createMemoryRelay();
  const keys = createDeviceKeys(systemRandom);
  const genesis = createGenesis({
    device: keys,
    name: "Laptop",
    vaultKey: createVaultKey(systemRandom),
    random: systemRandom,
  });
  relay.addRosterEntry(genesis);
  const roster = readRoster([genesis]);
  const author = { keys, random: systemRandom, roster, vaultKeys: openRosterVaultKeys([genesis], keys) };
  return {
    relay,
    author,
    start: (rows) => {
      const connection = createConnection({
        clock: realClock,
        random: systemRandom,
        openLink: relay.openLink,
        keys,
        vault: roster.vault,
        isTrustedRelay: () => true,
        events: { onState: (state) => state.phase === "live" && files.wake() },
      });
      const files = createAttachments({ clock: realClock, connection, rows, author: () => author, onChange: () => {} });
      return { files, connection };
    },
  };
}

const noise = (length: number): Uint8Array => systemRandom(length);
const fileOf = (bytes: Uint8Array): { name: string; type: string; bytes: Uint8Array } => ({
  name: "contract.pdf",
  type: "application/pdf",
  bytes,
});

async function fetchOnAnotherDevice(world: World, attachment: Attachment): Promise<Uint8Array> {
  const { files, connection } = world.start(createMemoryRowStore());
  try {
    return await files.read(attachment);
  } finally {
    connection.close();
  }
}

describe("attachments", () => {
  it.each([0, 1, attachmentChunkBytesMax - 5, attachmentChunkBytesMax - 4, 3 * attachmentChunkBytesMax + 17])(
    "AT1 a file of %d bytes is read here, and on another device, as it was attached",
    async (length) => {
      const world = createWorld();
      const { files, connection } = world.start(createMemoryRowStore());
      const bytes = noise(length);
      const attachment = await files.keep(fileOf(bytes));
      expect(await files.read(attachment)).toEqual(bytes);
      await until(() => files.pending().length === 0, "it is at the host");
      expect(world.relay.entries(attachment.id)).toHaveLength(envelopeCount(attachment));
      expect(await fetchOnAnotherDevice(world, attachment)).toEqual(bytes);
      connection.close();
    },
  );

  it("AT2 what lies on this device and at the relay does not hold the file in the clear", async () => {
    const world = createWorld();
    const rows = createMemoryRowStore();
    const { files, connection } = world.start(rows);
    const words = "the merger closes on Friday";
    await files.keep(fileOf(new TextEncoder().encode(words)));
    await until(() => files.pending().length === 0, "it is at the host");
    const stored = [
      ...(await rows.list("")).map(({ value }) => value),
      ...world.relay.received.map((frame) =>
        Buffer.from(
          JSON.stringify(frame, (_key, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
          ),
        ),
      ),
    ];
    for (const bytes of stored)
      for (const form of encodingsOf(words)) expect(Buffer.from(bytes).includes(form)).toBe(false);
    connection.close();
  });

  it("AT3 a file attached offline, and one whose link breaks again and again, comes to the host whole and once", async () => {
    const world = createWorld();
    world.relay.setOnline(false);
    const rows = createMemoryRowStore();
    const { files, connection } = world.start(rows);
    const bytes = noise(6 * attachmentChunkBytesMax);
    const attachment = await files.keep(fileOf(bytes));
    expect(files.pending()).toEqual([attachment.id]);
    connection.close();
    files.close();

    // The app is opened again, and each acknowledgement but the last is swallowed by a link that breaks.
    const again = world.start(rows);
    let cuts = 0;
    world.relay.beforeAck = () => {
      if (++cuts > 4) return true;
      world.relay.cut();
      return false;
    };
    world.relay.setOnline(true);
    again.connection.wake();
    await until(() => cuts > 4, "the link broke four times", 30_000);
    await until(() => again.files.pending().length === 0, "it is at the host", 30_000);
    const stored = world.relay.entries(attachment.id).map(({ envelope }) => parseEnvelope(envelope).counter);
    expect(stored).toEqual(Array.from({ length: envelopeCount(attachment) }, (_, index) => index + 1));
    expect(await fetchOnAnotherDevice(world, attachment)).toEqual(bytes);
    again.connection.close();
  }, 90_000);

  it("AT4 a piece that is changed, of another file, or in another file's place is not taken for the file", async () => {
    const world = createWorld();
    const { files, connection } = world.start(createMemoryRowStore());
    const [one, other] = [await files.keep(fileOf(noise(900_000))), await files.keep(fileOf(noise(900_000)))];
    await until(() => files.pending().length === 0, "both are at the host");
    const pieces = world.relay.entries(one.id).map(({ envelope }) => envelope);
    const changed = Uint8Array.from(pieces[2]!);
    changed[changed.length - 100]! ^= 1;
    const gatherer = createAttachmentGatherer(one);
    expect(gatherer.add(pieces[0]!), "its REKEY").toBe(false);
    expect(gatherer.add(changed)).toBe(false);
    expect(gatherer.add(world.relay.entries(other.id)[1]!.envelope)).toBe(false);
    expect(gatherer.add(pieces[1]!)).toBe(true);
    expect(gatherer.add(pieces[1]!), "twice").toBe(false);
    expect(() => gatherer.finish()).toThrow("not what its message says");
    const swapped = { ...one, content: other.content };
    await expect(fetchOnAnotherDevice(world, swapped)).rejects.toMatchObject({ code: "not-there" });
    connection.close();
  });

  it("AT5 a file that the host has not got is given up after a while, with a sentence that says what to do", async () => {
    const world = createWorld();
    const { files, connection } = world.start(createMemoryRowStore());
    const attachment = await files.keep(fileOf(noise(100)));
    await until(() => files.pending().length === 0, "it is at the host");
    const timers: (() => void)[] = [];
    const clock = { now: () => 0, after: (_ms: number, callback: () => void) => (timers.push(callback), () => {}) };
    const elsewhere = {
      ...attachment,
      id: attachment.id.replace(/^../, (byte) => (byte === "00" ? "01" : "00")) as Attachment["id"],
    };
    const fetching = fetchAttachment(elsewhere, { clock, connection });
    timers.at(-1)?.();
    await expect(fetching).rejects.toThrow(expect.objectContaining({ code: "not-there" }) as Error);
    connection.close();
  });

  it("AT6 a host that refuses a piece is not asked for ever, and says so", async () => {
    const world = createWorld();
    const { files, connection } = world.start(createMemoryRowStore());
    vi.spyOn(world.relay.store, "append").mockResolvedValue({ kind: "refused" });
    const attachment = await files.keep(fileOf(noise(100)));
    await until(() => files.refused().has(attachment.id), "refused");
    expect(files.pending()).toEqual([attachment.id]);
    connection.close();
  });

  it("AT7 a file above the limit is refused before anything of it is stored", async () => {
    const world = createWorld();
    const rows = createMemoryRowStore();
    const { files, connection } = world.start(rows);
    await expect(files.keep(fileOf(new Uint8Array(attachmentBytesMax + 1)))).rejects.toMatchObject({
      code: "too-large",
    });
    expect(await rows.list("")).toEqual([]);
    connection.close();
  });

  it("AT8 what a doc says of a file is read, or it is nothing at all", () => {
    const good = {
      id: "ab".repeat(16),
      name: "n",
      type: "t",
      bytes: 5,
      key: "cd".repeat(32),
      content: "ef".repeat(32),
    };
    expect(readAttachment(good)).toEqual(good);
    const changes: Record<string, unknown>[] = [
      { id: "zz".repeat(16) },
      { id: 5 },
      { name: null },
      { bytes: -1 },
      { bytes: 1.5 },
      { bytes: attachmentBytesMax + 1 },
      { key: "cd" },
      { content: "" },
      { key: "xy".repeat(32) },
    ];
    for (const change of changes) expect(readAttachment({ ...good, ...change }), JSON.stringify(change)).toBeNull();
    for (const nothing of [null, 5, "text", []]) expect(readAttachment(nothing)).toBeNull();
  });
});
