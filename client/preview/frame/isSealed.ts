/**
 * Whether this browser obeys `Connection-Allowlist: ()`, which no script can ask. A peer connection that may use only relays, and has none,
 * sends nothing and gathers nothing; where the header holds it is told at once that it failed, and elsewhere it stays as it began.
 * (Measured in Chromium 156: "failed" after 4 ms with the header, "new" without it.)
 */
export async function isSealed(): Promise<boolean> {
  // Only Chromium knows the header; elsewhere a failure would mean something else.
  if (!("userAgentData" in navigator) || typeof RTCPeerConnection === "undefined") return false;
  const peer = new RTCPeerConnection({ iceTransportPolicy: "relay" });
  try {
    const failed = new Promise<boolean>((done) => {
      peer.addEventListener("iceconnectionstatechange", () => done(peer.iceConnectionState === "failed"));
      setTimeout(() => done(false), waitMs);
    });
    peer.createDataChannel("");
    await peer.setLocalDescription(await peer.createOffer());
    return await failed;
  } catch {
    // reason: a browser that refuses has not said that it seals.
    return false;
  } finally {
    peer.close();
  }
}

/** A hundred times what it takes where the header holds; who waits this long is shown the page without its scripts. */
const waitMs = 500;
