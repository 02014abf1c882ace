import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { hexToBytes } from "#crypto/bytes.ts";
import { applyUpdate } from "./applyUpdate.ts";

/** Found by `npm run fuzz`: one block that says it holds 29 million operations, and ends. */
const promising = hexToBytes("46f1dfea0da15ccc556c00d4adf893") ?? new Uint8Array(0);

describe("an update on its way into a document", () => {
  it("PO3 is refused for what it promises and does not hold, before room is made for it", () => {
    const memoryOf = (work: () => void): number => {
      const before = process.memoryUsage().heapUsed;
      expect(work).toThrow("Unexpected end of array");
      return process.memoryUsage().heapUsed - before;
    };
    expect(
      memoryOf(() => Y.applyUpdate(new Y.Doc(), promising)),
      "Yjs alone",
    ).toBeGreaterThan(100_000_000);
    expect(memoryOf(() => applyUpdate(new Y.Doc(), promising))).toBeLessThan(10_000_000);
  });

  it("PO3 is applied when it is whole", () => {
    const [from, to] = [new Y.Doc(), new Y.Doc()];
    from.getText("draft").insert(0, "words");
    applyUpdate(to, Y.encodeStateAsUpdate(from));
    expect(to.getText("draft").toString()).toBe("words");
  });
});
