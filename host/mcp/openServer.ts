/** From what the owner wrote down to a live server: the transport it needs, with everything that keeps it apart. */
import { StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import type { Clock } from "#sync/ports.ts";
import { OutsideError } from "../outside/errors.ts";
import { connectServer, type Connection, type ConnectionLimits } from "./connection.ts";
import { McpError } from "./errors.ts";
import { readHeldKeys, type HeldKeys } from "./keys/heldKeys.ts";
import { hideKeys } from "./keys/hideKeys.ts";
import { createProcessTransport, type ProcessTransport } from "./processTransport.ts";
import { findNoSandbox, planSandbox, toCommandLine } from "./sandbox.ts";
import { createServerFetch, parseServerUrl, type OutsideForTests } from "./serverAddress.ts";
import type { AddressServer, PluginPart, ServerSettings } from "./settings.ts";

/** In which a plugin finds what its owner set, as JSON, and where its folder is, if it has one. */
const SETTINGS_VARIABLE = "SOVEREIGN_SETTINGS";
const STORAGE_VARIABLE = "SOVEREIGN_STORAGE";

export interface OpenServerOptions {
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly onToolsChanged: () => void;
  readonly onClosed: () => void;
  /** Where the keys are that it may want; left out: it is given none. */
  readonly home?: string;
  /** The end of what it said on standard error, for its owner. */
  readonly onLastWords?: (words: string) => void;
  /** For tests. */
  readonly limits?: Partial<ConnectionLimits>;
  readonly outside?: OutsideForTests;
}

export async function openServer(options: OpenServerOptions): Promise<Connection> {
  const { settings, clock, home, outside, onToolsChanged, onClosed, limits = {} } = options;
  const keys =
    home === undefined
      ? null
      : await readHeldKeys({ home, settings, clock, ...(outside === undefined ? {} : { outside }) });
  const shared = { name: settings.name, clock, onToolsChanged, onClosed, limits, keys };
  if (settings.kind === "address")
    return connectServer({ ...shared, transport: addressTransport(settings, keys, outside) });
  const noSandbox = await findNoSandbox();
  if (noSandbox !== null) throw new McpError("sandbox", noSandbox);
  const transport: ProcessTransport = createProcessTransport(
    settings.name,
    toCommandLine(planSandbox(settings)),
    clock,
    {
      ...keys?.environment,
      ...(settings.plugin === undefined ? {} : environmentOf(settings.plugin)),
    },
  );
  try {
    return await connectServer({ ...shared, transport });
  } catch (error) {
    options.onLastWords?.(hideKeys(transport.lastWords, keys?.secrets ?? new Set()));
    throw error;
  }
}

function environmentOf({ settings, data }: PluginPart): Readonly<Record<string, string>> {
  return {
    [SETTINGS_VARIABLE]: JSON.stringify(settings),
    ...(data === null ? {} : { [STORAGE_VARIABLE]: data }),
  };
}

/** Redirects come back as they are, and the SDK follows none to another origin. */
function addressTransport(
  { name, url: text }: AddressServer,
  keys: HeldKeys | null,
  outside: OutsideForTests = {},
): Transport & { failure: McpError | null } {
  const url = parseServerUrl(text);
  // The SDK takes a stream that breaks off for one that will come back.
  const onFailure = (error: Error): void => {
    if (!(error instanceof OutsideError) || error.code !== "flood") return;
    transport.failure ??= new McpError("flood", `${name} sent more than a tool may, so it was not read to its end.`);
    void transport.close();
  };
  const plain = new StreamableHTTPClientTransport(url, {
    fetch: createServerFetch(url, { ...outside, onFailure }),
    reconnectionOptions: {
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 30_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: 2,
    },
    // Without keys, too: then it says that it wants some, and not that something is wrong.
    authProvider: keys?.auth ?? { token: async () => undefined },
    ...(keys === null ? {} : { requestInit: { headers: { ...keys.headers } } }),
  });
  const transport = Object.assign(plain, { failure: null as McpError | null });
  return transport;
}
