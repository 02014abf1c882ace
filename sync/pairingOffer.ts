/** A device of the vault shows a code: the invitation made from the roster as it stands, and the pairing behind it. One at a time. */
import { hostFingerprint } from "#crypto/claim.ts";
import { createInvitation, type Invitation, type JoinRequest } from "#crypto/pairing.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { VaultError } from "./errors.ts";
import { mailboxLifeMs } from "./limits.ts";
import type { Membership } from "./membership.ts";
import { startInviting, type Pairing } from "./pairing.ts";
import { pairingLink } from "./pairingLink.ts";
import { createPairingPost } from "./pairingPost.ts";
import type { Clock, Random } from "./ports.ts";

/** A code on show, by which one new device comes in. */
export interface PairingOffer extends Pairing {
  /** For a QR code, and to be copied. It is a secret until it has been used. */
  readonly link: string;
  /** It is good until then, for somebody to read it. */
  readonly expiresAt: number;
}

export interface PairingOffers {
  /** Ends the one on show. Throws `VaultError("no-host")`. */
  show(origin: string): PairingOffer;
  close(): void;
}

export interface PairingOffersOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly membership: Membership;
  /** This device's. */
  readonly deviceName: () => string;
  readonly admit: (request: JoinRequest) => Promise<void>;
}

export function createPairingOffers(options: PairingOffersOptions): PairingOffers {
  const { clock, random, membership } = options;
  let shown: Pairing | null = null;
  return {
    show: (origin) => {
      shown?.cancel();
      const invitation = invite(membership, random);
      const pairing = startInviting({
        clock,
        random,
        post: createPairingPost(membership.connection, clock),
        invitation,
        deviceName: options.deviceName(),
        admit: options.admit,
        onOver: () => {},
      });
      shown = pairing;
      return { ...pairing, link: pairingLink(origin, invitation), expiresAt: clock.now() + mailboxLifeMs };
    },
    close: () => shown?.cancel(),
  };
}

function invite(membership: Membership, random: Random): Invitation {
  const roster = membership.roster();
  const host = [...roster.members.values()].find(({ id, role }) => role === "host" && isActiveMember(roster, id));
  const relayKey = host?.relayKey ?? null;
  if (membership.status().link !== "live" || host === undefined || relayKey === null)
    throw new VaultError("no-host", "a code needs the host");
  const fingerprint = hostFingerprint(host.signKey, host.boxKey, relayKey);
  return createInvitation({ vault: roster.vault, rosterHead: roster.head, fingerprint }, random);
}
