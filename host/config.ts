/** What the owner set, parsed once. Everything has a default: `npm start` alone is a complete configuration. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HostError } from "./errors.ts";

export interface HostConfig {
  /** Everything the host keeps; nobody else may look into it. */
  readonly home: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Addresses of OpenAI-compatible servers and paths of GGUF files, between commas; `null` looks for servers on this machine. */
  readonly backend: string | null;
  readonly opensBrowser: boolean;
  /** The built app. */
  readonly appDir: string;
  /** Parts of the host show their own errors, which may hold what a chat says. */
  readonly isDebug: boolean;
}

const defaultPort = 4242;

export function parseConfig(environment: Readonly<Record<string, string | undefined>>): HostConfig {
  const read = (name: string): string | null => environment[name]?.trim() || null;
  return {
    home: resolve(read("SOVEREIGN_HOME") ?? join(homedir(), ".sovereign")),
    port: parsePort(read("SOVEREIGN_PORT")),
    backend: parseBackend(read("SOVEREIGN_BACKEND")),
    opensBrowser: !isOn(read("SOVEREIGN_NO_OPEN")),
    appDir: resolve(read("SOVEREIGN_APP_DIR") ?? join(import.meta.dirname, "../dist/client")),
    isDebug: isOn(read("SOVEREIGN_DEBUG")),
  };
}

function parsePort(text: string | null): number {
  if (text === null) return defaultPort;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new HostError(
    "config",
    `SOVEREIGN_PORT is "${text}", which is no port. Give a number from 1024 to 65535, or leave it out for ${defaultPort}.`,
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

function isAddress(text: string): boolean {
  return ["http:", "https:"].includes(URL.parse(text)?.protocol ?? "");
}

function isOn(text: string | null): boolean {
  return text !== null && !["0", "false", "no"].includes(text.toLowerCase());
}
