import { describe, expect, test } from "vitest";
import { stretchHere } from "./argon.ts";
import { bytesToHex, utf8ToBytes } from "./bytes.ts";
import { answerStretch } from "./lockWorker.ts";
import { newStretchCost, passphraseFault, passphraseToBytes, type StretchTask } from "./passphrase.ts";
import { createSeededRandom } from "./testing/fixtures.ts";

const salt = Uint8Array.from({ length: 16 }, (_, index) => index);
const task: StretchTask = { passphrase: utf8ToBytes("correct horse battery"), salt, ...newStretchCost };
/** The same from OpenSSL: argon.node.test.ts compares them anew. */
const answer = "904b42492da04031a468a6d1d51689848c15e5c88d8587b0186dce574b8c4bcc";

describe("Argon2id", () => {
  test("AR1 gives the frozen answer at the cost of a new lock", async () => {
    expect(newStretchCost).toEqual({ memoryKiB: 65_536, passes: 3 });
    expect(bytesToHex(await stretchHere(task))).toBe(answer);
  });

  test("AR2 a cost outside its bounds is refused before any memory is taken", async () => {
    const wrong = [
      { memoryKiB: 65_535 },
      { memoryKiB: 262_145 },
      { memoryKiB: 4_194_304 },
      { passes: 2 },
      { passes: 11 },
      { memoryKiB: Number.NaN },
      { salt: salt.subarray(1) },
      { passphrase: new Uint8Array(1_025) },
    ];
    for (const change of wrong) {
      await expect(stretchHere({ ...task, ...change }), JSON.stringify(change)).rejects.toMatchObject({
        code: "malformed",
      });
    }
  });

  test("AR3 a passphrase is one thing on every keyboard", () => {
    expect(passphraseToBytes("caf\u0065\u0301 \uFB01ve")).toEqual(passphraseToBytes("caf\u00e9 five"));
    expect(passphraseToBytes("Five five")).not.toEqual(passphraseToBytes("five five"));
    expect(passphraseFault("1234567")).toBe("short");
    expect(passphraseFault("12345678")).toBe(null);
    expect(passphraseFault("é".repeat(513))).toBe("long");
  });
});

describe("in a worker", () => {
  test("AR4 an answer is a key or a code, whatever the message was", async () => {
    const stretch = () => Promise.resolve(createSeededRandom(1)(32));
    expect(await answerStretch(task, stretch)).toEqual({ key: createSeededRandom(1)(32) });
    for (const message of [
      null,
      7,
      {},
      { ...task, salt: "00" },
      { ...task, passes: 3.5 },
      { ...task, memoryKiB: "x" },
    ]) {
      expect(await answerStretch(message, stretch)).toEqual({ code: "malformed" });
    }
    const breaking = () => Promise.reject(new RangeError("out of memory"));
    expect(await answerStretch(task, breaking)).toEqual({ code: "unsupported" });
  });
});
