import { McpError } from "../errors.ts";
import type { ServerKeys } from "./keyStore.ts";

/** What an owner is told, and a model, when a server does not take what it was given: which command helps. */
export function refusedError(name: string, keys: ServerKeys | null): McpError {
  if (keys?.kind === "header")
    return new McpError(
      "key",
      `${name} does not take the key that it was given. Give it one that it takes: sovereign tools key ${name}`,
    );
  if (keys?.kind === "login")
    return new McpError(
      "key",
      `The login at ${name} is over, or was taken back there. Log in again: sovereign tools login ${name}`,
    );
  return new McpError(
    "key",
    `${name} wants to know who asks, so it did nothing. Log in there: sovereign tools login ${name} (or, if it gave you a key: sovereign tools key ${name})`,
  );
}

/** `scope`: in the server's words, of which only what such a word may be is told on. */
export function scopeError(name: string, scope: string): McpError {
  const named = /^[\w.:/-]{1,200}( [\w.:/-]{1,200}){0,9}$/.test(scope) ? scope : "SCOPE";
  return new McpError(
    "key",
    `${name} wants more leave for this than the login there has. If you want to give it: sovereign tools login ${name} --scope "${named}"`,
  );
}
