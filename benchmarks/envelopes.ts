/** Envelopes to seal and to open, and the bare ciphers beside them: for `seal` and `open`. */
import {
  createCipheriv,
  createDecipheriv,
  sign as signBytes,
  generateKeyPairSync,
  verify as verifyBytes,
  randomBytes,
} from "node:crypto";
import { createDeviceKeys } from "#crypto/device.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, verifyEnvelope } from "#crypto/envelopeHeader.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Bench } from "./question.ts";

export const SIZES = [60, 1_024, 65_536] as const;
export const sizeName = (size: number): string => (size < 1_024 ? `${size} B` : `${size / 1_024} KiB`);

/** `name`: what does it, `one`: once. */
export interface Way {
  readonly name: string;
  readonly one: (at: number) => void;
}

/** By turns, in pieces of a few milliseconds, so that all meet the same machine. */
export function race(bench: Bench, ways: readonly Way[], metric: string): void {
  const pieces = bench.isQuick ? 1 : 30;
  for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 5); round++) {
    const spent = ways.map(() => ({ ms: 0, times: 0 }));
    for (let piece = 0; piece < pieces; piece++) {
      for (const [at, way] of ways.entries()) {
        const startedAt = performance.now();
        let times = 0;
        do {
          for (let inner = 0; inner < 8; inner++) way.one(times + inner);
          times += 8;
        } while (performance.now() - startedAt < (bench.isQuick ? 1 : 5));
        const own = spent[at];
        if (own === undefined) continue;
        own.ms += performance.now() - startedAt;
        own.times += times;
      }
    }
    if (round < 0) continue;
    for (const [at, { name }] of ways.entries()) {
      const { ms, times } = spent[at] ?? { ms: NaN, times: 0 };
      bench.note(name, metric, (1_000 * times) / ms, "/s");
    }
  }
}

export async function prepare(size: number) {
  await sodiumReady;
  const keys = createDeviceKeys(systemRandom);
  const docKey = systemRandom(32);
  const doc = docIdFromBytes(systemRandom(16));
  const body = systemRandom(size);
  const facts = {
    kind: "update" as const,
    doc,
    epoch: 1,
    author: keys.id,
    rosterSeq: 1,
    rosterHead: new Uint8Array(8),
  };
  const sealOne = (counter: number, prev = NO_PREV): Uint8Array =>
    sealEnvelope({ ...facts, counter, prev, body, docKey, signingKey: keys.sign, random: systemRandom });
  /** A chain, as a device reads it. */
  const chain: Uint8Array[] = [];
  for (let counter = 1, prev = NO_PREV; counter <= 64; counter++) {
    const envelope = sealOne(counter, prev);
    chain.push(envelope);
    prev = envelopeHash(envelope);
  }
  const parsed = chain.map(parseEnvelope);
  const key = randomBytes(32);
  const nonce = randomBytes(12);
  const pair = generateKeyPairSync("ed25519");
  const cipher = (): Buffer => {
    const bare = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    return Buffer.concat([bare.update(body), bare.final(), bare.getAuthTag()]);
  };
  const sealed = cipher();
  const signature = signBytes(null, sealed, pair.privateKey);
  return {
    sealOne: (at: number) => void sealOne(at + 2, docKey),
    /** Parse, check the signature, open: as one that comes alone. */
    openAlone: (at: number) => {
      const envelope = parseEnvelope(chain[at % 64] ?? new Uint8Array(0));
      if (!verifyEnvelope(envelope, keys.sign.publicKey)) throw new Error("not signed");
      openEnvelope(envelope, docKey);
    },
    /** Parse, hash, open: as within a row of its author's, whose last signature speaks for all. */
    openInRow: (at: number) => {
      const envelope = parseEnvelope(chain[at % 64] ?? new Uint8Array(0));
      envelopeHash(envelope.bytes);
      openEnvelope(envelope, docKey);
    },
    bareSeal: () => void cipher(),
    bareSealAndSign: () => void signBytes(null, cipher(), pair.privateKey),
    bareOpen: () => {
      const bare = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
      bare.setAuthTag(sealed.subarray(-16));
      Buffer.concat([bare.update(sealed.subarray(0, -16)), bare.final()]);
    },
    bareVerifyAndOpen: () => {
      if (!verifyBytes(null, sealed, pair.publicKey, signature)) throw new Error("not signed");
      const bare = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
      bare.setAuthTag(sealed.subarray(-16));
      Buffer.concat([bare.update(sealed.subarray(0, -16)), bare.final()]);
    },
    bytesEach: parsed[0]?.bytes.length ?? 0,
  };
}
