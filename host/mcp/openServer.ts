/** From what the owner wrote down to a live server: the transport it needs, with everything that keeps it apart. */
import { StreamableHTTPClientTransport, type OAuthClientProvider } from "@modelcontextprotocol/client";
import type { Clock } from "#sync/ports.ts";
import { hostAndPort, outsideFetch, parseOutsideUrl, type OutsideOptions } from "../outside/outsideFetch.ts";
import { isPublicAddress } from "../outside/publicAddress.ts";
import { OutsideError } from "../outside/errors.ts";
import { connectServer, type Connection, type ConnectionLimits } from "./connection.ts";
import { McpError } from "./errors.ts";
import { createProcessTransport, type ProcessTransport } from "./processTransport.ts";
import { findNoSandbox, planSandbox, toCommandLine } from "./sandbox.ts";
import type { ServerSettings } from "./settings.ts";

export interface OpenServerOptions {
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly onToolsChanged: () => void;
  readonly onClosed: () => void;
  /** For a server that wants to know who asks. */
  readonly keys?: OAuthClientProvider;
  /** The end of what it said on standard error, for its owner. */
  readonly onLastWords?: (words: string) => void;
  /** For tests. */
  readonly limits?: Partial<ConnectionLimits>;
  readonly outside?: Pick<OutsideOptions, "resolve" | "onConnect">;
}

export async function openServer(options: OpenServerOptions): Promise<Connection> {
  const { settings, onToolsChanged, onClosed, limits = {} } = options;
  const shared = { name: settings.name, onToolsChanged, onClosed, limits };
  if (settings.kind === "address")
    return connectServer({ ...shared, transport: addressTransport(settings.url, options) });
  const noSandbox = await findNoSandbox();
  if (noSandbox !== null) throw new McpError("sandbox", noSandbox);
  const transport: ProcessTransport = createProcessTransport(
    settings.name,
    toCommandLine(planSandbox(settings)),
    options.clock,
  );
  try {
    return await connectServer({ ...shared, transport });
  } catch (error) {
    options.onLastWords?.(transport.lastWords);
    throw error;
  }
}

/** Redirects come back as they are, and the SDK follows none to another origin; each address that it asks, also of those who give keys, is looked at anew. */
function addressTransport(text: string, { outside = {}, keys }: OpenServerOptions): StreamableHTTPClientTransport {
  const url = parseServerUrl(text);
  const named = namedBy(url);
  const guarded = (input: string | URL, init: RequestInit = {}): Promise<Response> =>
    outsideFetch(input, init, { ...outside, named, isAnyPort: true });
  return new StreamableHTTPClientTransport(url, {
    fetch: guarded,
    reconnectionOptions: {
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 30_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: 2,
    },
    ...(keys === undefined ? {} : { authProvider: keys }),
  });
}

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
