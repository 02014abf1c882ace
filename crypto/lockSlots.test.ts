import { describe, expect, test } from "vitest";
import { CryptoError } from "./errors.ts";
import { createLockKey } from "./lock.ts";
import { encodeLock, parseLock, type LockSlot } from "./lockForm.ts";
import {
  addSlot,
  createLock,
  createPrfInput,
  openLock,
  removeSlot,
  resealLock,
  type PasskeyKey,
  type PassphraseKey,
  type PlatformKey,
  type SlotKey,
} from "./lockSlots.ts";
import type { StretchTask } from "./passphrase.ts";
import { hash256 } from "./hash.ts";
import { createSeededRandom, flipped, holdsBytes, refusalOf } from "./testing/fixtures.ts";

const random = createSeededRandom(20);
const secrets = random(200);

/** Stands in for Argon2id where its cost is not the question. */
const tasks: StretchTask[] = [];
const quickStretch = (task: StretchTask): Promise<Uint8Array> => {
  tasks.push(task);
  return Promise.resolve(hash256("sovereign/test-stretch/v1", task.salt, task.passphrase));
};
const passphraseOf = (passphrase: string): PassphraseKey => ({ kind: "passphrase", passphrase, stretch: quickStretch });
const platform = async (): Promise<PlatformKey> => ({ kind: "platform", key: await createLockKey() });
const createPasskey = (): PasskeyKey => ({
  kind: "passkey",
  credential: random(20),
  prfInput: createPrfInput(random),
  prfOutput: random(32),
});

/** Each kind of slot, in one lock. */
async function createFullLock() {
  const [browser, passkey, passphrase] = [await platform(), createPasskey(), passphraseOf("eight pieces of eight")];
  let sealed = await createLock(secrets, browser, random);
  const { lockSecret } = await openLock(sealed, browser);
  sealed = await addSlot(sealed, lockSecret, passkey, random);
  sealed = await addSlot(sealed, lockSecret, passphrase, random);
  return { browser, passkey, passphrase, sealed, lockSecret };
}

const slotOf = (sealed: Uint8Array, kind: LockSlot["kind"]): LockSlot =>
  parseLock(sealed).slots.find((slot) => slot.kind === kind)!;

