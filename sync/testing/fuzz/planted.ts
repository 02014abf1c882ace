/**
 * Decoders with the faults that decoders have. Each must turn the fuzz red (`--planted`): a fuzz that finds nothing proves
 * something only if it would have.
 */
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { ID_BYTES, idToBytes } from "#crypto/ids.ts";
import { parseLedgerEntry, sealLedgerEntry, LEDGER_START } from "#crypto/ledger.ts";
import { sign } from "#crypto/device.ts";
import { SIGNATURE_BYTES } from "#crypto/sodium.ts";
import { verifySignature } from "#crypto/verify.ts";
import type { Target } from "./feed.ts";
import type { FuzzWorld } from "./world.ts";

const refuse = (says: string): never => {
  throw new CryptoError("malformed", says);
};

/** Two bytes of length, then so many bytes, then a check: the form that all of them read. */
function readPart(bytes: Uint8Array): { readonly length: number; readonly rest: Uint8Array } {
  if (bytes[0] !== 1) refuse("version");
  if (bytes.length < 3) refuse("too short");
  return { length: ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0), rest: bytes.subarray(3) };
}

export function createPlantedTargets(world: FuzzWorld): readonly Target[] {
  const { noise } = world;
  const good = [Uint8Array.of(1, 0, 20, ...noise(20))];
  const kept: Uint8Array[] = [];
  const table = new Map<number, number>();
  return [
    {
      name: "crash",
      good,
      feed: (bytes) => {
        const { length, rest } = readPart(bytes);
        // Believes the length.
        for (let at = 0; at < length; at++) (rest[at] as number).toFixed(0);
      },
    },
    {
      name: "hang",
      good,
      feed: (bytes) => {
        const { rest } = readPart(bytes);
        // A part of no length is followed by itself. (Left after a while, so that the process can say so.)
        for (let at = 0, turns = 0; at < rest.length; at += rest[at] ?? 1) if (++turns > 300_000_000) break;
      },
    },
    {
      name: "endless",
      good,
      feed: (bytes) => {
        const { rest } = readPart(bytes);
        for (let at = 0; at < rest.length; at += rest[at] ?? 1);
      },
    },
    {
      name: "growth",
      good,
      feed: (bytes) => {
        const { length } = readPart(bytes);
        // Makes room for what a length promises, and keeps it.
        if (length > 1_000) kept.push(new Uint8Array(length * 16));
      },
    },
    {
      name: "state",
      good,
      feed: (bytes) => {
        const { length, rest } = readPart(bytes);
        // Writes first and checks later.
        table.set(length, rest.length);
        if (length !== rest.length) refuse("length");
      },
      state: () => String(table.size),
    },
    {
      name: "input",
      good,
      feed: (bytes) => {
        const { rest } = readPart(bytes);
        rest.reverse();
      },
    },
    {
      name: "forgery",
      good,
      // Looks at the beginning of what it should compare whole.
      feed: (bytes) =>
        Buffer.compare(bytes.subarray(0, 8), (good[0] ?? bytes).subarray(0, 8)) === 0 ? undefined : "no",
      isAuthentic: true,
    },
    {
      name: "shallow",
      good: [Uint8Array.of(7, 1, 2)],
      // Nothing that it is fed gets anywhere.
      feed: () => refuse("always"),
    },
    createPlantedApproval(world),
    createPlantedLedger(world),
  ];
}

/** Signs what was asked, and not what was said to it. */
function createPlantedApproval({ device, noise }: FuzzWorld): Target {
  const asked = noise(32);
  const word = (choice: number): Uint8Array =>
    createWriter()
      .u8(1)
      .u8(choice)
      .fixed(idToBytes(device.id))
      .fixed(sign("sovereign/approval/v1", asked, device.sign))
      .finish();
  return {
    name: "approval",
    good: [word(0)],
    feed: (bytes) => {
      const reader = createReader(bytes);
      if (reader.u8() !== 1 || reader.u8() > 1) refuse("version");
      reader.fixed(ID_BYTES);
      const signature = reader.fixed(SIGNATURE_BYTES);
      reader.end();
      return verifySignature("sovereign/approval/v1", asked, signature, device.sign.publicKey) ? undefined : "no";
    },
    isAuthentic: true,
  };
}

/** Looks at an entry's form, and takes that for its host's word. */
function createPlantedLedger({ device, host, roster, noise }: FuzzWorld): Target {
  const head = { vault: roster.vault, n: 1, prev: LEDGER_START, at: 5 };
  const to = [{ id: device.id, boxKey: device.box.publicKey }];
  const good = [sealLedgerEntry({ head, text: "sent", to, keys: host, random: noise })];
  return { name: "ledger entry", good, feed: (bytes) => void parseLedgerEntry(bytes), isAuthentic: true };
}
