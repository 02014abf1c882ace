/** OpenSSL as the second opinion: it shares no code with libsodium. */
import { argon2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { stretchHere } from "./argon.ts";
import { bytesToHex } from "./bytes.ts";
import { createSeededRandom } from "./testing/fixtures.ts";

const random = createSeededRandom(30);

test.each([
  [65_536, 3, 8],
  [65_536, 4, 1_024],
  [98_304, 3, 20],
])("AR6 %i KiB, %i passes, %i bytes: the same answer as OpenSSL's", async (memoryKiB, passes, length) => {
  const [passphrase, salt] = [random(length), random(16)];
  const theirs = argon2Sync("argon2id", {
    message: passphrase,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: memoryKiB,
    passes,
  });
  expect(bytesToHex(await stretchHere({ passphrase, salt, memoryKiB, passes }))).toBe(theirs.toString("hex"));
});
