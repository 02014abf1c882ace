import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLentSlots, type LentSlots } from "./backends/slots.ts";
import { createSlotLender, type SlotMessage } from "./slotLender.ts";

/** Two parts and their supervisor, whose messages arrive later and in order. */
function createHouse() {
  const lender = createSlotLender();
  let parts: Record<string, LentSlots> = {};
  const send = (messages: readonly SlotMessage[]): void => {
    for (const { to, type, backend } of messages)
      queueMicrotask(() => (type === "slotLent" ? parts[to]?.lent(backend) : parts[to]?.recalled(backend)));
  };
  const start = (name: string): LentSlots => {
    let isDead = false;
    const slots = createLentSlots({
      want: (backend, max) => queueMicrotask(() => isDead || send(lender.want(name, backend, max))),
      giveBack: (backend) => queueMicrotask(() => isDead || send(lender.giveBack(name, backend))),
    });
    parts = { ...parts, [name]: slots };
    kills[name] = () => {
      isDead = true;
      delete parts[name];
      send(lender.forget(name));
    };
    return slots;
  };
  const kills: Record<string, () => void> = {};
  return { agent: start("agent"), gateway: start("gateway"), kill: (name: string) => kills[name]?.() };
}

const never = new AbortController().signal;
const turns = async (count = 20): Promise<void> => {
  for (let at = 0; at < count; at++) await Promise.resolve();
};

describe("slots", () => {
  it("SL1 are never more than a backend takes, whoever asks, and everybody comes to their turn", async () => {
    const plan = fc.array(
      fc.record({ part: fc.constantFrom("agent", "gateway"), hold: fc.nat(6), wait: fc.nat(6), gives: fc.boolean() }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 4 }), async (questions, max) => {
        const house = createHouse();
        let [held, most, done] = [0, 0, 0];
        const asked = questions.map(async ({ part, hold, wait, gives }) => {
          await turns(wait);
          const slots = part === "agent" ? house.agent : house.gateway;
          const gone = new AbortController();
          const taking = slots.take("b", max, gone.signal);
          // Some lose patience, before or after it is theirs.
          if (gives) queueMicrotask(() => gone.abort(new Error("gone")));
          const isTaken = await taking.then(
            () => true,
            () => false,
          );
          if (isTaken) {
            most = Math.max(most, (held += 1));
            await turns(hold);
            held -= 1;
            slots.give("b");
          }
          done += 1;
        });
        await Promise.all(asked);
        expect(most).toBeLessThanOrEqual(max);
        expect(done).toBe(questions.length);
        // Nothing has leaked: one part alone gets them all.
        await Promise.all(Array.from({ length: max }, () => house.gateway.take("b", max, never)));
      }),
      { numRuns: 300 },
    );
  });

  it("SL2 that a process held are free again when it ends", async () => {
    const { agent, gateway, kill } = createHouse();
    await Promise.all([agent.take("b", 2, never), agent.take("b", 2, never)]);
    let isTaken = false;
    const taking = gateway.take("b", 2, never).then(() => (isTaken = true));
    await turns();
    expect(isTaken).toBe(false);
    kill("agent");
    await taking;
    expect(isTaken).toBe(true);
  });

  it("SL3 that are free cost no message, and a backend's are its own", async () => {
    const wanted: string[] = [];
    const slots = createLentSlots({ want: (backend) => wanted.push(backend), giveBack: () => {} });
    const taking = slots.take("a", 1, never);
    slots.lent("a");
    await taking;
    slots.give("a");
    await slots.take("a", 1, never);
    void slots.take("b", 1, never);
    expect(wanted).toEqual(["a", "b"]);
  });
});
