/** The façade that a face is built on: everything one owner can decrypt, on this device, online or not. How it is put together: startVault.ts. */
import type { ClaimLink } from "#crypto/claim.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { VaultError } from "./errors.ts";
import { createIdentity } from "./identity.ts";
import { keepIdentity, openIdentity } from "./identityLock.ts";
import { foundingTimeoutMs } from "./limits.ts";
import type { Clock } from "./ports.ts";
import { startVault } from "./startVault.ts";
import type { OpenVaultResult, Vault, VaultPorts } from "./vaultTypes.ts";

// A face knows this file alone: what it says of itself comes with it.
export type { LockedVault, OpenDoc, OpenVaultResult, Question, Vault, VaultPorts } from "./vaultTypes.ts";

/** The vault of this device; works without a host. A claim that was cut off goes on by itself. */
export async function openVault(ports: VaultPorts): Promise<OpenVaultResult> {
  await sodiumReady;
  const opening = await openIdentity(ports.identity, ports.random);
  if (opening.kind === "none") return opening;
  if (opening.kind === "open") {
    const { vault } = await startVault(ports, opening.identity, opening.lock);
    return { kind: "open", vault };
  }
  return {
    ...opening,
    unlock: async (key) => {
      const opened = await openIdentity(ports.identity, ports.random, key);
      if (opened.kind !== "open") throw new VaultError("locked", "identity is gone");
      return (await startVault(ports, opened.identity, opened.lock)).vault;
    },
  };
}

/** Keeps the keys, then claims the host that the link names, and lists it. */
export async function createVault(
  ports: VaultPorts,
  options: { readonly claim: ClaimLink; readonly deviceName: string },
): Promise<Vault> {
  await sodiumReady;
  const { seed, fingerprint } = options.claim;
  if (seed === null) throw new VaultError("claim-missing", "link without a claim");
  const opening = await openIdentity(ports.identity, ports.random);
  if (opening.kind === "locked") throw new VaultError("locked", "this device has a vault, which is locked");
  const held = opening.kind === "open" ? opening.identity : null;
  // A first try that was cut off may already have reached the host: its keys must be the ones that go on.
  const identity =
    held === null
      ? createIdentity({ seed, fingerprint }, options.deviceName, ports.random)
      : held.founding === null
        ? held
        : { ...held, founding: { seed, fingerprint } };
  const lock = opening.kind === "open" ? opening.lock : await keepIdentity(ports.identity, identity, ports.random);
  if (opening.kind === "open" && identity !== held) await lock.write(identity);
  const { vault, membership } = await startVault(ports, identity, lock);
  try {
    await withTimeout(membership.founded, ports.clock, foundingTimeoutMs);
    return vault;
  } catch (cause) {
    await vault.close();
    const isOurs = cause instanceof VaultError && (cause.code === "claim-used" || cause.code === "wrong-host");
    if (isOurs || !membership.mayBeClaimed) await ports.identity.clear();
    throw cause;
  }
}
function withTimeout(work: Promise<void>, clock: Clock, delayMs: number): Promise<void> {
  const timeout = Promise.withResolvers<never>();
  const cancel = clock.after(delayMs, () => timeout.reject(new VaultError("no-host", "no answer in time")));
  return Promise.race([work, timeout.promise]).finally(cancel);
}
