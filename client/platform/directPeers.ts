/**
 * WebRTC's peer connection for direct links (#sync/direct): the browser's own, with no library, since those come with other people's servers.
 * The only one ever asked is the host's STUN responder, on its tailnet address; it says where this device is seen in the tailnet.
 */
import type { OpenPeer, PeerEnd } from "#sync/direct/peerPort.ts";
import { readAddresses } from "./addresses.ts";

/** Where browsers and the host expect STUN. */
const stunPort = 3_478;
/** The responder is a tunnel away; a browser that still gathers after this has an interface that leads nowhere. */
const gatherMsMax = 2_000;

/** `null`: this browser has no WebRTC, or the host no tailnet. */
export async function openDirectPeers(): Promise<OpenPeer | null> {
  if (typeof RTCPeerConnection === "undefined") return null;
  const { stun } = await readAddresses();
  if (stun.length === 0) return null;
  const urls = stun.map((address) => `stun:${address.includes(":") ? `[${address}]` : address}:${stunPort}`);
  return (onEnd) => Promise.resolve(openPeer(urls, onEnd));
}

function openPeer(urls: readonly string[], onEnd: () => void): PeerEnd {
  const connection = new RTCPeerConnection({ iceServers: [{ urls: [...urls] }] });
  // Both ends make it, so there is nothing to wait for.
  const channel = connection.createDataChannel("sovereign", { negotiated: true, id: 0 });
  connection.addEventListener("connectionstatechange", () => {
    if (connection.connectionState === "failed" || connection.connectionState === "closed") onEnd();
  });

  async function describe(): Promise<string> {
    await connection.setLocalDescription();
    if (connection.iceGatheringState !== "complete") {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, gatherMsMax);
        connection.addEventListener("icegatheringstatechange", () => {
          if (connection.iceGatheringState === "complete") resolve();
        });
      });
    }
    return connection.localDescription?.sdp ?? "";
  }

  return {
    channel,
    offer: describe,
    answer: async (offer) => {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      return describe();
    },
    accept: (answer) => connection.setRemoteDescription({ type: "answer", sdp: answer }),
    fingerprints: () => {
      const own = fingerprintOf(connection.localDescription?.sdp);
      const other = fingerprintOf(connection.remoteDescription?.sdp);
      return own === null || other === null ? null : { own, other };
    },
    close: () => connection.close(),
  };
}

/** The one of the description; `null` when there is none, or two that differ. */
export function fingerprintOf(sdp: string | undefined): Uint8Array | null {
  const found = new Set(
    [...(sdp ?? "").matchAll(/^a=fingerprint:sha-256 ([0-9A-F:]{95})\s*$/gim)].map(([, hex]) => hex),
  );
  const [hex] = found;
  if (hex === undefined || found.size !== 1) return null;
  return Uint8Array.from(hex.split(":"), (byte) => Number.parseInt(byte, 16));
}
