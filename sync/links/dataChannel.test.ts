import { describe, expect, it } from "vitest";
import { channelMessageBytesMax, frameBytesMax } from "../limits.ts";
import { createFakeChannels } from "../testing/fakeChannel.ts";
import { openSeen, runLinkSuite, untilSeen } from "../testing/linkSuite.ts";
import { createDataChannelLink } from "./dataChannel.ts";

runLinkSuite("a data channel", () => {
  const [one, other] = createFakeChannels();
  queueMicrotask(() => {
    one.open();
    other.open();
  });
  return Promise.resolve({
    here: (events) => createDataChannelLink(one, events),
    there: (events) => createDataChannelLink(other, events),
  });
});

describe("a link by a data channel", () => {
  it.each([
    ["text", "hello"],
    ["nothing", new ArrayBuffer(0)],
    ["a piece of no kind", Uint8Array.of(7, 1).buffer],
    ["more than a message may have", new ArrayBuffer(channelMessageBytesMax + 1)],
  ])("closes on %s", async (_what, data) => {
    const [one, other] = createFakeChannels();
    const end = openSeen((events) => createDataChannelLink(one, events));
    one.open();
    other.open();
    one.inject(data);
    await untilSeen(() => end.closed === 1, "closed");
    expect(end.frames).toEqual([]);
  });

  it("closes on pieces of more than any frame, and keeps no more than one", async () => {
    const [one, other] = createFakeChannels();
    const end = openSeen((events) => createDataChannelLink(one, events));
    one.open();
    other.open();
    const piece = new Uint8Array(channelMessageBytesMax).fill(1);
    for (let sent = 0; sent * channelMessageBytesMax <= frameBytesMax + channelMessageBytesMax; sent++)
      one.inject(piece.slice().buffer);
    await untilSeen(() => end.closed === 1, "closed");
    expect(end.frames).toEqual([]);
  });
});
