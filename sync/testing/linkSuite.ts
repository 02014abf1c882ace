/** What every kind of link does (sync/ports.ts), tried on each: `createPair` joins two ends of one kind. */
import { describe, expect, it } from "vitest";
import { frameBytesMax } from "../limits.ts";
import type { Link, LinkEvents } from "../ports.ts";

export type OpenEnd = (events: LinkEvents) => Link;

export interface LinkPair {
  readonly here: OpenEnd;
  readonly there: OpenEnd;
}

export interface SeenEnd {
  readonly link: Link;
  readonly frames: Uint8Array[];
  opened: number;
  closed: number;
}

export function openSeen(open: OpenEnd): SeenEnd {
  const seen = { frames: [] as Uint8Array[], opened: 0, closed: 0 };
  const link = open({
    onOpen: () => (seen.opened += 1),
    onFrame: (frame) => seen.frames.push(frame.slice()),
    onClose: () => (seen.closed += 1),
  });
  return Object.assign(seen, { link });
}

export async function untilSeen(look: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (look()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Not within a while: ${what}`);
}

export function runLinkSuite(name: string, createPair: () => Promise<LinkPair>): void {
  async function openBoth(): Promise<readonly [SeenEnd, SeenEnd]> {
    const pair = await createPair();
    const [here, there] = [openSeen(pair.here), openSeen(pair.there)];
    await untilSeen(() => here.opened === 1 && there.opened === 1, "both ends open");
    return [here, there];
  }

  describe(`a link by ${name}`, () => {
    it("LI1 carries whole frames both ways, in order, of any size that a frame may have", async () => {
      const [here, there] = await openBoth();
      const sizes = [0, 1, 16_382, 16_383, 16_384, 32_766, 100_000, 1];
      for (const [at, size] of sizes.entries()) {
        here.link.send(new Uint8Array(size).fill(at));
        there.link.send(new Uint8Array(size).fill(at + 100));
      }
      await untilSeen(() => here.frames.length === sizes.length && there.frames.length === sizes.length, "all came");
      expect(there.frames.map(({ length }) => length)).toEqual(sizes);
      expect(there.frames.every((frame, at) => frame.every((byte) => byte === at))).toBe(true);
      expect(here.frames.every((frame, at) => frame.every((byte) => byte === at + 100))).toBe(true);
    });

    it("LI2 carries the largest frame", async () => {
      const [here, there] = await openBoth();
      const largest = Uint8Array.from({ length: frameBytesMax }, (_, at) => at % 251);
      here.link.send(largest);
      await untilSeen(() => there.frames.length === 1, "it came");
      expect(there.frames[0]).toEqual(largest);
    });

    it("LI3 a frame that its sender changes afterwards arrives as it was", async () => {
      const [here, there] = await openBoth();
      const frame = new Uint8Array(40_000).fill(1);
      here.link.send(frame);
      frame.fill(2);
      await untilSeen(() => there.frames.length === 1, "it came");
      expect(there.frames[0]?.every((byte) => byte === 1)).toBe(true);
    });

    it("LI4 closed at one end it says so once at both, and nothing is sent any more", async () => {
      const [here, there] = await openBoth();
      here.link.close();
      here.link.send(new Uint8Array(3));
      await untilSeen(() => here.closed === 1 && there.closed === 1, "both closed");
      there.link.send(new Uint8Array(3));
      here.link.close();
      there.link.close();
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect([here.closed, there.closed, here.frames.length, there.frames.length]).toEqual([1, 1, 0, 0]);
    });

    it("LI5 counts what has not left yet, down to nothing", async () => {
      const [here, there] = await openBoth();
      for (let sent = 0; sent < 20; sent++) here.link.send(new Uint8Array(200_000));
      await untilSeen(() => there.frames.length === 20, "all came");
      await untilSeen(() => here.link.waitingBytes === 0, "nothing waits");
      expect(here.link.waitingBytes).toBe(0);
    });
  });
}
