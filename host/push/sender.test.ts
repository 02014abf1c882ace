/** Whom a host tells next, and when: by order and by a clock turned by hand. */
import { expect, it } from "vitest";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { paceMs, retryMs, subscriptionsMax } from "./limits.ts";
import type { PostOutcome } from "./post.ts";
import { createSender, type Sender } from "./sender.ts";
import type { PushJob } from "./subscription.ts";

interface World {
  readonly sender: Sender;
  readonly clock: ReturnType<typeof createManualClock>;
  /** What was posted, "endpoint words", in order. */
  readonly posted: string[];
  readonly gone: string[];
  readonly aborted: string[];
  outcome: PostOutcome;
  /** Held back until this resolves. */
  hold: Promise<void>;
  run(ms: number): Promise<void>;
}

function createWorld(): World {
  const clock = createManualClock();
  const world: World = {
    clock,
    posted: [],
    gone: [],
    aborted: [],
    outcome: { kind: "sent" },
    hold: Promise.resolve(),
    run: (ms) => clock.advance(ms),
    sender: createSender({
      post: async (job, signal) => {
        world.posted.push(`${job.endpoint} ${job.words}`);
        signal.addEventListener("abort", () => world.aborted.push(job.endpoint));
        await world.hold;
        return world.outcome;
      },
      after: (delayMs, work) => clock.after(delayMs, work),
      nowMs: clock.now,
      onGone: (endpoint) => world.gone.push(endpoint),
      onSent: () => {},
    }),
  };
  return world;
}

const job = (endpoint: string, words: string): PushJob => ({
  endpoint,
  words,
  publicKey: new Uint8Array(65),
  secret: new Uint8Array(16),
});

it("WP20 one device is told once at a time, with a pause between, and the newest stands for those that waited", async () => {
  const world = createWorld();
  for (const words of ["1", "2", "3"]) world.sender.send(job("a", words));
  world.sender.send(job("b", "1"));
  await world.run(0);
  expect(world.posted).toEqual(["a 1", "b 1"]);
  await world.run(paceMs);
  expect(world.posted).toEqual(["a 1", "b 1", "a 3"]);
  await world.run(paceMs * 10);
  expect(world.posted).toHaveLength(3);
});

it("WP21 a service that is busy is tried again after pauses that grow, or as long as it says, and then given up", async () => {
  const world = createWorld();
  world.outcome = { kind: "later", afterMs: null };
  world.sender.send(job("a", "1"));
  for (const pause of retryMs) {
    await world.run(pause - 1);
    const before = world.posted.length;
    await world.run(1);
    expect(world.posted.length).toBe(before + 1);
  }
  await world.run(10 * Math.max(...retryMs));
  expect(world.posted).toHaveLength(1 + retryMs.length);

  world.outcome = { kind: "later", afterMs: 60_000 };
  world.sender.send(job("b", "1"));
  await world.run(59_999);
  expect(world.posted.filter((each) => each === "b 1")).toHaveLength(1);
  world.outcome = { kind: "sent" };
  await world.run(1);
  expect(world.posted.filter((each) => each === "b 1")).toHaveLength(2);
});

it("WP22 a subscription that its service does not know is told of once, and what waited for it goes", async () => {
  const world = createWorld();
  world.outcome = { kind: "gone" };
  world.sender.send(job("a", "1"));
  world.sender.send(job("a", "2"));
  await world.run(Math.max(...retryMs));
  expect([world.posted, world.gone]).toEqual([["a 1"], ["a"]]);
});

it("WP23 forgotten, nothing more goes to it: not what waits, not a next try, and what is under way is ended", async () => {
  const world = createWorld();
  const held = Promise.withResolvers<void>();
  world.hold = held.promise;
  world.sender.send(job("a", "1"));
  world.sender.send(job("a", "2"));
  world.sender.forget("a");
  expect(world.aborted).toEqual(["a"]);
  world.outcome = { kind: "later", afterMs: null };
  held.resolve();
  await world.run(Math.max(...retryMs));
  expect([world.posted, world.gone]).toEqual([["a 1"], []]);
});

it("WP24 no more devices are told than may subscribe", async () => {
  const world = createWorld();
  for (let at = 0; at < subscriptionsMax + 5; at += 1) world.sender.send(job(`d${at}`, "1"));
  await world.run(0);
  expect(world.posted).toHaveLength(subscriptionsMax);
});
