/**
 * Where the page meets the vault: the real clock, randomness, socket and storage are made here, and only here. This file and all
 * it imports (the ciphers above all) are loaded after the first paint.
 */
import { parseClaimLink } from "#crypto/claim.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { Invitation } from "#crypto/pairing.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { VaultError } from "#sync/errors.ts";
import { openIdentityStore } from "#sync/identityStore.ts";
import type { Joining } from "#sync/joining.ts";
import { openLifeboat } from "#sync/lifeboat.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { RestoreOptions, Restoring } from "#sync/restoring.ts";
import { createVault, openVault, type OpenVaultResult, type Vault, type VaultPorts } from "#sync/vault.ts";
import { browserClock } from "../platform/clock.ts";
import { sayVaultError } from "./sayVault.ts";
import { thisDeviceKind } from "../platform/deviceName.ts";
import { pause } from "../platform/pause.ts";

export interface Engine {
  open(): Promise<OpenVaultResult>;
  create(fragment: string, deviceName: string): Promise<Vault>;
  join(invitation: Invitation, deviceName: string): Promise<Joining>;
  restore(options: RestoreOptions): Promise<Restoring>;
}

export async function startEngine(): Promise<Engine> {
  // One reads from the disk while the other is compiled.
  const [lifeboat] = await Promise.all([openLifeboat(), sodiumReady]);
  const ports: VaultPorts = {
    clock: browserClock,
    random: systemRandom,
    openLink: createWebSocketLink(linkUrl()),
    identity: openIdentityStore(),
    lifeboat,
    kind: thisDeviceKind(),
    direct: async () => (await import("../platform/directPeers.ts")).openDirectPeers(),
    pause,
    lookUp: async (...asked) => (await import("../tools/lookUp.ts")).lookUp(...asked),
    fileRows: async () => (await import("#sync/indexedDbRows.ts")).createIndexedDbRows("sovereign-files"),
    cacheRows: once(async () => (await import("#sync/indexedDbRows.ts")).createIndexedDbRows("sovereign-cache")),
  };
  return {
    open: () => openVault(ports),
    create: async (fragment, deviceName) => {
      const claim = parseClaimLink(fragment);
      if (claim === null || claim.seed === null) throw new VaultError("claim-missing", "the link carries no claim");
      return createVault(ports, { claim, deviceName });
    },
    // Each is for one day in a device's life, and fetched on it.
    join: async (invitation, deviceName) =>
      (await import("#sync/joining.ts")).joinVault(ports, { invitation, deviceName }),
    restore: async (options) => (await import("#sync/restoring.ts")).beginRestoring(ports, options),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

/** What to tell the owner; `null` when it is not one of the failures we know. */
export function ownerSentenceOf(error: unknown): string | null {
  return error instanceof VaultError || error instanceof CryptoError ? sayVaultError(error) : null;
}

function linkUrl(): string {
  const url = new URL("/link", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
