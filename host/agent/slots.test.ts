import { describe, expect, it } from "vitest";
import { createRunSlots, type SlotHolder } from "./slots.ts";

/** A vault with so many questions; what was begun is written down by name. */
function createHolder(name: string, begun: string[], questions: number): SlotHolder & { left: number } {
  const holder = {
    left: questions,
    startOne: () => {
      if (holder.left === 0) return false;
      holder.left -= 1;
      begun.push(name);
      return true;
    },
  };
  return holder;
}

describe("run slots", () => {
  it("VH9 vaults take turns, however much one of them asks, and no more run than there is room for", () => {
    const slots = createRunSlots(2);
    const begun: string[] = [];
    slots.join(createHolder("greedy", begun, 100));
    slots.fill();
    expect(begun).toEqual(["greedy", "greedy"]);
    slots.join(createHolder("modest", begun, 2));
    slots.join(createHolder("third", begun, 1));
    slots.fill();
    expect(begun).toHaveLength(2);
    for (let ended = 0; ended < 6; ended += 1) slots.free();
    // One who comes waits for a run that ends, and for one turn of each of the others.
    expect(begun.slice(2).slice(0, 4).sort()).toEqual(["greedy", "modest", "modest", "third"].sort());
    expect(begun.slice(6)).toEqual(["greedy", "greedy"]);
  });

  it("VH9 a vault that is alone has all the room, and one that left is not asked again", () => {
    const slots = createRunSlots(4);
    const begun: string[] = [];
    const alone = createHolder("alone", begun, 10);
    slots.join(alone);
    slots.fill();
    expect(begun).toHaveLength(4);
    slots.leave(alone);
    slots.free();
    expect(begun).toHaveLength(4);
  });

  it("VH9 what ends while it is begun does not run away", () => {
    const slots = createRunSlots(1);
    let begun = 0;
    slots.join({
      startOne: () => {
        if (begun === 1_000) return false;
        begun += 1;
        slots.free();
        return true;
      },
    });
    slots.fill();
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThanOrEqual(1_000);
  });
});
