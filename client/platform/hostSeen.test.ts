import { beforeEach, describe, expect, it, vi } from "vitest";
import type { VaultStatus } from "#sync/status.ts";
import { hostSeenAt, keepHostSeen } from "./hostSeen.ts";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
});

function createStatus() {
  let now = { link: "offline", host: null } as unknown as VaultStatus;
  const listeners = new Set<() => void>();
  return {
    status: () => now,
    subscribeStatus: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set: (link: VaultStatus["link"], live: boolean) => {
      now = { link, host: { live } } as unknown as VaultStatus;
      for (const listener of listeners) listener();
    },
  };
}

describe("since when the host is away", () => {
  let now = 0;
  beforeEach(() => {
    kept.clear();
    now = 1_000;
  });

  it("AW1 is the moment in which it went, and stays that while it is away", () => {
    const vault = createStatus();
    const stop = keepHostSeen(vault, () => now);
    expect(hostSeenAt(), "never seen yet").toBeNull();
    vault.set("live", true);
    now = 50_000;
    vault.set("live", false);
    now = 90_000;
    vault.set("offline", false);
    stop();
    expect(hostSeenAt()).toBe(50_000);
  });

  it("AW2 is the end of the page where the host was still there, and another page that never has it leaves it", () => {
    const vault = createStatus();
    vault.set("live", true);
    const stop = keepHostSeen(vault, () => now);
    now = 70_000;
    stop();
    expect(hostSeenAt()).toBe(70_000);
    now = 99_000;
    keepHostSeen(createStatus(), () => now)();
    expect(hostSeenAt()).toBe(70_000);
  });
});
