import { createRoot } from "solid-js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DeviceInfo } from "#sync/deviceList.ts";
import type { Vault } from "#sync/vault.ts";
import { createDevices } from "./createDevices.ts";

beforeEach(() => {
  vi.useFakeTimers();
  // Frames are not drawn here: what is shown waits for a moment, as in a tab that nobody looks at.
  vi.stubGlobal("document", { visibilityState: "hidden" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a host that is linked is here now for as long as it is, also when nothing else happens", () => {
  const linked = { id: "host", role: "host" } as unknown as DeviceInfo;
  const vault = {
    devices: () => [{ ...linked, seenAt: Date.now() }],
    recovery: { isSet: () => true },
    subscribeStatus: () => () => undefined,
    catalog: { yDoc: { on: () => undefined, off: () => undefined } },
  } as unknown as Vault;
  const { rows, dispose } = createRoot((dispose) => ({ rows: createDevices(vault).rows, dispose }));
  const ages: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    vi.advanceTimersByTime(60_000);
    ages.push(Date.now() - (rows[0]?.seenAt ?? 0));
  }
  expect(
    ages.filter((age) => age >= 60_000),
    "a minute old is away",
  ).toEqual([]);
  dispose();
  expect(vi.getTimerCount(), "nothing goes on after the page").toBe(0);
});
