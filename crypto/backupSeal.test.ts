import { beforeAll, describe, expect, it } from "vitest";
import {
  backupDocTag,
  boxBackupKey,
  createBackupKey,
  createPieceOpener,
  createPieceSealer,
  openBackupBox,
  openBackupDocKey,
  openBackupRow,
  openBackupWrap,
  sealBackupDocKey,
  sealBackupRow,
  wrapBackupKey,
} from "./backupSeal.ts";
import { utf8ToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { stretchHere } from "./argon.ts";
import { docIdFromBytes } from "./ids.ts";
import { systemRandom } from "./random.ts";
import { createRecoverySecret, recoveryKeys } from "./recovery.ts";
import { boxSeal, sodiumReady } from "./sodium.ts";

beforeAll(() => sodiumReady);

const head = utf8ToBytes('{"made":1}');

function sealed(pieces: readonly string[]): { readonly key: Uint8Array; readonly all: Uint8Array[] } {
  const key = createBackupKey(systemRandom);
  const sealer = createPieceSealer(key, head);
  return { key, all: pieces.map((piece, at) => sealer.next(utf8ToBytes(piece), at === pieces.length - 1)) };
}

/** Everything up to the last, or why not. */
function openAll(key: Uint8Array, all: readonly Uint8Array[], theHead = head): string {
  const opener = createPieceOpener(key, theHead);
  let text = "";
  try {
    for (const [at, each] of all.entries()) {
      const { piece, isLast } = opener.next(each);
      text += String.fromCharCode(...piece);
      if (isLast && at === all.length - 1) return text;
    }
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
  return "not ended";
}

describe("backup seal", () => {
  it("BS1 pieces open in their order to what they were, an empty last one too", () => {
    const { key, all } = sealed(["one ", "two ", ""]);
    expect(openAll(key, all)).toBe("one two ");
  });

  it("BS2 a piece changed, moved, repeated, left out, cut off, added, or under another head or key does not open", () => {
    const { key, all } = sealed(["one ", "two ", "three"]);
    const [one, two, three] = all as [Uint8Array, Uint8Array, Uint8Array];
    for (const at of [0, two.length - 1]) {
      const changed = Uint8Array.from(two);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openAll(key, [one, changed, three])).toBe("malformed");
    }
    for (const wrong of [
      [two, one, three],
      [one, one, two, three],
      [one, three],
      [one, two, three, three],
    ])
      expect(openAll(key, wrong)).toBe("malformed");
    expect(openAll(key, [one, two])).toBe("not ended");
    expect(openAll(key, all, utf8ToBytes('{"made":2}'))).toBe("malformed");
    expect(openAll(createBackupKey(systemRandom), all)).toBe("malformed");
  });

  it("BS3 the data key opens with the recovery's keys, and with no other box of theirs", () => {
    const [own, other] = [0, 1].map(() => recoveryKeys(createRecoverySecret(systemRandom)));
    const key = createBackupKey(systemRandom);
    const box = boxBackupKey(key, own!.box.publicKey);
    expect(openBackupBox(box, own!.box)).toEqual(key);
    expect(openBackupBox(box, other!.box)).toBeNull();
    // A vault key is boxed to the same key: it must not pass for a backup's.
    expect(openBackupBox(boxSeal(key, own!.box.publicKey), own!.box)).toBeNull();
  });

  it("BS4 the data key opens with the passphrase, however it was typed, and with no other; a weak one is refused", async () => {
    const key = createBackupKey(systemRandom);
    const wrap = await wrapBackupKey(key, "caf\u00e9 by the harbour", stretchHere, systemRandom);
    expect(await openBackupWrap(wrap, "cafe\u0301 by the harbour", stretchHere)).toEqual(key);
    expect(await openBackupWrap(wrap, "cafe by the harbour", stretchHere)).toBeNull();
    await expect(wrapBackupKey(key, "short", stretchHere, systemRandom)).rejects.toThrow(CryptoError);
    await expect(openBackupWrap({ ...wrap, memoryKiB: 2 ** 30 }, "x", stretchHere)).rejects.toThrow(CryptoError);
  });

  it("BS5 a doc's key in it opens under its own name, in its own backup, and so do its rows, each in its place", () => {
    const [key, docKey] = [createBackupKey(systemRandom), createBackupKey(systemRandom)];
    const [one, two] = [docIdFromBytes(systemRandom(16)), docIdFromBytes(systemRandom(16))];
    const [tag, other] = [backupDocTag(head, one), backupDocTag(head, two)];
    expect(backupDocTag(utf8ToBytes("another"), one)).not.toEqual(tag);
    const entry = sealBackupDocKey(docKey, tag, key, head);
    expect(entry.subarray(0, 16)).toEqual(tag);
    const sealedKey = entry.subarray(16);
    expect(openBackupDocKey(sealedKey, tag, key, head)).toEqual(docKey);
    expect(openBackupDocKey(sealedKey, other, key, head)).toBeNull();
    expect(openBackupDocKey(sealedKey, tag, key, utf8ToBytes("another"))).toBeNull();
    expect(openBackupDocKey(sealedKey, tag, createBackupKey(systemRandom), head)).toBeNull();
    expect(openBackupDocKey(new Uint8Array(48), tag, key, head)).toBeNull();
    const row = sealBackupRow(utf8ToBytes("a REKEY"), 7, 0, docKey);
    expect(openBackupRow(row, 7, 0, docKey)).toEqual(utf8ToBytes("a REKEY"));
    for (const [seq, table] of [
      [8, 0],
      [7, 1],
    ] as const)
      expect(openBackupRow(row, seq, table, docKey)).toBeNull();
    expect(openBackupRow(row, 7, 0, key)).toBeNull();
  });
});
