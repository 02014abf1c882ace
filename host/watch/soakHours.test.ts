/** SK: eight hours of what runs for months. */
import { expect, it } from "vitest";
import { heapSlopeKb, soakHours } from "../testing/soakHours.ts";

it(
  "SK1 eight hours after eight of warming up, with a fault every few minutes: heap, files and timers are at the end what they were, and all is well again",
  { timeout: 120_000 },
  async () => {
    const { hours, counts, isWell } = await soakHours(16, 1);
    expect(hours).toHaveLength(16);
    expect(isWell).toBe(true);
    // It did something.
    expect(counts.answered).toBeGreaterThan(1_000);
    expect(counts.faults).toBeGreaterThan(50);
    expect(counts.backups).toBeGreaterThan(5);
    // The other tests of this process hold nothing that grows meanwhile; a line kept for each answer of 200 bytes would be 45 kB an hour.
    expect(heapSlopeKb(hours)).toBeLessThan(24);
    const [first, last] = [hours[8], hours.at(-1)];
    expect(last?.handles).toBe(first?.handles);
    expect(Math.max(...hours.map(({ timers }) => timers))).toBeLessThan(100);
  },
);
