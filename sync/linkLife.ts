/** One life of a link, from opening to its end: the handshake, then frames, with a ping now and then. What comes after is connection.ts. */
import type { DeviceKeys } from "#crypto/device.ts";
import { signAuth, verifyWelcome } from "#crypto/handshake.ts";
import type { VaultId } from "#crypto/ids.ts";
import { protocolVersion, type Frame, type LinkErrorCode, type Standing } from "./frame.ts";
import { startFrameLife, type FrameLife } from "./frameLife.ts";
import type { Clock, OpenLink, Random } from "./ports.ts";

export interface LinkLifeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: OpenLink;
  readonly keys: DeviceKeys;
  /** The vault this device belongs to (also while it is being claimed); `null` for a host's agent. */
  readonly vault: VaultId | null;
  /** Asked in every handshake: a device compares with the roster's host, an agent with what its supervisor said. */
  readonly isTrustedRelay: (relayKey: Uint8Array) => boolean;
}

export interface LiveState {
  readonly phase: "live";
  readonly relayKey: Uint8Array;
  readonly standing: Standing;
  readonly claimable: boolean;
  /** Where the relay's roster stood at the handshake; 0 when it has none. */
  readonly rosterSeq: number;
  readonly rosterHead: Uint8Array;
}

/** The other side answered and will not have us, in a way that passes only if somebody acts. */
export interface Refusal {
  readonly code: LinkErrorCode | "wrong-relay";
  readonly says: string;
}

export interface LinkLifeEvents {
  onLive(live: LiveState): void;
  /** Frames after the handshake. */
  onFrame(frame: Frame): void;
  /** Once, whatever ended it. */
  onEnd(refusal: Refusal | null): void;
}

export interface LinkLife {
  send(frame: Frame): void;
  fence: FrameLife["fence"];
  end(refusal: null): void;
}

/** One life of a link: HELLO, WELCOME, AUTH, OK, then frames, with a ping now and then, until it ends. */
export function startLinkLife(options: LinkLifeOptions, events: LinkLifeEvents): LinkLife {
  const { clock, random, keys, vault } = options;
  const nonce = random(32);
  let relayKey: Uint8Array | null = null;
  let phase: "hello" | "auth" | "live" = "hello";
  let refusal: Refusal | null = null;
  const { send, markLive, fence, end } = startFrameLife({
    clock,
    openLink: options.openLink,
    hello: { type: "hello", version: protocolVersion, vault, publicKey: keys.sign.publicKey, nonce },
    onFrame: receive,
    onEnd: () => events.onEnd(refusal),
  });

  function receive(frame: Frame): void {
    if (frame.type === "error") {
      if (isLasting(frame.code)) refusal = { code: frame.code, says: frame.says };
      return end();
    }
    if (phase === "live") return events.onFrame(frame);
    if (phase === "hello" && frame.type === "welcome") return welcome(frame);
    if (phase === "auth" && frame.type === "ok" && relayKey !== null) {
      phase = "live";
      markLive();
      const { standing, claimable, rosterSeq, rosterHead } = frame;
      return events.onLive({ phase: "live", relayKey, standing, claimable, rosterSeq, rosterHead });
    }
    end();
  }

  function welcome(frame: Extract<Frame, { type: "welcome" }>): void {
    const facts = { deviceNonce: nonce, relayNonce: frame.nonce, deviceKey: keys.sign.publicKey };
    const isSigned = verifyWelcome(facts, frame.signature, frame.relayKey);
    if (frame.version !== protocolVersion) {
      refusal = { code: "version", says: "The host runs another version of Sovereign. Update both, then try again." };
    } else if (!isSigned || !options.isTrustedRelay(frame.relayKey)) {
      refusal = { code: "wrong-relay", says: "The host that answered is not the one this vault belongs to." };
    }
    if (refusal !== null) return end();
    relayKey = frame.relayKey.slice();
    phase = "auth";
    const signature = signAuth({ relayKey, deviceNonce: nonce, relayNonce: frame.nonce, vault }, keys.sign);
    send({ type: "auth", signature });
  }

  return { send, fence, end };
}

/** Worth telling the owner; the rest passes by itself. */
function isLasting(code: LinkErrorCode): boolean {
  return ["version", "not-a-member", "removed", "duplicate"].includes(code);
}
