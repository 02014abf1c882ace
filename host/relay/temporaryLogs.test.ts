import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { grantClear, WAITING_BOOT } from "#crypto/grantHeader.ts";
import { createTemporaryDocId, runIdFromBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { LogRecord } from "#sync/log.ts";
import { createMemoryLogStore } from "#sync/testing/memoryLogStore.ts";
import {
  claimHost,
  connectPeer,
  createTestAuthor,
  createTestVault,
  startTestRelay,
  type TestAuthor,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";
import { temporaryBytesMax, temporaryDocsMax, temporaryKeepMs } from "./limits.ts";
import { createRelayLogs } from "./temporaryLogs.ts";

let relay: TestRelay;
let vault: TestVault;
let device: TestLink;
beforeEach(async () => {
  relay = await startTestRelay();
  vault = createTestVault();
  device = await claimHost(relay, vault);
});
afterEach(() => relay.dispose());

const begin = (doc: DocId = createTemporaryDocId(systemRandom)): TestAuthor =>
  createTestAuthor(vault, vault.device.id, vault.device.sign, doc);

async function append(link: TestLink, envelope: Uint8Array): Promise<string> {
  link.send({ type: "append", request: 9, envelope });
  const answer = await link.next("ack", "nack");
  return answer.type === "ack" ? "ack" : answer.code;
}

async function held(doc: DocId): Promise<number> {
  const reader = await connectPeer(relay, vault.device, vault.id);
  reader.send({ type: "sub", doc, cursor: 0 });
  const { entries } = await reader.next("entries");
  reader.close();
  return entries.length;
}

/** Whether some file of the relay's folder holds these bytes. */
function isOnDisk(bytes: Uint8Array): boolean {
  const folder = join(relay.home, "relay");
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(Buffer.from(bytes)));
}

it("TM4 a temporary doc's envelopes are served like others, and are on no disk, not even sealed", async () => {
  const writes = begin();
  const body = systemRandom(40);
  expect(await append(device, writes.rekey(vault.vaultKey))).toBe("ack");
  const envelope = writes.next("update", { body });
  expect(await append(device, envelope)).toBe("ack");
  expect(await held(writes.doc)).toBe(2);
  // The same look finds one of a doc that lasts, so it would have found that.
  const lasting = createTestAuthor(vault, vault.device.id, vault.device.sign);
  await append(device, lasting.rekey(vault.vaultKey));
  const kept = lasting.next("update");
  await append(device, kept);
  await relay.restart();
  expect(isOnDisk(kept.subarray(-64))).toBe(true);
  expect(isOnDisk(envelope.subarray(-64))).toBe(false);
  expect(isOnDisk(parseEnvelope(envelope).ciphertext)).toBe(false);
  expect(await held(writes.doc), "and gone with the process").toBe(0);
});

it("TM5 it is gone when the device that began it leaves it, and not when another does", async () => {
  const writes = begin();
  await append(device, writes.rekey(vault.vaultKey));
  const host = await connectPeer(relay, relay.hostKeys, null);
  host.send({ type: "leave", doc: writes.doc });
  host.send({ type: "ping" });
  await host.next("pong");
  expect(await held(writes.doc)).toBe(1);
  device.send({ type: "leave", doc: writes.doc });
  device.send({ type: "ping" });
  await device.next("pong");
  expect(await held(writes.doc)).toBe(0);
  expect(await append(device, writes.next("update")), "nothing goes on behind it").not.toBe("ack");
  const anew = begin(writes.doc);
  expect(await append(device, anew.rekey(vault.vaultKey)), "and it may begin anew").toBe("ack");
  expect(await held(writes.doc)).toBe(1);
});

it("TM6 no grant waits for a host there: those wait on the disk", async () => {
  const writes = begin();
  await append(device, writes.rekey(vault.vaultKey));
  const clear = grantClear({
    run: runIdFromBytes(systemRandom(16)),
    host: relay.hostKeys.id,
    boot: WAITING_BOOT,
    notAfter: Date.now() + 60_000,
    box: systemRandom(80),
  });
  expect(await append(device, writes.next("grant", { clear }))).toBe("not-allowed");
});

it("TM7 it outlasts a broken link for a while, and there is room for so many", async () => {
  let now = 0;
  const logs = createRelayLogs(
    {
      ...{ ...createMemoryLogStore(), envelopeOf: () => null, rekeysOf: () => [], usageOf: () => new Map() },
      destroyed: { has: () => false, destroy: async () => true },
    },
    () => now,
  );
  const record = (envelope: Uint8Array): LogRecord => {
    const { doc, author, counter, prev } = parseEnvelope(envelope);
    const hash = envelopeHash(envelope);
    return { vault: vault.id, doc, author, counter, prev, hash, envelope, accepts: null, replacesOwn: false };
  };
  const put = (envelope: Uint8Array): Promise<unknown> => logs.append(record(envelope)).then(({ kind }) => kind);
  const first = begin();
  expect(await put(first.rekey(vault.vaultKey))).toBe("stored");
  logs.check((author: AuthorId) => author === vault.device.id);
  now += temporaryKeepMs;
  logs.check(() => false);
  expect(logs.head(vault.id, first.doc)).toBe(1);
  now += 1;
  logs.check(() => false);
  expect(logs.head(vault.id, first.doc)).toBe(0);
  // What begins with anything but a key was closed before.
  expect(await put(first.next("update"))).toBe("refused");

  for (let number = 0; number < temporaryDocsMax; number++)
    expect(await put(begin().rekey(vault.vaultKey))).toBe("stored");
  await expect(put(begin().rekey(vault.vaultKey))).rejects.toThrow("temporary");
  const large = new Uint8Array(temporaryBytesMax);
  const known = begin();
  await expect(logs.append({ ...record(known.rekey(vault.vaultKey)), envelope: large })).rejects.toThrow("temporary");
});
