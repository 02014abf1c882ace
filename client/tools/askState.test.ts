import { describe, expect, it } from "vitest";
import { askState, freshMs } from "./askState.ts";

describe("a question of the host's", () => {
  it("can be answered until its time is up, and not in the second after", () => {
    expect(askState(10_000, 8_500, "nothing", 0)).toEqual({
      kind: "open",
      secondsLeft: 2,
      hasFailed: false,
      isFresh: false,
    });
    expect(askState(10_000, 9_999, "nothing", 0)).toMatchObject({ kind: "open", secondsLeft: 1 });
    for (const now of [10_000, 10_001, 1e12]) expect(askState(10_000, now, "nothing", 0)).toEqual({ kind: "late" });
    expect(askState(0, 0, "nothing", 0)).toEqual({ kind: "late" });
  });

  it("is answered once, and stays so when its time is up", () => {
    expect(askState(10_000, 1, "told", 0)).toEqual({ kind: "answered" });
    expect(askState(10_000, 20_000, "told", 0)).toEqual({ kind: "answered" });
  });

  it("is open again when the word could not be kept, as long as there is time", () => {
    expect(askState(10_000, 9_000, "failed", 0)).toEqual({
      kind: "open",
      secondsLeft: 1,
      hasFailed: true,
      isFresh: false,
    });
    expect(askState(10_000, 10_000, "failed", 0)).toEqual({ kind: "late" });
  });

  it("takes no word in the moment in which it comes up: the second press of a double one was meant for what stood there before", () => {
    const shownAt = 5_000;
    expect(askState(90_000, shownAt, "nothing", shownAt)).toMatchObject({ kind: "open", isFresh: true });
    expect(askState(90_000, shownAt + freshMs - 1, "nothing", shownAt)).toMatchObject({ isFresh: true });
    expect(askState(90_000, shownAt + freshMs, "nothing", shownAt)).toMatchObject({ kind: "open", isFresh: false });
    // A clock that was set back in that moment does not shut the card for an hour.
    expect(askState(90_000, shownAt - 3_600_000, "nothing", shownAt)).toMatchObject({ kind: "open", isFresh: false });
  });

  it("is not closed for an hour by a clock that is set back", () => {
    expect(askState(10_000_000, 1_000, "nothing", 3_601_000)).toMatchObject({ kind: "open", isFresh: false });
  });
});
