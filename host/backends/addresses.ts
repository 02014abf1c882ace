/** Addresses of backends: what the owner wrote, where servers usually listen, and which of them are the owner's own network. */
import { isIP } from "node:net";
import { BackendError } from "./backend.ts";

export interface UsualPort {
  readonly port: number;
  readonly product: string;
}

/** Where these servers listen unless told otherwise, in the order in which they are preferred. */
export const usualPorts: readonly UsualPort[] = [
  { port: 1234, product: "LM Studio" },
  { port: 11434, product: "Ollama" },
  { port: 8000, product: "vLLM" },
  { port: 8080, product: "llama.cpp" },
];

/** Parses one address. One without a path gets the usual one. Throws `BackendError("backend-config")`. */
export function parseBackendUrl(text: string, ownPorts: readonly number[]): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text.trim()) ? text.trim() : `http://${text.trim()}`);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") {
    throw configError(text, "is not an address. It should look like http://127.0.0.1:11434/v1");
  }
  if (url.username !== "" || url.password !== "") {
    throw configError(
      `${url.protocol}//…@${url.host}`,
      "holds a name or a password, which would be sent along. Leave them out",
    );
  }
  if (isLoopback(url.hostname) && ownPorts.includes(Number(url.port || (url.protocol === "https:" ? 443 : 80)))) {
    throw configError(text, "is Sovereign itself. Give it the address of a model server");
  }
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path === "" ? "/v1" : path}`;
}

/** What most likely listens there, for sentences until it has said so itself. */
export function guessProduct(baseUrl: string): string {
  const { port } = new URL(baseUrl);
  return usualPorts.find((usual) => String(usual.port) === port)?.product ?? "Your model server";
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Private and link-local IPv4 and IPv6 ranges, tailnet addresses (100.64/10), and names that only a local network resolves. */
export function isPrivateHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(bare) === 6) return /^f[cd]|^fe[89ab]/.test(bare);
  if (isIP(bare) === 4) {
    const [a = 0, b = 0] = bare.split(".").map(Number);
    return (
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 169 && b === 254) ||
      (a === 192 && b === 168) ||
      (a === 100 && b >= 64 && b < 128)
    );
  }
  return !bare.includes(".") || /\.(local|lan|home\.arpa|internal|ts\.net)$/.test(bare);
}

function configError(text: string, what: string): BackendError {
  return new BackendError(
    "backend-config",
    `The backend address "${text.slice(0, 200)}" ${what}, then start Sovereign again.`,
  );
}
