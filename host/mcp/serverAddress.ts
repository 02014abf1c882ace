/** A tool server's address: which may be named, and the way to it. */
import { OutsideError } from "../outside/errors.ts";
import { hostAndPort, outsideFetch, parseOutsideUrl, type OutsideOptions } from "../outside/outsideFetch.ts";
import { isPublicAddress } from "../outside/publicAddress.ts";
import { McpError } from "./errors.ts";

export type OutsideForTests = Pick<OutsideOptions, "resolve" | "onConnect">;

/** Throws `McpError("settings")`. Without TLS only where the owner wrote a machine down by number, since that is theirs. */
export function parseServerUrl(text: string): URL {
  const url = URL.parse(text);
  try {
    if (url === null)
      throw new OutsideError("address", "That is no address. It should look like https://example.org/mcp");
    const parsed = parseOutsideUrl(text, { named: namedBy(url), isAnyPort: true });
    if (parsed.protocol === "http:" && !isOwn(parsed))
      throw new OutsideError(
        "address",
        "Write https://: without it, anybody on the way reads and changes what is said.",
      );
    return parsed;
  } catch (cause) {
    throw cause instanceof OutsideError ? new McpError("settings", cause.message, { cause }) : cause;
  }
}

/** A machine of the owner's own network is asked only if they wrote its number, or "localhost": what a name leads to is somebody else's to say. */
export function namedBy(url: URL): ReadonlySet<string> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isNumber = /^[\d.]+$/.test(host) || host.includes(":");
  return new Set(isNumber || host === "localhost" ? [hostAndPort(url)] : []);
}

function isOwn(url: URL): boolean {
  return namedBy(url).size > 0 && !isPublicAddress(url.hostname.replace(/^\[|\]$/g, ""));
}

/** The way to this server, and to whoever it says gives keys for it: each address is looked at anew, and on the owner's own network only what the owner wrote down is opened. */
export function createServerFetch(server: URL, options: OutsideOptions = {}): typeof globalThis.fetch {
  const named = new Set([...namedBy(server), ...(options.named ?? [])]);
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    // What carries keys, or says where they are to be brought, is not left to whoever is on the way.
    if (url.protocol === "http:" && !named.has(hostAndPort(url)))
      throw new OutsideError("address", "That address was not opened. It has no https.");
    return outsideFetch(url, init, { ...options, named, isAnyPort: true });
  };
}
