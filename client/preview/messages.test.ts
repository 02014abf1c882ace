import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heightPxMax, pictureCharsMax, saysCharsMax } from "./limits.ts";
import { parseFromFrame } from "./messages.ts";

describe("what comes out of a preview frame", () => {
  it("T-23 is taken only in its forms", () => {
    const drawn = { kind: "drawn", id: 1, svg: "<svg/>", width: 10, height: 20 };
    expect(parseFromFrame(drawn)).toEqual(drawn);
    for (const broken of [
      { ...drawn, svg: "<html>" },
      { ...drawn, svg: `<svg>${"x".repeat(pictureCharsMax)}` },
      { ...drawn, width: Infinity },
      { ...drawn, height: -1 },
      { ...drawn, height: heightPxMax + 1 },
      { ...drawn, id: "1" },
      { ...drawn, id: 0.5 },
      { kind: "blocked", address: 1 },
      { kind: "page", html: "" },
      { kind: "toString" },
      null,
      "ready",
      [],
    ])
      expect(parseFromFrame(broken), JSON.stringify(broken)?.slice(0, 80)).toBeNull();
    expect(parseFromFrame({ kind: "ready", more: 1 })).toEqual({ kind: "ready", isSealed: false });
    expect(parseFromFrame({ kind: "ready", isSealed: true })).toEqual({ kind: "ready", isSealed: true });
  });

  it("T-23 says one line, and not more than a person reads", () => {
    const said = parseFromFrame({ kind: "error", says: `a\n\u0007b ${"c".repeat(10_000)}` });
    expect(said).toMatchObject({ kind: "error" });
    const { says } = said as { says: string };
    expect(says).toMatch(/^a b c+$/);
    expect(says.length).toBeLessThanOrEqual(saysCharsMax);
  });

  it("T-23 never throws, and is never anything else, whatever it is: 100,000 messages", () => {
    const field = fc.oneof(fc.anything({ withTypedArray: true, withMap: true, maxDepth: 2 }), fc.double(), fc.string());
    const kinds = fc.constantFrom("ready", "pong", "drawn", "failed", "blocked", "error", "page", "__proto__");
    const message = fc.oneof(
      fc.anything(),
      fc.record(
        {
          kind: kinds,
          id: field,
          svg: field,
          width: field,
          height: field,
          says: field,
          address: field,
          isSealed: field,
        },
        { requiredKeys: [] },
      ),
    );
    let taken = 0;
    fc.assert(
      fc.property(message, (value) => {
        const parsed = parseFromFrame(value);
        if (parsed === null) return;
        taken += 1;
        for (const key of Object.keys(parsed))
          expect(["kind", "id", "svg", "width", "height", "says", "address", "isSealed"]).toContain(key);
        if (parsed.kind === "drawn") expect(parsed.height).toBeLessThanOrEqual(heightPxMax);
        if (parsed.kind === "ready") expect(typeof parsed.isSealed).toBe("boolean");
        if (parsed.kind === "blocked") expect(parsed.address).not.toMatch(/\p{Cc}/u);
        if ("says" in parsed) expect(parsed.says).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 100_000 },
    );
    expect(taken, "some of them were messages").toBeGreaterThan(1_000);
  }, 60_000);
});
