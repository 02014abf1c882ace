import { describe, expect, it } from "vitest";
import { askState } from "./askState.ts";

describe("a question of the host's", () => {
  it("can be answered until its time is up, and not in the second after", () => {
    expect(askState(10_000, 8_500, "nothing")).toEqual({ kind: "open", secondsLeft: 2, hasFailed: false });
    expect(askState(10_000, 9_999, "nothing")).toMatchObject({ kind: "open", secondsLeft: 1 });
    for (const now of [10_000, 10_001, 1e12]) expect(askState(10_000, now, "nothing")).toEqual({ kind: "late" });
    expect(askState(0, 0, "nothing")).toEqual({ kind: "late" });
  });

  it("is answered once, and stays so when its time is up", () => {
    expect(askState(10_000, 1, "told")).toEqual({ kind: "answered" });
    expect(askState(10_000, 20_000, "told")).toEqual({ kind: "answered" });
  });

  it("is open again when the word could not be kept, as long as there is time", () => {
    expect(askState(10_000, 9_000, "failed")).toEqual({ kind: "open", secondsLeft: 1, hasFailed: true });
    expect(askState(10_000, 10_000, "failed")).toEqual({ kind: "late" });
  });
});
