/**
 * One life of a direct link: both devices say who they are, prove it over this very channel, and then frames go both ways, until it ends.
 *
 *   HELLO{version, vault, key, nonce} ⇄ HELLO     AUTH{signature over both ends} ⇄ AUTH     then HAVE, ENTRIES, EPHEMERAL, LEAVE, PING
 *
 * Nobody is believed before: not the relay that passed the descriptions on, not the channel.
 */
import type { DeviceKeys } from "#crypto/device.ts";
import { authorIdOf } from "#crypto/device.ts";
import { signDirect, verifyDirect, type DirectEnd } from "#crypto/directLink.ts";
import type { AuthorId, VaultId } from "#crypto/ids.ts";
import { protocolVersion, type Frame } from "../frame.ts";
import { startFrameLife } from "../frameLife.ts";
import { createDataChannelLink } from "../links/dataChannel.ts";
import type { Clock, Random } from "../ports.ts";
import type { PeerEnd } from "./peerPort.ts";

export interface DirectLifeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: DeviceKeys;
  readonly vault: VaultId;
  readonly end: PeerEnd;
  /** Whom the signals came from. */
  readonly other: AuthorId;
  /** A device of the roster, and not removed. */
  readonly isMember: (id: AuthorId) => boolean;
  readonly onLive: () => void;
  readonly onFrame: (frame: Frame) => void;
  /** Once, whatever ended it. */
  readonly onEnd: () => void;
}

export interface DirectLife {
  send(frame: Frame): void;
  end(): void;
}

export function startDirectLife(options: DirectLifeOptions): DirectLife {
  const { clock, keys, vault, other } = options;
  const nonce = options.random(32);
  let them: DirectEnd | null = null;
  let us: DirectEnd | null = null;
  let phase: "hello" | "auth" | "live" = "hello";
  const { send, markLive, end } = startFrameLife({
    clock,
    openLink: (events) => createDataChannelLink(options.end.channel, events),
    hello: { type: "hello", version: protocolVersion, vault, publicKey: keys.sign.publicKey, nonce },
    onFrame: receive,
    onEnd: () => {
      options.end.close();
      options.onEnd();
    },
  });

  function receive(frame: Frame): void {
    if (phase === "hello" && frame.type === "hello") return greet(frame);
    if (phase === "auth" && frame.type === "auth") return prove(frame.signature);
    if (phase !== "live") return end();
    if (frame.type === "ping") return send({ type: "pong" });
    if (frame.type !== "pong") options.onFrame(frame);
  }

  function greet(frame: Extract<Frame, { type: "hello" }>): void {
    const fingerprints = options.end.fingerprints();
    const isExpected = frame.version === protocolVersion && frame.vault === vault;
    // A device never meets itself: what comes back with its own key is an echo.
    if (!isExpected || fingerprints === null || authorIdOf(frame.publicKey) !== other || !options.isMember(other))
      return end();
    them = { nonce: frame.nonce.slice(), key: frame.publicKey.slice(), fingerprint: fingerprints.other };
    us = { nonce, key: keys.sign.publicKey, fingerprint: fingerprints.own };
    phase = "auth";
    send({ type: "auth", signature: signDirect(vault, us, them, keys.sign) });
  }

  function prove(signature: Uint8Array): void {
    if (them === null || us === null || !verifyDirect(vault, them, us, signature) || !options.isMember(other))
      return end();
    phase = "live";
    markLive();
    options.onLive();
  }

  return { send, end };
}
