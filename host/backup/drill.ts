/**
 * The drill: a backup that was never restored is a hope. It restores one into a folder of its own, follows every chain of its log,
 * starts a host there as `npm start` would, asks it who it is, stops it, and compares: what it proved it says line by line. The host of
 * the drill has no device's address, answers nobody, and is gone afterwards.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bytesToBase64Url } from "#crypto/bytes.ts";
import { hostFingerprint } from "#crypto/claim.ts";
import { activeMembers, readRoster } from "#crypto/roster.ts";
import { askHost } from "../control.ts";
import { HostError } from "../errors.ts";
import { logFile } from "../relayHome.ts";
import type { BackupHead } from "./format.ts";
import { drillStartMsMax, drillStopMsMax } from "./limits.ts";
import { followChains, readLogState, readRosters } from "./logState.ts";
import { restoreBackup } from "./restoreBackup.ts";

export interface DrillOptions {
  readonly file: string;
  readonly dataKey: (head: BackupHead) => Promise<Uint8Array>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
  readonly onStep?: (says: string) => void;
}

export interface Drilled {
  readonly madeMs: number;
  /** One sentence for each thing that was shown to hold. */
  readonly proved: readonly string[];
}

export async function drillBackup({
  file,
  dataKey,
  environment,
  nowMs,
  onStep = () => {},
}: DrillOptions): Promise<Drilled> {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-drill-"));
  const home = join(folder, "home");
  try {
    onStep("Restoring into a folder of its own");
    const { manifest, madeMs } = await restoreBackup({ file, home, dataKey, isForced: false, nowMs });
    onStep("Following every chain of the log");
    const followed = followChains(logFile(home));
    onStep("Starting a host on it");
    const host = await startDrillHost(home, folder, environment);
    await stopDrillHost(host.child);
    const after = readLogState(logFile(home));
    const { log, files } = manifest;
    const known = knownFingerprints(logFile(home));
    if (known.length > 0 && !known.includes(host.fingerprint))
      throw new HostError(
        "backup",
        "The restored host has other keys than your devices know. Its folder agent or relay was changed before the backup was made.",
      );
    if (after.digest !== log.digest)
      throw new HostError(
        "backup",
        "The restored host changed its log by starting. The backup itself is whole; please report this.",
      );
    return {
      madeMs,
      proved: [
        `${files.length} files came back byte for byte (SHA-256 of each).`,
        `The log came back equal, row by row: ${log.docs} docs, ${log.envelopes} envelopes, ${log.bytes} sealed bytes, ${log.vaults} vault${log.vaults === 1 ? "" : "s"}.`,
        `${followed} envelopes were followed from one to the next: every author's chain is whole and ends where the relay goes on.`,
        `A host started on it: relay, agent and gateway were ready, ${host.claimed ? "the vault is claimed" : "no vault has claimed it yet"}, and its keys are ${known.length > 0 ? "the ones that your devices know" : "in order"} (${host.fingerprint}).`,
        "After it had started and stopped, the log was still the same.",
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface DrillHost {
  readonly child: ChildProcess;
  readonly claimed: boolean;
  readonly fingerprint: string;
}

async function startDrillHost(
  home: string,
  folder: string,
  environment: DrillOptions["environment"],
): Promise<DrillHost> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts")], {
    env: {
      PATH: environment["PATH"],
      HOME: folder,
      ...(environment["SOVEREIGN_APP_DIR"] === undefined
        ? {}
        : { SOVEREIGN_APP_DIR: environment["SOVEREIGN_APP_DIR"] }),
      ...(environment["NODE_COMPILE_CACHE"] === undefined
        ? {}
        : { NODE_COMPILE_CACHE: environment["NODE_COMPILE_CACHE"] }),
      SOVEREIGN_HOME: home,
      SOVEREIGN_PORT: "0",
      SOVEREIGN_GATEWAY_PORT: "off",
      SOVEREIGN_NO_OPEN: "1",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-2_000)));
  const endsMs = performance.now() + drillStartMsMax;
  while (child.exitCode === null && performance.now() < endsMs) {
    const [status, link] = [await askHost(home, "status"), await askHost(home, "link")];
    // The part for HTTPS is there only beside a tailnet, where a drill's host has no address.
    const isRunning =
      status !== null &&
      (["relay", "agent", "gateway"] as const).every((part) => status.parts[part]?.state === "running");
    const fingerprint = /h=([A-Za-z0-9_-]+)/.exec(link ?? "")?.[1];
    if (isRunning && fingerprint !== undefined) return { child, claimed: status.claimed, fingerprint };
    await pause(100);
  }
  await stopDrillHost(child);
  throw new HostError(
    "backup",
    `The backup was restored, but no host would start on it. ${said.trim() || "It said nothing."}`,
  );
}

async function stopDrillHost(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), drillStopMsMax);
  await ended;
  clearTimeout(kill);
}

/** Of the hosts in the roster, as each device checks them. */
function knownFingerprints(log: string): readonly string[] {
  return readRosters(log).flatMap(({ entries }) =>
    activeMembers(readRoster(entries)).flatMap(({ role, signKey, boxKey, relayKey }) =>
      role === "host" && relayKey !== null ? [bytesToBase64Url(hostFingerprint(signKey, boxKey, relayKey))] : [],
    ),
  );
}

/** The program's own version, for the head. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    readonly version: string;
  };
  return version;
}
