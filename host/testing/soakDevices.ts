/** Real devices for the soak: vaults paired with each other over a real relay, on links that can stop reading and break. */
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import type { parseClaimLink } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { joinVault } from "#sync/joining.ts";
import { parsePairingLink } from "#sync/pairingLink.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { linkOver } from "../agent/relayLink.ts";

export interface SoakDevice {
  readonly name: string;
  readonly vault: Vault;
  /** Leaves what comes unread for this long. */
  stopReading(forMs: number): Promise<void>;
  cutLink(): void;
}

interface SoakLink {
  readonly openLink: OpenLink;
  readonly socket: () => WebSocket | null;
}

export async function createFirstDevice(
  port: number,
  claim: NonNullable<ReturnType<typeof parseClaimLink>>,
): Promise<SoakDevice> {
  const link = createSoakLink(port);
  const vault = await createVault(portsFor(link), { claim, deviceName: "Device 1" });
  await until(() => vault.status().host?.live === true, "the host is live", 30_000);
  return toDevice("Device 1", vault, link);
}

export async function pairDevice(first: Pick<SoakDevice, "vault">, port: number, name: string): Promise<SoakDevice> {
  const link = createSoakLink(port);
  const offer = await first.vault.pair(`http://localhost:${port}`);
  const parsed = parsePairingLink(offer.link);
  if (parsed === null) throw new TypeError("The code to pair with is none.");
  const joining = await joinVault(portsFor(link), { invitation: parsed.invitation, deviceName: name });
  const comparing = (): boolean => [offer, joining].every((side) => side.state().phase === "comparing");
  await until(comparing, "both show digits", 30_000);
  offer.confirm();
  joining.confirm();
  const vault = await joining.joined;
  if (vault === null) throw new Error(`${name} was not let in: ${JSON.stringify(joining.state())}`);
  return toDevice(name, vault, link);
}

function portsFor({ openLink }: SoakLink): VaultPorts {
  return { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
}

function toDevice(name: string, vault: Vault, { socket }: SoakLink): SoakDevice {
  return {
    name,
    vault,
    stopReading: async (forMs) => {
      const stopped = socket();
      stopped?.pause();
      await pause(forMs);
      if (stopped?.readyState === WebSocket.OPEN) stopped.resume();
    },
    cutLink: () => socket()?.terminate(),
  };
}

/** The platform's own WebSocket cannot stop reading. */
function createSoakLink(port: number): SoakLink {
  let current: WebSocket | null = null;
  return {
    socket: () => current,
    openLink: (events) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/link`);
      current = socket;
      return linkOver(socket, events);
    },
  };
}
