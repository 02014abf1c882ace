import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { createAsking } from "./asking.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { askEveryMs, asksMax } from "./limits.ts";
import type { OpenLink } from "./ports.ts";
import { createManualClock } from "./testing/manualClock.ts";
import { addTestDevice, createTestDevice, until } from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";

describe("asking for a log again", () => {
  it("RB4 goes at once a few times, then by turns, and none is forgotten", async () => {
    const clock = createManualClock();
    let [asked, tooOften] = [0, 0];
    const asking = createAsking({ clock, repeat: () => (asked += 1), onTooOften: () => (tooOften += 1) });
    for (let time = 0; time < 10 * asksMax; time++) asking.ask();
    expect([asked, tooOften]).toEqual([asksMax, 1]);
    await clock.advance(askEveryMs);
    expect(asked).toBe(asksMax + 1);
    // Left alone for a while, it may go at once again.
    await clock.advance(askEveryMs * 2 * asksMax);
    expect(asked).toBe(asksMax + 1);
    for (let time = 0; time < asksMax; time++) asking.ask();
    expect([asked, tooOften]).toEqual([2 * asksMax + 1, 1]);
  });

  it("RB4 a closed doc asks for nothing any more", async () => {
    const clock = createManualClock();
    let asked = 0;
    const asking = createAsking({ clock, repeat: () => (asked += 1), onTooOften: () => {} });
    for (let time = 0; time <= asksMax; time++) asking.ask();
    expect(asking.isWaiting).toBe(true);
    asking.close();
    await clock.advance(askEveryMs * 2 * asksMax);
    expect(asked).toBe(asksMax);
  });

  it("RB4 a relay that lies about places in each page is not asked for ever, and its owner is told until it stops", async () => {
    const world = await createTestWorld();
    const doc = await world.vault.createChat();
    const chat = await world.vault.openChat(doc);
    chat.value.setDraft("what the relay has");
    await untilSettled(world.vault);
    let isLying = true;
    let asked = 0;
    /** Each page ends far behind the head that the next one names. */
    const openLink: OpenLink = (events) => {
      const link = world.relay.openLink({
        ...events,
        onFrame: (frame) => {
          const decoded = decodeFrame(frame);
          if (!isLying || decoded.type !== "entries" || decoded.doc !== doc) return events.onFrame(frame);
          const entries = decoded.entries.map(({ seq, envelope }) => ({ seq: seq + 1_000_000, envelope }));
          events.onFrame(encodeFrame({ ...decoded, entries, head: 2_000_000, more: true }));
          events.onFrame(encodeFrame({ ...decoded, entries: [] }));
        },
      });
      return {
        ...link,
        send: (frame) => {
          const decoded = decodeFrame(frame);
          if (decoded.type === "sub" && decoded.doc === doc) asked += 1;
          link.send(frame);
        },
      };
    };
    const { identity } = await addTestDevice(world.relay, world.device);
    const second = await createTestDevice({ ...world.relay, openLink }, identity).open();
    const open = await second.openChat(doc);
    await until(() => second.docStatus(doc).alarm?.code === "WITHHOLD", "WITHHOLD");
    expect(asked).toBeLessThanOrEqual(asksMax + 3);
    isLying = false;
    await untilLive(second, doc);
    await until(() => second.docStatus(doc).alarm === null, "all is read");
    expect(open.value.draft.toString()).toBe("what the relay has");
    await second.close();
    await world.vault.close();
  });
});
