import { describe, expect, test, vi } from "vitest";
import type { Clock } from "#sync/ports.ts";
import { waitingMax, waitingMs, waitingPerOwnerMax } from "./limits.ts";
import { createPlaces, type Places } from "./places.ts";

interface Table {
  readonly places: Places<string>;
  free: number;
  /** Owners in the order in which they got a seat. */
  readonly served: string[];
  ask(owner: string, signal?: AbortSignal): Promise<string>;
  leave(): void;
  /** Runs the timers that are due after this long. */
  readonly timers: { delayMs: number; callback: () => void }[];
}

function createTable(free: number): Table {
  const timers: Table["timers"] = [];
  const clock: Clock = {
    now: () => 0,
    after: (delayMs, callback) => {
      const timer = { delayMs, callback };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const table: Table = {
    free,
    served: [],
    timers,
    places: createPlaces<string>(clock, () => {
      table.free -= 1;
    }),
    ask: async (owner, signal = new AbortController().signal) => {
      const seat = await table.places.wait({ owner, signal, find: () => (table.free > 0 ? "seat" : null) });
      table.served.push(owner);
      return seat;
    },
    leave: () => {
      table.free += 1;
      table.places.look();
    },
  };
  return table;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("who gets a place", () => {
  test("whoever comes, while there are some", async () => {
    const table = createTable(2);
    await table.ask("a");
    await table.ask("a");
    expect(table.places.waiting).toBe(0);
  });

  test("owners take turns, however many one of them asks", async () => {
    const table = createTable(1);
    await table.ask("greedy");
    const asked = ["greedy", "greedy", "greedy", "b", "c", "b"].map((owner) => table.ask(owner));
    for (const _ of asked) {
      table.leave();
      await settle();
    }
    await Promise.all(asked);
    expect(table.served).toEqual(["greedy", "b", "c", "greedy", "b", "greedy", "greedy"]);
  });

  test("whoever has had enough leaves the queue, and the next one goes on", async () => {
    const table = createTable(0);
    const controller = new AbortController();
    const gone = table.ask("a", controller.signal);
    const stays = table.ask("b");
    controller.abort(new Error("enough"));
    await expect(gone).rejects.toThrow("enough");
    table.leave();
    expect(await stays).toBe("seat");
    expect(table.served).toEqual(["b"]);
  });

  test("one owner cannot fill the queue, nor can all of them without end", async () => {
    const table = createTable(0);
    const asked = Array.from({ length: waitingPerOwnerMax }, () => table.ask("a"));
    await expect(table.ask("a")).rejects.toMatchObject({ code: "backend-busy" });
    for (let at = 0; at < waitingMax - waitingPerOwnerMax; at++) asked.push(table.ask(`owner ${at}`));
    await expect(table.ask("late")).rejects.toMatchObject({ code: "backend-busy" });
    expect(table.places.waiting).toBe(waitingMax);
    table.free = waitingMax;
    table.places.look();
    await Promise.all(asked);
  });

  test("a wait has an end", async () => {
    const table = createTable(0);
    const asked = table.ask("a");
    await vi.waitFor(() => expect(table.timers).toHaveLength(1), 20_000);
    expect(table.timers[0]?.delayMs).toBe(waitingMs);
    table.timers[0]?.callback();
    await expect(asked).rejects.toMatchObject({ code: "backend-busy" });
    expect([table.places.waiting, table.timers.length]).toEqual([0, 0]);
  });

  test("when there cannot be a place any more, whoever waits is told", async () => {
    const table = createTable(0);
    let isGone = false;
    const find = (): null => {
      if (isGone) throw new Error("all gone");
      return null;
    };
    const asked = table.places.wait({ owner: "a", signal: new AbortController().signal, find });
    isGone = true;
    table.places.look();
    await expect(asked).rejects.toThrow("all gone");
  });
});
