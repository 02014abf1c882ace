/**
 * The relay's side of a handshake, as pure steps: HELLO → WELCOME → AUTH → standing. Whoever finishes it holds the key
 * that HELLO named; what that key may do here is the roster's to say. A refusal says as little as its peer needs to act
 * on.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { verifyAuth } from "#crypto/handshake.ts";
import type { AuthorId, VaultId } from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { protocolVersion, type Frame, type LinkErrorCode, type Standing } from "#sync/frame.ts";
import type { VaultRoster } from "./rosterStore.ts";

export type HandshakeState =
  | { readonly phase: "hello" }
  | {
      readonly phase: "auth";
      readonly vault: VaultId | null;
      readonly publicKey: Uint8Array;
      readonly deviceNonce: Uint8Array;
      readonly relayNonce: Uint8Array;
    };

export type HandshakeStep =
  | { readonly kind: "continue"; readonly state: HandshakeState; readonly reply: Frame }
  | { readonly kind: "open"; readonly vault: VaultId | null; readonly publicKey: Uint8Array }
  | { readonly kind: "refuse"; readonly code: LinkErrorCode; readonly says: string; readonly isFailedAuth: boolean };

export interface HandshakePorts {
  readonly relayKey: Uint8Array;
  readonly makeNonce: () => Uint8Array;
  readonly signWelcome: (deviceNonce: Uint8Array, relayNonce: Uint8Array, deviceKey: Uint8Array) => Uint8Array;
  /** Whether this key has failed too often lately. */
  readonly isPaused: (publicKey: Uint8Array) => boolean;
}

export function stepHandshake(state: HandshakeState, frame: Frame, ports: HandshakePorts): HandshakeStep {
  if (state.phase === "hello" && frame.type === "hello") {
    if (frame.version !== protocolVersion)
      return refuse("version", "This host speaks another version of Sovereign. Update both, then try again.");
    if (ports.isPaused(frame.publicKey))
      return refuse("too-fast", "This key failed too often. Try again in five minutes.");
    const relayNonce = ports.makeNonce();
    const [publicKey, deviceNonce] = [Uint8Array.from(frame.publicKey), Uint8Array.from(frame.nonce)];
    const signature = ports.signWelcome(deviceNonce, relayNonce, publicKey);
    return {
      kind: "continue",
      state: { phase: "auth", vault: frame.vault, publicKey, deviceNonce, relayNonce },
      reply: { type: "welcome", version: protocolVersion, relayKey: ports.relayKey, nonce: relayNonce, signature },
    };
  }
  if (state.phase === "auth" && frame.type === "auth") {
    const { vault, publicKey, deviceNonce, relayNonce } = state;
    const isSigned = verifyAuth(
      { relayKey: ports.relayKey, deviceNonce, relayNonce, vault },
      frame.signature,
      publicKey,
    );
    if (!isSigned) return { ...refuse("not-a-member", "The signature is not this key's."), isFailedAuth: true };
    return { kind: "open", vault, publicKey };
  }
  return refuse("malformed", "That is not the next step of a handshake.");
}

export type StandingVerdict =
  | { readonly kind: "standing"; readonly standing: Standing; readonly claimable: boolean }
  | { readonly kind: "refuse"; readonly code: LinkErrorCode; readonly says: string };

export interface StandingFacts {
  /** Of the place that it means (relay.ts); `null` when there is none, or no vault in it. */
  readonly vault: VaultRoster | null;
  /** That place still takes a vault. */
  readonly isClaimable: boolean;
  /** No vault is here at all. */
  readonly isEmpty: boolean;
  readonly hostSignKey: Uint8Array;
  readonly wantedVault: VaultId | null;
  readonly publicKey: Uint8Array;
  readonly author: AuthorId;
}

/**
 * How a key stands to the place at this host that it means. A vault that is not here yet is welcome while the place is open: it may be the one
 * that comes to it.
 */
export function judgeStanding({
  vault,
  isClaimable,
  isEmpty,
  hostSignKey,
  wantedVault,
  publicKey,
  author,
}: StandingFacts): StandingVerdict {
  // A vault may have more hosts than the one whose relay this is: their agents answer here, too.
  const isActive = vault !== null && isActiveMember(vault.roster, author);
  const role = isActive ? vault.roster.members.get(author)?.role : undefined;
  if (isEqualBytes(publicKey, hostSignKey) || role === "host")
    return { kind: "standing", standing: "host", claimable: false };
  if (vault === null && (isClaimable || isEmpty))
    return { kind: "standing", standing: "stranger", claimable: isClaimable };
  // Who has nothing but the 24 words does not know the vault's name; the key that they make is listed in its roster.
  if (wantedVault === null)
    return { kind: "standing", standing: role === "recovery" ? "device" : "stranger", claimable: false };
  // Another vault's, a place's that is taken, and nobody's at all are told the same.
  if (vault === null) return refuseStanding("not-a-member", "This host belongs to another vault.");
  const member = vault.roster.members.get(author);
  if (member === undefined) return refuseStanding("not-a-member", "This host belongs to another vault.");
  if (!isActiveMember(vault.roster, author))
    return refuseStanding("removed", "This device was removed from the vault.");
  return { kind: "standing", standing: "device", claimable: false };
}

function refuse(code: LinkErrorCode, says: string): HandshakeStep & { kind: "refuse" } {
  return { kind: "refuse", code, says, isFailedAuth: false };
}

function refuseStanding(code: LinkErrorCode, says: string): StandingVerdict {
  return { kind: "refuse", code, says };
}
