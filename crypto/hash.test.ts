import { beforeAll, describe, expect, test } from "vitest";
import { keyedHash, keyedHash128 } from "./hash.ts";
import { sodiumReady } from "./sodium.ts";
import { refusalOf } from "./testing/fixtures.ts";

beforeAll(() => sodiumReady);

describe("keyed hashes", () => {
  test("SO6 a key of another length is refused: an empty one would make a hash that anybody can make", () => {
    for (const hash of [keyedHash, keyedHash128]) {
      for (const length of [0, 16, 31, 33, 64])
        expect(refusalOf(() => hash(new Uint8Array(length), "sovereign/commit/v1"))).toBe("key");
      expect(refusalOf(() => hash(new Uint8Array(32), "sovereign/commit/v1"))).toBe("none");
    }
  });
});
