/** A device for tests: the real vault on real timers, whose life can end between any two instructions. */
import { bytesToHex } from "#crypto/bytes.ts";
import { createClaim, hostFingerprint } from "#crypto/claim.ts";
import type { ClaimLink } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { createAddDevice, openRosterVaultKeys, signJoin } from "#crypto/rosterEntries.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { readIdentity, writeIdentity } from "../identityLock.ts";
import type { Clock, IdentityRecord, IdentityStore, Link, OpenLink } from "../ports.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "../vault.ts";
import type { MemoryRelay } from "./memoryRelay.ts";

export interface TestDevice {
  readonly identity: IdentityStore;
  /** Claims the host as a new vault. */
  create(claim: ClaimLink): Promise<Vault>;
  open(): Promise<Vault>;
  /** The page is killed: no timer fires any more, no frame comes or goes. What is on the disk stays. */
  kill(): void;
}

export function createMemoryIdentityStore(): IdentityStore {
  let record: IdentityRecord | null = null;
  return {
    read: () => Promise.resolve(record),
    write: (next) => {
      record = next;
      return Promise.resolve();
    },
    clear: () => {
      record = null;
      return Promise.resolve();
    },
  };
}

export function createTestDevice(
  relay: MemoryRelay,
  identity: IdentityStore = createMemoryIdentityStore(),
  some: Pick<VaultPorts, "snapshotPace" | "direct" | "journals" | "fileRows" | "cacheRows"> = {},
): TestDevice {
  let life = createLife(relay.openLink);
  const ports = (): VaultPorts => ({
    ...some,
    clock: life.clock,
    random: systemRandom,
    openLink: life.openLink,
    identity,
  });
  return {
    identity,
    create: (claim) => createVault(ports(), { claim, deviceName: "Laptop" }),
    open: async () => {
      const result = await openVault(ports());
      if (result.kind !== "open") throw new Error("no vault on this device, or a locked one");
      return result.vault;
    },
    kill: () => {
      life.end();
      life = createLife(relay.openLink);
    },
  };
}

interface Life {
  readonly clock: Clock;
  readonly openLink: OpenLink;
  end(): void;
}

function createLife(openLink: OpenLink): Life {
  const timers = new Set<NodeJS.Timeout>();
  const links = new Set<Link>();
  let isOver = false;
  return {
    clock: {
      now: () => Date.now(),
      after: (delayMs, callback) => {
        if (isOver) return () => {};
        const timer = setTimeout(() => {
          timers.delete(timer);
          callback();
        }, delayMs);
        timers.add(timer);
        return () => {
          clearTimeout(timer);
          timers.delete(timer);
        };
      },
    },
    openLink: (events) => {
      const link = openLink({
        onOpen: () => {
          if (!isOver) events.onOpen();
        },
        onFrame: (frame) => {
          if (!isOver) events.onFrame(frame);
        },
        onClose: () => {
          if (!isOver) events.onClose();
        },
      });
      links.add(link);
      return link;
    },
    end: () => {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      for (const link of links) link.close();
    },
  };
}

/** A claim link for the host that `host` and `relay` make. */
export function createTestClaim(host: DeviceKeys, relay: MemoryRelay): ClaimLink {
  const fingerprint = hostFingerprint(host.sign.publicKey, host.box.publicKey, relay.relayKey);
  return { seed: createClaim(systemRandom).seed, fingerprint };
}

/** A second device of the first one's vault, as pairing leaves it behind: its keys in the roster, the roster in its store. */
export async function addTestDevice(
  relay: MemoryRelay,
  first: TestDevice,
  some: Pick<VaultPorts, "snapshotPace" | "direct" | "journals" | "fileRows" | "cacheRows"> = {},
): Promise<TestDevice> {
  const held = await readIdentity(first.identity, systemRandom);
  if (held === null) throw new Error("the first device has no vault");
  const entries = [...relay.rosterEntries()];
  const roster = readRoster(entries);
  const vaultKey = openRosterVaultKeys(entries, held.keys).get(roster.generation);
  if (vaultKey === undefined) throw new Error("no vault key");
  const keys = createDeviceKeys(systemRandom);
  const entry = createAddDevice({
    roster,
    by: held.keys,
    device: { signKey: keys.sign.publicKey, boxKey: keys.box.publicKey },
    joinSignature: signJoin(keys, roster.vault),
    name: "Phone",
    vaultKey,
    random: systemRandom,
  });
  relay.addRosterEntry(entry);
  const identity = createMemoryIdentityStore();
  const localKey = createLocalKey(systemRandom);
  await writeIdentity(identity, { keys, localKey, entries: [...entries, entry], founding: null }, systemRandom);
  return createTestDevice(relay, identity, some);
}

/** Polls, since what is waited for happens in microtasks, timers and IndexedDB alike. */
export async function until(condition: () => boolean, says: string, timeoutMs = 20_000): Promise<void> {
  const startedAt = Date.now();
  while (!condition()) {
    if (Date.now() - startedAt > timeoutMs) throw new Error(`in vain: ${says}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** The ways in which a text could lie somewhere in the clear. */
export function encodingsOf(text: string): readonly Buffer[] {
  const utf8 = Buffer.from(text, "utf8");
  return [
    utf8,
    Buffer.from(text, "utf16le"),
    Buffer.from(utf8.toString("base64").replace(/=+$/, "").slice(0, -1)),
    Buffer.from(bytesToHex(utf8)),
  ];
}
