import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { createTurnWrites, type Corked, type TurnWrites } from "./turnWrites.ts";

let writes: TurnWrites;
/** Each call to a kernel that there would be: who, and what it carries. */
let calls: string[];

beforeEach(() => {
  writes = createTurnWrites();
  calls = [];
});

function createSocket(name: string): Corked & { write(what: string): void; writeLong(what: string): void } {
  let corked = 0;
  let waiting = "";
  const leave = (): void => {
    if (corked === 0 && waiting !== "") calls.push(`${name} ${waiting}`);
    if (corked === 0) waiting = "";
  };
  return {
    cork: () => {
      corked += 1;
    },
    uncork: () => {
      corked -= 1;
      leave();
    },
    write(what) {
      writes.gather(this);
      waiting += what;
    },
    writeLong(what) {
      writes.release(this);
      waiting += what;
      leave();
    },
  };
}

it("what one turn has for a socket leaves together when the turn is over", async () => {
  const [one, other] = [createSocket("one"), createSocket("other")];
  one.write("a");
  other.write("b");
  one.write("c");
  expect(calls).toEqual([]);
  await turn();
  expect(calls).toEqual(["one ac", "other b"]);
  one.write("d");
  await turn();
  expect(calls).toEqual(["one ac", "other b", "one d"]);
});

it("a long write goes by itself, behind what was gathered for its socket", async () => {
  const [one, other] = [createSocket("one"), createSocket("other")];
  one.write("a");
  other.write("b");
  one.writeLong("LONG");
  one.write("c");
  expect(calls).toEqual(["one a", "one LONG"]);
  await turn();
  expect(calls).toEqual(["one a", "one LONG", "other b", "one c"]);
  one.write("d");
  await turn();
  expect(calls.at(-1)).toBe("one d");
});
