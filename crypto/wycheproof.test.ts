import { describe, expect, test } from "vitest";
import "./testing/fixtures.ts";
import { runWycheproof, type WycheproofFile } from "./testing/wycheproof.ts";

/** RFC 7748 §6.1, in Wycheproof's form. */
const agreement = {
  tcId: 1,
  comment: "RFC 7748",
  result: "valid",
  private: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
  public: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
} as const;

const fileOf = (...tests: WycheproofFile["testGroups"][number]["tests"]): WycheproofFile => ({
  algorithm: "XDH",
  numberOfTests: tests.length,
  testGroups: [{ tests }],
});

describe("Wycheproof runner", () => {
  test("WY1 a right vector passes, a wrong one is named", () => {
    const wrong = { ...agreement, tcId: 2, shared: agreement.shared.replace("4a", "4b") };
    const report = runWycheproof(fileOf(agreement, wrong));
    expect(report).toMatchObject({ passed: 1, failed: ["2 (valid) RFC 7748"] });
    expect(runWycheproof(fileOf({ ...agreement, shared: "xx" })).passed).toBe(0);
  });

  test("WY2 acceptable: a shared secret of zeros must be refused, all others must agree", () => {
    const zeros = "00".repeat(32);
    const low = {
      ...agreement,
      result: "acceptable",
      flags: ["ZeroSharedSecret"],
      public: zeros,
      shared: zeros,
    } as const;
    expect(runWycheproof(fileOf(low, { ...agreement, result: "acceptable" })).passed).toBe(2);
    expect(runWycheproof(fileOf({ ...low, public: agreement.public })).passed).toBe(0);
    expect(runWycheproof(fileOf({ ...low, flags: [] })).passed).toBe(0);
  });

  test("WY3 vectors left out, or of a primitive we do not run, are an error", () => {
    expect(() => runWycheproof({ ...fileOf(agreement), numberOfTests: 2 })).toThrow("1 vectors where 2");
    expect(() => runWycheproof({ ...fileOf(agreement), algorithm: "RSA" })).toThrow("no runner");
  });
});
