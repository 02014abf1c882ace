/**
 * This terminal as a device of its own: its folder (HOME/cli, mode 0700), one command at a time, and the vault opened over it.
 *
 *   lock               held while a command runs         host.json        where the host is; no secret
 *   lock.key, identity.sealed   (fileIdentity.ts)        journals.sqlite  sealed envelopes (sqliteJournals.ts)
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bytesToUtf8, utf8ToBytes } from "#crypto/bytes.ts";
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { systemClock } from "#sync/systemClock.ts";
import { openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { askHost } from "../control.ts";
import { HostError } from "../errors.ts";
import { lockHome, prepareFolder, readFileIfThere, writeFileWhole, type HomeLock } from "../home.ts";
import { CliError, EXIT } from "./exit.ts";
import { hasIdentity, openFileIdentity } from "./fileIdentity.ts";
import { catchUpMs, hostWaitMs, lockWaitMs, settleMs } from "./limits.ts";
import { openSqliteJournals } from "./sqliteJournals.ts";
import type { Terminal } from "./terminal.ts";

/** The folder, held by this command alone: two writers of one device would be two histories of it. */
export interface DeviceFolder {
  readonly hasVault: boolean;
  /** `null`: it has joined no host yet. */
  readonly origin: string | null;
  portsFor(origin: string): VaultPorts;
  /** After the vault was made or joined there. */
  keepOrigin(origin: string): void;
  close(): void;
}

export interface Device {
  readonly vault: Vault;
  readonly origin: string;
  readonly isLive: boolean;
  /** Hands over what is still due, and lets go of everything. */
  close(): Promise<void>;
}

/**
 * A terminal trusts the host by its key, which it checks at each handshake, and all it sends is sealed: so it needs no authority of a
 * browser's, and comes by the link that the host keeps open in plain HTTP for who proves itself so (door/whose.ts).
 */
export function linkUrlOf(origin: string): string {
  const { host, hostname, protocol, port } = new URL(origin);
  if (protocol !== "https:") return `ws://${host}/link`;
  return `ws://${hostname}:${port === "" ? "443" : port}/link`;
}

export function cliFolder(home: string): string {
  return join(home, "cli");
}

export async function openFolder(home: string, terminal: Terminal): Promise<DeviceFolder> {
  const folder = cliFolder(home);
  prepareFolder(folder);
  const lock = await takeLock(folder, terminal);
  const journals = openSqliteJournals(join(folder, "journals.sqlite"));
  return {
    hasVault: hasIdentity(folder),
    origin: readOrigin(join(folder, "host.json")),
    portsFor: (origin) => ({
      clock: systemClock,
      random: systemRandom,
      openLink: createWebSocketLink(linkUrlOf(origin)),
      identity: openFileIdentity(folder, systemRandom),
      journals,
      kind: "terminal",
    }),
    keepOrigin: (origin) => writeFileWhole(join(folder, "host.json"), utf8ToBytes(`${JSON.stringify({ origin })}\n`)),
    close: () => {
      journals.close();
      lock.release();
    },
  };
}

/** The vault of this terminal, as far as its host can be reached now. Throws `CliError` where it has none. */
export async function openDevice(home: string, terminal: Terminal): Promise<Device> {
  if (!hasIdentity(cliFolder(home))) throw await noVault(home);
  const folder = await openFolder(home, terminal);
  try {
    if (folder.origin === null) throw await noVault(home);
    const result = await openVault(folder.portsFor(folder.origin));
    if (result.kind !== "open") throw await noVault(home);
    return await connect(result.vault, folder, folder.origin, terminal);
  } catch (error) {
    folder.close();
    throw error;
  }
}

/** As `openDevice`, for a vault that was made or joined just now. */
export async function connect(vault: Vault, folder: DeviceFolder, origin: string, terminal: Terminal): Promise<Device> {
  terminal.progress("Connecting to the host …");
  await until(vault, () => ["live", "refused"].includes(vault.status().link), hostWaitMs);
  const isLive = vault.status().link === "live";
  const catalog = catalogOf(vault);
  if (isLive) await until(vault, () => vault.docStatus(catalog).phase === "live", catchUpMs);
  terminal.progress(null);
  return {
    vault,
    origin,
    isLive,
    close: async () => {
      if (isLive) await until(vault, () => vault.status().pending === 0, settleMs);
      await vault.close();
      folder.close();
    },
  };
}

/** For commands that mean nothing without a host. */
export function requireLive(device: Device): void {
  const { refusal } = device.vault.status();
  if (refusal !== null) throw new CliError(EXIT.noHost, refusal);
  if (!device.isLive) {
    const says = `The host at ${device.origin} does not answer. Start it with "sovereign up" on its machine, then try again.`;
    throw new CliError(EXIT.noHost, says);
  }
}

export function catalogOf(vault: Vault): DocId {
  const id = parseDocId(vault.catalog.yDoc.guid);
  if (id === null) throw new TypeError("The catalog's doc has no id.");
  return id;
}

/** `false`: not in time. Looks again at every change of the vault's status. */
export async function until(vault: Vault, isSo: () => boolean, delayMs: number): Promise<boolean> {
  if (isSo()) return true;
  const seen = Promise.withResolvers<boolean>();
  const leave = vault.subscribeStatus(() => {
    if (isSo()) seen.resolve(true);
  });
  const timer = setTimeout(() => seen.resolve(isSo()), delayMs);
  return seen.promise.finally(() => {
    clearTimeout(timer);
    leave();
  });
}

async function noVault(home: string): Promise<CliError> {
  const says =
    'This terminal is not a device of your vault yet. Choose "Add a device" in the app, then run: sovereign join LINK';
  const host = await askHost(home, "status");
  const isUnclaimed = host !== null && !host.claimed;
  return new CliError(EXIT.noVault, isUnclaimed ? `${says}\nOr make the vault from here: sovereign join --new` : says);
}

async function takeLock(folder: string, terminal: Terminal): Promise<HomeLock> {
  const startedAt = performance.now();
  for (;;) {
    try {
      const lock = await lockHome(folder);
      terminal.progress(null);
      return lock;
    } catch (cause) {
      if (!(cause instanceof HostError) || cause.code !== "locked") throw cause;
      if (performance.now() - startedAt > lockWaitMs) {
        const says =
          "Another sovereign command is using this terminal's device. Wait until it is done, then try again.";
        throw new CliError(EXIT.failed, says, { cause });
      }
    }
    terminal.progress("Waiting for another sovereign command …");
    await pause(100);
  }
}

function readOrigin(file: string): string | null {
  const bytes = readFileIfThere(file);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(bytesToUtf8(bytes));
    const origin = typeof value === "object" && value !== null && "origin" in value ? value.origin : null;
    return typeof origin === "string" && /^https?:\/\/[^/]+$/.test(origin) ? origin : null;
  } catch {
    // reason: a file that is no JSON is handled like one without its field.
    return null;
  }
}
