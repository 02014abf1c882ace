/** What the owner set, parsed once. Everything has a default: `npm start` alone is a complete configuration. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HostError } from "./errors.ts";

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
  /** The built app. */
  readonly appDir: string;
  /** Parts of the host show their own errors, which may hold what a chat says. */
  readonly isDebug: boolean;
}

const defaultPort = 4242;
/** LM Studio's, so that a tool which points there needs no change. */
const defaultGatewayPort = 1234;

export function parseConfig(environment: Readonly<Record<string, string | undefined>>): HostConfig {
  const read = (name: string): string | null => environment[name]?.trim() || null;
  return {
    home: resolve(read("SOVEREIGN_HOME") ?? join(homedir(), ".sovereign")),
    port: parsePort("SOVEREIGN_PORT", read("SOVEREIGN_PORT"), defaultPort),
    gatewayPort: parseGatewayPort(read("SOVEREIGN_GATEWAY_PORT")),
    isGatewayPortSet: read("SOVEREIGN_GATEWAY_PORT") !== null,
    backend: parseBackend(read("SOVEREIGN_BACKEND")),
    opensBrowser: !isOn(read("SOVEREIGN_NO_OPEN")),
    appDir: resolve(read("SOVEREIGN_APP_DIR") ?? join(import.meta.dirname, "../dist/client")),
    isDebug: isOn(read("SOVEREIGN_DEBUG")),
  };
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

function isAddress(text: string): boolean {
  return ["http:", "https:"].includes(URL.parse(text)?.protocol ?? "");
}

function isOn(text: string | null): boolean {
  return text !== null && !["0", "false", "no", "off"].includes(text.toLowerCase());
}