describe("lock with slots", () => {
  test("LK1 each way in opens the same secrets, and none of it lies open", async () => {
    const { browser, passkey, passphrase, sealed, lockSecret } = await createFullLock();
    for (const key of [browser, passkey, passphrase]) {
      expect(await openLock(sealed, key)).toEqual({ secrets, lockSecret });
    }
    expect(parseLock(sealed).slots.map(({ kind }) => kind)).toEqual(["platform", "passkey", "passphrase"]);
    for (const secret of [secrets, lockSecret, passkey.prfOutput, "eight pieces of eight"]) {
      expect(holdsBytes(sealed, secret)).toBe(false);
    }
  });

  test("LK2 a lock may begin with any kind of slot", async () => {
    for (const key of [await platform(), createPasskey(), passphraseOf("eight pieces of eight")]) {
      expect((await openLock(await createLock(secrets, key, random), key)).secrets).toEqual(secrets);
    }
  });

  test("LK3 a wrong passphrase, another passkey, its other answer, another browser's key: locked", async () => {
    const { passkey, sealed } = await createFullLock();
    const wrong = [
      passphraseOf("Eight pieces of eight"),
      passphraseOf(""),
      createPasskey(),
      { ...passkey, prfOutput: random(32) },
      { ...passkey, prfInput: random(32) },
      await platform(),
    ];
    for (const key of wrong) await expect(openLock(sealed, key)).rejects.toMatchObject({ code: "locked" });
  });

  test("LK4 slots come and go without the secrets being sealed anew", async () => {
    const { browser, passkey, passphrase, sealed, lockSecret } = await createFullLock();
    const without = removeSlot(sealed, slotOf(sealed, "platform").id)!;
    expect(parseLock(without).secrets).toEqual(parseLock(sealed).secrets);
    await expect(openLock(without, browser)).rejects.toMatchObject({ code: "locked" });
    expect((await openLock(without, passkey)).secrets).toEqual(secrets);
    const changed = await addSlot(without, lockSecret, passphraseOf("seven pieces of eight"), random);
    const replaced = removeSlot(changed, slotOf(changed, "passphrase").id)!;
    expect((await openLock(replaced, passphraseOf("seven pieces of eight"))).secrets).toEqual(secrets);
    await expect(openLock(replaced, passphrase)).rejects.toMatchObject({ code: "locked" });
  });

  test("LK5 the last slot stays, and one that is not there cannot go", async () => {
    const sealed = await createLock(secrets, createPasskey(), random);
    expect(removeSlot(sealed, slotOf(sealed, "passkey").id)).toBe(null);
    expect(removeSlot((await createFullLock()).sealed, random(16))).toBe(null);
  });

  test("LK6 secrets that changed are sealed with the lock secret alone, for every slot", async () => {
    const { browser, passkey, passphrase, sealed, lockSecret } = await createFullLock();
    tasks.length = 0;
    const resealed = resealLock(sealed, lockSecret, random(300), random);
    expect(tasks).toEqual([]);
    const opened = await Promise.all([browser, passkey, passphrase].map((key) => openLock(resealed, key)));
    expect(new Set(opened.map((lock) => lock.secrets.length))).toEqual(new Set([300]));
    expect(opened[0]).toEqual(opened[1]);
    expect(refusalOf(() => resealLock(sealed, random(32), secrets, random))).toBe("locked");
    await expect(addSlot(sealed, random(32), passkey, random)).rejects.toMatchObject({ code: "locked" });
  });

  test("LK7 no bit of a slot changes unnoticed, and a damaged one takes none of the others with it", async () => {
    const { browser, passkey, passphrase, sealed } = await createFullLock();
    const { id, slots, secrets: under } = parseLock(sealed);
    const isRefused = async (damaged: Uint8Array, key: SlotKey): Promise<boolean> => {
      try {
        expect((await openLock(damaged, key)).secrets).toEqual(secrets);
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(CryptoError);
        return true;
      }
    };
    for (let at = 1; at < sealed.length; at++) {
      const damaged = flipped(sealed, at);
      const refused = await Promise.all([browser, passkey, passphrase].map((key) => isRefused(damaged, key)));
      // The lock's id, the number of slots and the secrets concern all; the rest is one slot's, or breaks the form.
      const isEverybodys = at < 1 + id.length + 1 || at >= sealed.length - under.length;
      expect(refused.filter(Boolean).length, `byte ${at}`).toBeGreaterThanOrEqual(isEverybodys ? 3 : 1);
    }
    const brokenWrap = { ...slots[1]!, wrap: flipped(slots[1]!.wrap, 30) };
    const broken = encodeLock({ id, slots: [slots[0]!, brokenWrap, slots[2]!], secrets: under });
    await expect(openLock(broken, passkey)).rejects.toMatchObject({ code: "locked" });
    for (const key of [browser, passphrase]) expect((await openLock(broken, key)).secrets).toEqual(secrets);
  });

  test("LK8 a slot of another lock opens nothing here", async () => {
    const passphrase = passphraseOf("eight pieces of eight");
    const [mine, theirs] = [await createFullLock(), await createFullLock()];
    const moved = encodeLock({ ...parseLock(mine.sealed), slots: [slotOf(theirs.sealed, "passphrase")] });
    await expect(openLock(moved, passphrase)).rejects.toMatchObject({ code: "locked" });
    const crossed = encodeLock({ ...parseLock(theirs.sealed), secrets: parseLock(mine.sealed).secrets });
    await expect(openLock(crossed, passphrase)).rejects.toMatchObject({ code: "locked" });
  });

  test("LK9 a changed file cannot ask for 4 GB, or for next to nothing", async () => {
    const { sealed, passphrase } = await createFullLock();
    const lock = parseLock(sealed);
    const slot = slotOf(sealed, "passphrase");
    for (const change of [
      { memoryKiB: 4_194_304 },
      { memoryKiB: 262_145 },
      { memoryKiB: 8 },
      { passes: 255 },
      { passes: 1 },
    ]) {
      const changed = encodeLock({ ...lock, slots: [{ ...slot, ...change } as LockSlot] });
      tasks.length = 0;
      await expect(openLock(changed, passphrase)).rejects.toMatchObject({ code: "malformed" });
      expect(tasks).toEqual([]);
    }
    const cheaper = encodeLock({ ...lock, slots: [{ ...slot, passes: 4 } as LockSlot] });
    await expect(openLock(cheaper, passphrase)).rejects.toMatchObject({ code: "locked" });
  });

  test("LK10 the form is exact: too many slots, none, other versions and kinds are refused", async () => {
    const { sealed, lockSecret, passkey } = await createFullLock();
    const lock = parseLock(sealed);
    expect(encodeLock(lock)).toEqual(sealed);
    expect(refusalOf(() => parseLock(flipped(sealed, 0)))).toBe("version");
    expect(refusalOf(() => encodeLock({ ...lock, slots: [] }))).toBe("malformed");
    let full = sealed;
    for (let count = 3; count < 8; count++) full = await addSlot(full, lockSecret, createPasskey(), random);
    await expect(addSlot(full, lockSecret, passkey, random)).rejects.toMatchObject({ code: "malformed" });
    for (let length = 0; length < sealed.length - lock.secrets.length; length++) {
      expect(refusalOf(() => parseLock(sealed.subarray(0, length)))).toBe("malformed");
    }
    const unknownKind = flipped(sealed, 18, 8);
    expect(refusalOf(() => parseLock(unknownKind))).toBe("version");
  });

  test("LK11 a passphrase that guards nothing, and a PRF that gave something else, make no slot", async () => {
    await expect(createLock(secrets, passphraseOf("1234567"), random)).rejects.toMatchObject({ code: "malformed" });
    const odd = { ...createPasskey(), prfOutput: random(16) };
    await expect(createLock(secrets, odd, random)).rejects.toMatchObject({ code: "malformed" });
  });
});
