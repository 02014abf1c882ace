/** What the host holds for one server, at the moment in which that server is asked. */
import type { AuthProvider } from "@modelcontextprotocol/client";
import type { Clock } from "#sync/ports.ts";
import type { McpError } from "../errors.ts";
import type { ServerSettings } from "../settings.ts";
import type { OutsideForTests } from "../serverAddress.ts";
import { createLoginAccess } from "./loginAccess.ts";
import { readKeys, type ServerKeys } from "./keyStore.ts";
import { refusedError } from "./refusedError.ts";

export interface HeldKeys {
  /** For an address. */
  readonly auth: AuthProvider;
  readonly headers: Readonly<Record<string, string>>;
  /** For a program. */
  readonly environment: Readonly<Record<string, string>>;
  /** All that must not be seen in what this server says. It grows as a login is renewed. */
  readonly secrets: ReadonlySet<string>;
  /** What its owner is told when the server does not take what it was given. */
  refused(): McpError;
}

export interface HeldKeysOptions {
  readonly home: string;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly outside?: OutsideForTests;
}

export async function readHeldKeys({ home, settings, clock, outside }: HeldKeysOptions): Promise<HeldKeys> {
  const { name } = settings;
  const keys = readKeys(home, name);
  const secrets = new Set<string>();
  const none = { auth: { token: async () => undefined }, headers: {}, environment: {}, secrets };
  const refused = (): McpError => refusedError(name, keys);
  if (keys === null || !isFor(keys, settings)) return { ...none, refused: () => refusedError(name, null) };
  if (keys.kind === "header") {
    // With the word for its kind before it, or without: it is the same key.
    for (const secret of [keys.value, ...keys.value.split(" ").slice(1)]) secrets.add(secret);
    return { ...none, headers: { [keys.header]: sayHeader(keys.header, keys.value) }, refused };
  }
  if (keys.kind === "environment") {
    for (const value of Object.values(keys.variables)) secrets.add(value);
    return { ...none, environment: keys.variables, refused };
  }
  const auth = createLoginAccess({
    ...{ home, name, url: keys.url, clock },
    onKey: (secret) => void secrets.add(secret),
    ...(outside === undefined ? {} : { outside }),
  });
  return { ...none, auth, refused };
}

/** A server that was removed and added again under its name, elsewhere, is another. */
function isFor(keys: ServerKeys, settings: ServerSettings): boolean {
  if (keys.kind === "environment") return settings.kind === "program" && settings.command === keys.command;
  return settings.kind === "address" && settings.url === keys.url;
}

function sayHeader(header: string, value: string): string {
  return header.toLowerCase() === "authorization" && !value.includes(" ") ? `Bearer ${value}` : value;
}
