/** The same link by the browser's own WebRTC: two peer connections of one page. */
import { describe, expect, it } from "vitest";
import { openSeen, runLinkSuite, untilSeen, type LinkPair } from "../testing/linkSuite.ts";
import { createDataChannelLink } from "./dataChannel.ts";

async function createPair(): Promise<LinkPair> {
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const channels = [one, other].map((end) => end.createDataChannel("test", { negotiated: true, id: 0 }));
  one.addEventListener("icecandidate", ({ candidate }) => void other.addIceCandidate(candidate ?? undefined));
  other.addEventListener("icecandidate", ({ candidate }) => void one.addIceCandidate(candidate ?? undefined));
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription as RTCSessionDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription as RTCSessionDescription);
  const [here, there] = channels as [RTCDataChannel, RTCDataChannel];
  return {
    here: (events) => createDataChannelLink(here, events),
    there: (events) => createDataChannelLink(there, events),
  };
}

runLinkSuite("Chromium's data channel", createPair);

describe("a link by Chromium's data channel", () => {
  it("opens also when the channel was open before", async () => {
    const { here, there } = await createPair();
    const other = openSeen(there);
    await untilSeen(() => other.opened === 1, "the other end");
    const end = openSeen(here);
    await untilSeen(() => end.opened === 1, "this end");
    expect(end.opened).toBe(1);
  });
});
