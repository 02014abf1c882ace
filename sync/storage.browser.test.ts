/** The journal and the identity store in a real browser: strict transactions, and a key that cannot be taken out. */
import { beforeAll, expect, it } from "vitest";
import { docIdFromBytes } from "#crypto/ids.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createIdentity } from "./identity.ts";
import { readIdentity, writeIdentity } from "./identityLock.ts";
import { openIdentityStore } from "./identityStore.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { noPause } from "./ports.ts";
import { openJournal } from "./journal.ts";

const founding = { seed: new Uint8Array(32).fill(4), fingerprint: new Uint8Array(16).fill(5) };

beforeAll(() => sodiumReady);

it("JR7 what was committed is there again, in its order, without the journal ever being closed", async () => {
  const options = {
    store: indexedDbJournals,
    doc: docIdFromBytes(systemRandom(16)),
    localKey: createLocalKey(systemRandom),
    random: systemRandom,
    lifeboat: null,
    pause: noPause,
  };
  const journal = await openJournal(options);
  for (let value = 1; value <= 200; value++) {
    journal.add(new Uint8Array(300).fill(value));
    if (value % 50 === 0) await journal.commit();
  }
  journal.fold(new Uint8Array(1_000).fill(7), (envelope) => envelope[0] === 9);
  journal.add(new Uint8Array(300).fill(201));
  await journal.commit();
  const again = await openJournal(options);
  expect(again.base).toEqual(new Uint8Array(1_000).fill(7));
  expect(again.own).toEqual([new Uint8Array(300).fill(9)]);
  expect(again.entries).toEqual([new Uint8Array(300).fill(201)]);
  await Promise.all([journal.close(), again.close()]);
});

it("ID1 the identity is there again after a restart, under a key that the browser does not show", async () => {
  await openIdentityStore().clear();
  const identity = createIdentity(founding, "Laptop", systemRandom);
  await writeIdentity(openIdentityStore(), identity, systemRandom);
  expect(await readIdentity(openIdentityStore(), systemRandom)).toEqual(identity);
  const record = await openIdentityStore().read();
  await expect(crypto.subtle.exportKey("raw", record?.key as CryptoKey)).rejects.toThrow(DOMException);
  await openIdentityStore().clear();
  expect(await readIdentity(openIdentityStore(), systemRandom)).toBeNull();
});
