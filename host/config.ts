/** What the owner set, parsed once. Everything has a default: `npm start` alone is a complete configuration. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HostError } from "./errors.ts";
import { parseAgentKeys, parseRelayPlace, type AgentKeys, type RelayPlace } from "./link/relayLink.ts";

export interface HostConfig {
  /** Everything the host keeps; nobody else may look into it. */
  readonly home: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where tools that expect LM Studio find the gateway too, beside the host's own port; `null` leaves it alone. */
  readonly gatewayPort: number | null;
  /** The owner asked for that port, and wants to hear when it cannot be had. */
  readonly isGatewayPortSet: boolean;
  /** Addresses of OpenAI-compatible servers and paths of GGUF files, between commas; `null` looks for servers on this machine. */
  readonly backend: string | null;
  readonly opensBrowser: boolean;
  /** What the owner's vault may have stored at the relay. */
  readonly vaultBytesMax: number;
  /** The built app. */
  readonly appDir: string;
  /** The one part that runs here; `null` runs all of them. */
  readonly only: "relay" | "agent" | null;
  /** The owner's own certificate and its key, as PEM files; `null` for none. */
  readonly certificate: { readonly certificate: string; readonly key: string } | null;
  /** A WireGuard interface to be reached by too, named by the owner; `null` for none. */
  readonly wireguard: string | null;
  /** With `only: "relay"`: the agent on the other machine. */
  readonly agent: AgentKeys | null;
  /** With `only: "agent"`: the relay on the other machine; `null` until its owner has said. */
  readonly relay: RelayPlace | null;
  /** A collector of numbers (OpenTelemetry) that the owner named, and the file with its key; `null` for none. */
  readonly otlp: { readonly url: string; readonly keyFile: string | null } | null;
  /** Parts of the host show their own errors, which may hold what a chat says. */
  readonly isDebug: boolean;
}

const defaultPort = 4242;
/** LM Studio's, so that a tool which points there needs no change. */
const defaultGatewayPort = 1234;
const GIB = 1_073_741_824;
/** Years of chats and their files, on a disk of a usual size. */
const defaultVaultGb = 48;
/** The relay's file may grow to 192 GiB (relay/limits.ts); the rest is for rosters, indexes and what waits to be compacted. */
const vaultGbMax = 160;

/** `words`: what stands behind the command, `npm start -- WORDS`. */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
  words: readonly string[] = [],
): HostConfig {
  const read = (name: string): string | null => environment[name]?.trim() || null;
  const only = parseOnly(words);
  const wireguard = read("SOVEREIGN_WIREGUARD");
  const [agent, relay] = [read("SOVEREIGN_AGENT"), read("SOVEREIGN_RELAY")];
  return {
    home: resolve(read("SOVEREIGN_HOME") ?? join(homedir(), ".sovereign")),
    port: parsePort("SOVEREIGN_PORT", read("SOVEREIGN_PORT"), defaultPort),
    gatewayPort: parseGatewayPort(read("SOVEREIGN_GATEWAY_PORT")),
    isGatewayPortSet: read("SOVEREIGN_GATEWAY_PORT") !== null,
    backend: parseBackend(read("SOVEREIGN_BACKEND")),
    vaultBytesMax: parseVaultGb(read("SOVEREIGN_VAULT_GB")) * GIB,
    opensBrowser: !isOn(read("SOVEREIGN_NO_OPEN")),
    appDir: resolve(read("SOVEREIGN_APP_DIR") ?? join(import.meta.dirname, "../dist/client")),
    only,
    certificate: parseCertificate(read("SOVEREIGN_TLS_CERT"), read("SOVEREIGN_TLS_KEY")),
    wireguard,
    agent: only === "relay" ? parseAgentKeys(agent ?? refuseWithoutAgent()) : null,
    relay: only === "agent" && relay !== null ? parseRelayPlace(relay, wireguard) : null,
    otlp: parseOtlp(read("SOVEREIGN_OTLP"), read("SOVEREIGN_OTLP_KEY_FILE")),
    isDebug: isOn(read("SOVEREIGN_DEBUG")),
  };
}

function parseOnly(words: readonly string[]): "relay" | "agent" | null {
  const [flag = "", value] = words.flatMap((word) => word.split("=", 2));
  if (words.length === 0) return null;
  if (flag === "--only" && (value === "relay" || value === "agent") && words.length <= 2) return value;
  throw new HostError(
    "config",
    `"${words.join(" ")}" says nothing to the host. Leave it out, or use --only relay or --only agent.`,
  );
}

function refuseWithoutAgent(): never {
  throw new HostError(
    "config",
    "A relay by itself has to know its agent. Run `npm start -- --only agent` on the other machine: it prints the SOVEREIGN_AGENT=… to start this one with.",
  );
}

function parsePort(name: string, text: string | null, usual: number): number {
  if (text === null) return usual;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new HostError(
    "config",
    `${name} is "${text}", which is no port. Give a number from 1024 to 65535, or leave it out for ${usual}.`,
  );
}

function parseGatewayPort(text: string | null): number | null {
  if (text !== null && !isOn(text)) return null;
  return parsePort("SOVEREIGN_GATEWAY_PORT", text, defaultGatewayPort);
}

function parseVaultGb(text: string | null): number {
  if (text === null) return defaultVaultGb;
  const gb = /^[0-9]{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (gb >= 1 && gb <= vaultGbMax) return gb;
  throw new HostError(
    "config",
    `SOVEREIGN_VAULT_GB is "${text}". Give how many GB your vault may take, a whole number from 1 to ${vaultGbMax}, or leave it out for ${defaultVaultGb}.`,
  );
}

function parseBackend(text: string | null): string | null {
  if (text === null) return null;
  const parts = text.split(",").map((part) => part.trim());
  const wrong = parts.find((part) => !isAddress(part) && !/\.gguf$/i.test(part));
  if (wrong === undefined) return text;
  throw new HostError(
    "config",
    `SOVEREIGN_BACKEND is "${text}", which is no address. Give one such as http://localhost:11434/v1, the path of a .gguf file, or several with commas between them; or leave it out.`,
  );
}

function parseCertificate(certificate: string | null, key: string | null): HostConfig["certificate"] {
  if (certificate === null && key === null) return null;
  if (certificate !== null && key !== null) return { certificate: resolve(certificate), key: resolve(key) };
  throw new HostError(
    "config",
    "A certificate needs its key, and a key its certificate. Set both SOVEREIGN_TLS_CERT and SOVEREIGN_TLS_KEY to PEM files, or neither.",
  );
}

function parseOtlp(url: string | null, keyFile: string | null): HostConfig["otlp"] {
  if (url === null && keyFile === null) return null;
  if (url === null || !isAddress(url))
    throw new HostError(
      "config",
      `SOVEREIGN_OTLP is "${url ?? ""}", which is no address of a collector. Give one such as http://localhost:4318, or leave out both it and SOVEREIGN_OTLP_KEY_FILE.`,
    );
  return { url, keyFile: keyFile === null ? null : resolve(keyFile) };
}

function isAddress(text: string): boolean {
  return ["http:", "https:"].includes(URL.parse(text)?.protocol ?? "");
}

function isOn(text: string | null): boolean {
  return text !== null && !["0", "false", "no", "off"].includes(text.toLowerCase());
}
