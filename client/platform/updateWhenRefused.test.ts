import { describe, expect, it } from "vitest";
import type { VaultStatus } from "#sync/status.ts";
import { lookWhenRefused } from "./updateWhenRefused.ts";

const live: VaultStatus = {
  link: "live",
  refusal: null,
  direct: [],
  host: null,
  pending: 0,
  unkept: 0,
  alarms: [],
};
const refused: VaultStatus = { ...live, link: "refused", refusal: "The host runs another version of Sovereign." };

function watched(first: VaultStatus) {
  let status = first;
  let listener = (): void => {};
  let looks = 0;
  const leave = lookWhenRefused(
    { status: () => status, subscribeStatus: (next) => ((listener = next), () => (listener = () => {})) },
    () => (looks += 1),
  );
  return {
    say: (next: VaultStatus) => {
      status = next;
      listener();
    },
    looks: () => looks,
    leave,
  };
}

describe("a page that its host refuses", () => {
  it("looks for a newer app at once, and once, however often it is refused again", () => {
    const page = watched(live);
    page.say({ ...live, link: "offline" });
    page.say({ ...live, link: "connecting" });
    expect(page.looks()).toBe(0);
    page.say(refused);
    page.say({ ...refused, link: "connecting", refusal: null });
    page.say(refused);
    expect(page.looks()).toBe(1);
  });

  it("looks again when it was let in meanwhile, or when another thing is amiss, and no more once it is left", () => {
    const page = watched(refused);
    expect(page.looks()).toBe(1);
    page.say(live);
    page.say(refused);
    expect(page.looks()).toBe(2);
    page.say({ ...refused, refusal: "This device was removed." });
    expect(page.looks()).toBe(3);
    page.leave();
    page.say(live);
    page.say(refused);
    expect(page.looks()).toBe(3);
  });
});
