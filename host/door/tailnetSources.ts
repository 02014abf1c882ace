/** Where tailnet.ts's facts come from: the system's interfaces, and tailscaled by its own socket or its command. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { askLocalApi, findLocalApi } from "./localApi.ts";
import { tailscaleAnswerBytesMax, tailscaleAnswerMsMax } from "./limits.ts";
import type { InterfaceKind, NetworkInterface, TailscaleWord } from "./tailnet.ts";

export interface TailnetSources {
  readonly platform: NodeJS.Platform;
  interfaces(): readonly NetworkInterface[];
  askTailscale(): Promise<TailscaleWord>;
}

export const systemTailnet: TailnetSources = { platform: process.platform, interfaces: readInterfaces, askTailscale };

function readInterfaces(): readonly NetworkInterface[] {
  return Object.entries(listInterfaces()).map(([name, entries = []]) => ({
    name,
    kind: readKind(name),
    addresses: entries.map(({ cidr, address }) => cidr ?? address),
  }));
}

function listInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    // reason: a sandbox that forbids the question; then there is nothing to open but loopback.
    return {};
  }
}

/** https://docs.kernel.org: `tun_flags` are those of TUNSETIFF; a WireGuard device names its type in `uevent`. */
const IFF_TUN = 1;
const IFF_TAP = 2;

function readKind(name: string): InterfaceKind {
  // Such a name is a folder's; what else a kernel would allow is none of ours.
  if (process.platform !== "linux" || !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(name)) return "other";
  const folder = join("/sys/class/net", name);
  if (/^DEVTYPE=wireguard$/m.test(readText(join(folder, "uevent")))) return "wireguard";
  const tunFlags = Number(readText(join(folder, "tun_flags")) || 0);
  if ((tunFlags & IFF_TUN) === 0 || (tunFlags & IFF_TAP) !== 0) return "other";
  // wireguard-go and its kin leave their control socket where only root writes.
  return existsSync(join("/var/run/wireguard", `${name}.sock`)) ? "wireguard" : "tun";
}

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["tailscale", "/Applications/Tailscale.app/Contents/MacOS/Tailscale"],
};

async function askTailscale(): Promise<TailscaleWord> {
  const socketPath = findLocalApi();
  if (socketPath !== null) {
    const limits = { msMax: tailscaleAnswerMsMax, bytesMax: tailscaleAnswerBytesMax };
    const answer = await askLocalApi(socketPath, "status?peers=false", limits);
    if (answer?.status === 200) return parseTailscaleStatus(answer.text);
  }
  let isThere = socketPath !== null;
  for (const command of COMMANDS[process.platform] ?? ["tailscale"]) {
    const answer = await askCommand(command);
    if (typeof answer === "string") return parseTailscaleStatus(answer);
    isThere ||= answer.isThere;
  }
  return { kind: isThere ? "unclear" : "absent" };
}

function askCommand(command: string): Promise<string | { readonly isThere: boolean }> {
  return new Promise((resolve) => {
    execFile(
      command,
      ["status", "--json", "--peers=false"],
      { timeout: tailscaleAnswerMsMax, maxBuffer: tailscaleAnswerBytesMax, windowsHide: true },
      (error, output) => resolve(error === null ? output : { isThere: error.code !== "ENOENT" }),
    );
  });
}

/** `tailscale status --json`, which is what the socket answers too. */
export function parseTailscaleStatus(text: string): TailscaleWord {
  try {
    const status = asRecord(JSON.parse(text));
    const self = asRecord(status["Self"]);
    // Stopped, logged out, starting: no address is in use.
    if (status["BackendState"] !== "Running") return { kind: "says", addresses: [], names: [] };
    const addresses = asTexts(self["TailscaleIPs"]);
    const fullName = typeof self["DNSName"] === "string" ? self["DNSName"].toLowerCase().replace(/\.$/, "") : "";
    const shortName = fullName.split(".")[0] ?? "";
    return { kind: "says", addresses, names: [...new Set([fullName, shortName])].filter(isHostName) };
  } catch {
    // reason: what cannot be read says nothing, which is the same as no answer.
    return { kind: "unclear" };
  }
}

/** As DNS has it; nothing that stands for loopback, and nothing that reads as an address. */
function isHostName(name: string): boolean {
  const labels = name.split(".");
  const areWords = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  return areWords && name.length <= 253 && name !== "localhost" && !/^\d+$/.test(labels.at(-1) ?? "");
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // reason: an interface that is gone, or a kind of it that has no such file.
    return "";
  }
}
