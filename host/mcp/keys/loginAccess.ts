/**
 * The access that a login gave, as the SDK's transport asks for it: read anew for each question, renewed when it ends or is not taken, by one process at a time and once for all questions that wait for it. What a provider takes
 * back is not asked for again: its owner is told to log in.
 */
import { OAuthError, refreshAuthorization, type AuthProvider } from "@modelcontextprotocol/client";
import type { Clock } from "#sync/ports.ts";
import type { HomeLock } from "../../home.ts";
import { McpError } from "../errors.ts";
import { keyLockEveryMs, keyLockMs, providerBytesMax, providerMs, renewBeforeMs } from "../limits.ts";
import { createServerFetch, namedBy, type OutsideForTests } from "../serverAddress.ts";
import { lockKeys, readKeys, writeKeys, type LoginKeys } from "./keyStore.ts";
import { refusedError } from "./refusedError.ts";

export interface LoginAccessOptions {
  readonly home: string;
  readonly name: string;
  readonly url: string;
  readonly clock: Clock;
  /** Each secret that comes to be held. */
  readonly onKey: (secret: string) => void;
  readonly outside?: OutsideForTests;
}

export function createLoginAccess(options: LoginAccessOptions): Required<AuthProvider> {
  const { home, name, url, clock, onKey } = options;
  let given = "";
  let renewing: Promise<void> | null = null;

  function read(): LoginKeys {
    const keys = readKeys(home, name);
    if (keys?.kind !== "login" || keys.url !== url) throw refusedError(name, null);
    if (keys.access === null) throw refusedError(name, keys);
    for (const secret of [keys.access, keys.renewal]) if (secret !== null) onKey(secret);
    return keys;
  }

  /** `old`: what was not taken, or is about to end. */
  function renew(old: string): Promise<void> {
    renewing ??= renewOnce(old).finally(() => {
      renewing = null;
    });
    return renewing;
  }

  async function renewOnce(old: string): Promise<void> {
    const lock = await waitForLock(home, name, clock);
    try {
      const keys = read();
      // Another process was quicker.
      if (keys.access !== old) return;
      if (keys.renewal === null) throw giveUp(keys);
      const tokens = await refreshAuthorization(keys.issuer, {
        ...(keys.metadata === null ? {} : { metadata: keys.metadata }),
        clientInformation: keys.client,
        refreshToken: keys.renewal,
        ...(keys.resource === null ? {} : { resource: keys.resource }),
        fetchFn: createProviderFetch(keys, options.outside),
      }).catch((error: unknown) => {
        throw isFinal(error) ? giveUp(keys) : awayError(name, error);
      });
      const next = withTokens(keys, tokens, clock.now());
      writeKeys(home, name, next);
      read();
    } finally {
      lock.release();
    }
  }

  /** What does not work any more is not kept. */
  function giveUp(keys: LoginKeys): McpError {
    writeKeys(home, name, { ...keys, access: null, renewal: null, untilMs: null });
    return refusedError(name, keys);
  }

  return {
    token: async () => {
      let keys = read();
      if (keys.untilMs !== null && keys.untilMs - clock.now() < renewBeforeMs && keys.renewal !== null) {
        await renew(keys.access ?? "");
        keys = read();
      }
      given = keys.access ?? "";
      return given;
    },
    onUnauthorized: () => renew(given),
  };
}

export function withTokens(
  keys: LoginKeys,
  tokens: { access_token: string; refresh_token?: string | undefined; expires_in?: number | undefined },
  nowMs: number,
): LoginKeys {
  const { access_token: access, refresh_token: renewal, expires_in: seconds } = tokens;
  const untilMs = typeof seconds === "number" && Number.isFinite(seconds) ? nowMs + seconds * 1_000 : null;
  return { ...keys, access, renewal: renewal ?? keys.renewal, untilMs };
}

/** The provider has decided, and asking again would not help. */
function isFinal(error: unknown): boolean {
  return error instanceof OAuthError && ["invalid_grant", "invalid_client", "unauthorized_client"].includes(error.code);
}

function awayError(name: string, cause: unknown): McpError {
  return new McpError(
    "key",
    `Whoever gives the keys for ${name} does not answer as they should, so the login could not be renewed. Try again later, or log in again: sovereign tools login ${name}`,
    { cause },
  );
}

/** To the server, and to whoever gives keys for it: small answers, soon. */
export function createProviderFetch(
  { url, provider }: Pick<LoginKeys, "url" | "provider">,
  outside: OutsideForTests = {},
): typeof globalThis.fetch {
  const named = provider === null ? new Set<string>() : namedBy(new URL(provider));
  const fetch = createServerFetch(new URL(url), { ...outside, named, bytesMax: providerBytesMax });
  return (input, init = {}) => {
    const within = AbortSignal.timeout(providerMs);
    const signal = init.signal === undefined || init.signal === null ? within : AbortSignal.any([init.signal, within]);
    return fetch(input, { ...init, signal });
  };
}

export async function waitForLock(home: string, name: string, clock: Clock): Promise<HomeLock> {
  for (let waitedMs = 0; waitedMs < keyLockMs; waitedMs += keyLockEveryMs) {
    const lock = await lockKeys(home, name);
    if (lock !== null) return lock;
    await new Promise<void>((resolve) => void clock.after(keyLockEveryMs, resolve));
  }
  throw new McpError("key", `Another program renews the login at ${name} and does not come to an end. Try again.`);
}
