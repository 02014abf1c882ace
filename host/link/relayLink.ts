/**
 * What a relay and an agent on two machines are told of each other, by their owner's hand. Public keys only, so a shell's
 * history may keep them; but who changes them chooses whom the two trust.
 *
 *   SOVEREIGN_AGENT   base64url of the agent's signing key ‖ box key: the relay lets this agent in and no other
 *   SOVEREIGN_RELAY   ws://ADDRESS:PORT/link#k=…&c=…   k the relay's key, without which nothing is believed; c the claim's
 *                     public key, by which the agent knows the vault that claims this host
 */
import { isIP } from "node:net";
import { base64UrlToBytes, bytesToBase64Url } from "#crypto/bytes.ts";
import { isLoopbackAddress } from "../door/doorway.ts";
import { createAddressCheck, PRIVATE_NETWORKS, TAILNET_NETWORKS } from "../door/tailnet.ts";
import { HostError } from "../errors.ts";

export interface AgentKeys {
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
}

export interface RelayPlace {
  /** Complete: ws://100.64.0.1:4242/link */
  readonly url: string;
  readonly relayKey: Uint8Array;
  readonly claimKey: Uint8Array;
}

const KEY_BYTES = 32;
const isTailnetAddress = createAddressCheck(TAILNET_NETWORKS);
const isPrivateAddress = createAddressCheck(PRIVATE_NETWORKS);

export function writeAgentKeys({ signKey, boxKey }: AgentKeys): string {
  return bytesToBase64Url(Uint8Array.from([...signKey, ...boxKey]));
}

export function parseAgentKeys(text: string): AgentKeys {
  const bytes = base64UrlToBytes(text);
  if (bytes?.length === 2 * KEY_BYTES) return { signKey: bytes.slice(0, KEY_BYTES), boxKey: bytes.slice(KEY_BYTES) };
  throw new HostError(
    "config",
    "SOVEREIGN_AGENT is not what the agent's machine printed. Run `npm start -- --only agent` there, and copy the whole line.",
  );
}

export function writeRelayPlace(host: string, port: number, keys: Omit<RelayPlace, "url">): string {
  const { relayKey, claimKey } = keys;
  return `ws://${host}:${port}/link#k=${bytesToBase64Url(relayKey)}&c=${bytesToBase64Url(claimKey)}`;
}

/** `wireguardName`: the owner has named a WireGuard interface, so a private address may be one of its network. */
export function parseRelayPlace(text: string, wireguardName: string | null): RelayPlace {
  const url = URL.parse(text);
  const fields = new URLSearchParams(url?.hash.slice(1) ?? "");
  const [relayKey, claimKey] = [fields.get("k"), fields.get("c")].map((field) => base64UrlToBytes(field ?? ""));
  const scheme = SCHEMES[url?.protocol ?? ""];
  const isPlain = url !== null && url.username === "" && url.search === "" && ["", "/", "/link"].includes(url.pathname);
  if (!isPlain || scheme === undefined || relayKey?.length !== KEY_BYTES || claimKey?.length !== KEY_BYTES) {
    throw new HostError(
      "config",
      "SOVEREIGN_RELAY is not what the relay's machine printed: an address with the relay's key behind the #. Copy the whole line, in quotes.",
    );
  }
  if (!isReachable(url.hostname, wireguardName)) {
    throw new HostError(
      "config",
      `SOVEREIGN_RELAY names ${url.hostname}, which is not on your tailnet. Give the relay's tailnet address, as \`tailscale ip\` prints it there.`,
    );
  }
  return { url: `${scheme}//${url.host}/link`, relayKey, claimKey };
}

const SCHEMES: Readonly<Record<string, string>> = { "ws:": "ws:", "http:": "ws:", "wss:": "wss:", "https:": "wss:" };

/** By value and never by name: a name is whatever the network says it is today. */
function isReachable(hostname: string, wireguardName: string | null): boolean {
  if (hostname === "localhost") return true;
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) === 0) return false;
  return (
    isLoopbackAddress(address) || isTailnetAddress(address) || (wireguardName !== null && isPrivateAddress(address))
  );
}
