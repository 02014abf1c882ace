import { beforeEach, describe, expect, it } from "vitest";
import { authorIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { ShareFacts } from "#crypto/serviceFacts.ts";
import { claimHost, connectPeer, createTestAuthor, createTestVault, startTestRelay } from "../testing/testRelay.ts";
import { quotaCountEveryMs, shareCountEveryMs } from "./limits.ts";
import { createQuota, type Quota } from "./quota.ts";

const vault = vaultIdFromBytes(new Uint8Array(32));
const laptop = authorIdFromBytes(new Uint8Array(16).fill(1));
const phone = authorIdFromBytes(new Uint8Array(16).fill(2));
let stored: Map<typeof laptop, number>;
let counts: number;
let nowMs: number;
let quota: Quota;
beforeEach(() => {
  stored = new Map();
  counts = nowMs = 0;
  quota = createQuota({
    usageOf: () => {
      counts += 1;
      return stored;
    },
    nowMs: () => nowMs,
    limitsOf: () => ({ vaultBytesMax: 1_000, deviceBytesMax: 600 }),
  });
});

describe("a quota", () => {
  it("stops the device that is over its share, and no other", () => {
    expect(quota.take(vault, laptop, 600)).toBe(true);
    expect(quota.take(vault, laptop, 1)).toBe(false);
    expect(quota.take(vault, phone, 300)).toBe(true);
    expect(quota.take(vault, null, 100)).toBe(true);
  });

  it("stops everybody when the vault is full, whoever filled it", () => {
    expect(quota.take(vault, null, 1_000)).toBe(true);
    for (const device of [laptop, phone, null]) expect(quota.take(vault, device, 1)).toBe(false);
  });

  it("begins with what the log holds", () => {
    stored.set(laptop, 600);
    expect(quota.take(vault, laptop, 1)).toBe(false);
    expect(quota.take(vault, phone, 400)).toBe(true);
  });

  it("looks into the log again before it says full for long, and not at each append", () => {
    stored.set(laptop, 600);
    for (let time = 0; time < 100; time++) quota.take(vault, laptop, 1);
    expect(counts).toBe(1);
    stored.set(laptop, 100);
    nowMs += quotaCountEveryMs;
    expect(quota.take(vault, laptop, 500)).toBe(true);
    expect(counts).toBe(2);
  });
});

it("says what a vault has stored as it is stored, and what was deleted minutes later, without counting each time", () => {
  stored.set(laptop, 600);
  expect(quota.usedBy(vault)).toBe(600);
  expect(quota.take(vault, phone, 100)).toBe(true);
  expect(quota.usedBy(vault)).toBe(700);
  stored.set(laptop, 50);
  expect(quota.usedBy(vault)).toBe(700);
  expect(counts).toBe(1);
  nowMs += shareCountEveryMs;
  expect(quota.usedBy(vault)).toBe(50);
  expect(counts).toBe(2);
});

it(
  "tells how full the owner's vault is, of what its owner gave it, once for each change",
  { timeout: 60_000 },
  async () => {
    const told: ShareFacts[] = [];
    const relay = await startTestRelay({ vaultBytesMax: 70_000, onShare: (share) => told.push(share) });
    try {
      const owner = createTestVault();
      const link = await claimHost(relay, owner);
      const author = createTestAuthor(owner, owner.device.id, owner.device.sign);
      await expect.poll(() => told, { timeout: 15_000 }).toEqual([{ bytes: 0, bytesMax: 70_000 }]);
      const [first, second] = [1, 2].map(() => author.next("update", { body: systemRandom(25_000) }));
      link.send({ type: "append", request: 10, envelope: first! });
      expect((await link.next("ack", "nack")).type).toBe("ack");
      await expect.poll(() => told.slice(1), { timeout: 15_000 }).toEqual([{ bytes: first!.length, bytesMax: 70_000 }]);
      // Half of it is all that one device may have.
      link.send({ type: "append", request: 11, envelope: second! });
      expect(await link.next("ack", "nack")).toMatchObject({ type: "nack", code: "full" });
    } finally {
      await relay.dispose();
    }
  },
);

it("answers full over a link, stores nothing of it, and lets the others write", { timeout: 90_000 }, async () => {
  const relay = await startTestRelay({ quota: { vaultBytesMax: 1_000_000, deviceBytesMax: 50_000 } });
  try {
    const owner = createTestVault();
    const link = await claimHost(relay, owner);
    const author = createTestAuthor(owner, owner.device.id, owner.device.sign);
    const answers: string[] = [];
    for (let index = 0; index < 8; index++) {
      const envelope = author.next("update", { body: systemRandom(10_000) });
      link.send({ type: "append", request: 10 + index, envelope });
      const answer = await link.next("ack", "nack");
      answers.push(answer.type === "nack" ? answer.code : answer.type);
      if (answer.type === "nack") break;
    }
    expect(answers).toEqual(["ack", "ack", "ack", "ack", "full"]);
    await relay.restart();
    const again = await connectPeer(relay, owner.device, owner.id);
    // After a restart it knows as much as before.
    again.send({
      type: "append",
      request: 1,
      envelope: createTestAuthor(owner, owner.device.id, owner.device.sign).next("update", {
        body: systemRandom(10_000),
      }),
    });
    expect(await again.next("ack", "nack")).toMatchObject({ type: "nack", code: "full" });
    again.send({ type: "sub", doc: author.doc, cursor: 0 });
    expect((await again.next("entries")).entries).toHaveLength(4);
  } finally {
    await relay.dispose();
  }
});
