/** Decoders of what a host says of itself, or keeps for its devices to read. To add one: a line here, with bytes that it takes. */
import { concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { createWriter } from "#crypto/codec.ts";
import { HASH_BYTES, ID_BYTES, idToBytes } from "#crypto/ids.ts";
import {
  isLedgerEntrySigned,
  LEDGER_START,
  ledgerEntryLength,
  openLedgerEntry,
  sealLedgerEntry,
} from "#crypto/ledger.ts";
import { padBody } from "#crypto/padding.ts";
import { openHealth, sealHealth } from "#crypto/sealedHealth.ts";
import { aeadSeal, boxSeal, KEY_BYTES, NONCE_BYTES, SIGNATURE_BYTES } from "#crypto/sodium.ts";
import type { Target } from "./feed.ts";
import type { FuzzWorld } from "./world.ts";

export function createHostTargets(world: FuzzWorld): readonly Target[] {
  return [...createLedgerTargets(world), ...createHealthTargets(world)];
}

/** The log of what tools did: it lies on the host's disk, and whoever holds that may write into it what they like. */
function createLedgerTargets({ device, host, roster, noise }: FuzzWorld): readonly Target[] {
  const head = { vault: roster.vault, n: 1, prev: LEDGER_START, at: 5 };
  const to = [{ id: device.id, boxKey: device.box.publicKey }];
  const entry = sealLedgerEntry({ head, text: '{"tool":"send","what":"asked"}', to, keys: host, random: noise });
  return [
    {
      name: "ledger entry",
      good: [entry],
      feed: (bytes) => (openLedgerEntry(bytes, device) === null ? "for another device" : undefined),
    },
    {
      name: "ledger's text",
      good: ['{"tool":"send"}', "a longer word on what became of it, in Grün"].map((text) =>
        padBody(utf8ToBytes(text)),
      ),
      wrap: inLedgerEntry(entry, noise(KEY_BYTES), device.box.publicKey),
      feed: (bytes) => void openLedgerEntry(bytes, device),
    },
    {
      name: "ledger signature",
      good: [entry],
      feed: (bytes) => (isLedgerEntrySigned(bytes, host.sign.publicKey) ? undefined : "not signed"),
      isAuthentic: true,
      isShallow: true,
    },
    {
      name: "ledger's length",
      good: [entry],
      feed: (bytes) => (ledgerEntryLength(bytes) === null ? "cut off" : undefined),
      isShallow: true,
    },
  ];
}

/** How a host is: any relay can pass on what it likes in its place, and a host that was taken over can seal anything. */
function createHealthTargets(world: FuzzWorld): readonly Target[] {
  const { device, host, noise } = world;
  const health = {
    services: [{ kind: "backend", name: "vLLM", state: "trouble", trouble: "hung", since: 5, waiting: 2 }],
    incidents: [{ kind: "host", trouble: "gone", from: 3, to: 4 }],
    share: { bytes: 5, bytesMax: 9 },
  } as const;
  const to = [host, device].map(({ id, box }) => ({ id, boxKey: box.publicKey }));
  const sealed = sealHealth({ health, host: host.id, to, random: noise });
  const feed = (bytes: Uint8Array): string | undefined =>
    openHealth(bytes, host.id, device) === null ? "for another device" : undefined;
  return [
    { name: "host's health", good: [sealed], feed },
    {
      name: "health's text",
      good: [health, { services: [], incidents: [] }].map((each) => padBody(utf8ToBytes(JSON.stringify(each)))),
      wrap: inHealth(sealed, noise(KEY_BYTES), world),
      feed,
    },
  ];
}

/** Any text under a real seal, to the second of its two devices. */
function inHealth(
  sealed: Uint8Array,
  key: Uint8Array,
  { device, host }: FuzzWorld,
): (padded: Uint8Array) => Uint8Array {
  const box = boxSeal(key, device.box.publicKey);
  // Version, count, the first device with its box, the second one's id.
  const boxAt = 1 + 1 + ID_BYTES + box.length + ID_BYTES;
  const nonceAt = boxAt + box.length;
  const nonce = sealed.slice(nonceAt, nonceAt + NONCE_BYTES);
  const before = concatBytes(sealed.subarray(0, boxAt), box, nonce);
  const data = concatBytes(utf8ToBytes("sovereign/health/v1"), idToBytes(host.id), before);
  return (padded) => concatBytes(before, aeadSeal(padded, data, nonce, key));
}

/** Any text under a real seal, to the one device of that entry. */
function inLedgerEntry(entry: Uint8Array, key: Uint8Array, boxKey: Uint8Array): (padded: Uint8Array) => Uint8Array {
  // Version, vault, n, prev, at, host, count, and the device's id.
  const boxAt = 1 + HASH_BYTES + 8 + HASH_BYTES + 8 + ID_BYTES + 1 + ID_BYTES;
  const box = boxSeal(key, boxKey);
  const nonceAt = boxAt + box.length;
  const nonce = entry.slice(nonceAt, nonceAt + NONCE_BYTES);
  const before = concatBytes(entry.subarray(0, boxAt), box, nonce);
  const data = concatBytes(utf8ToBytes("sovereign/ledger-text/v1"), before);
  return (padded) => {
    const body = createWriter()
      .long(aeadSeal(padded, data, nonce, key))
      .finish();
    return concatBytes(before, body, new Uint8Array(SIGNATURE_BYTES));
  };
}
