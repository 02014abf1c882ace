/**
 * A login at a tool server (OAuth 2.1, authorization code with PKCE), by the SDK's own parts: who gives keys for the server is what the server says (RFC 9728) and that provider confirms (RFC 8414); we are registered there anew for each
 * login where that is offered (RFC 7591), or known by an id that the owner was given. The owner opens an address in a browser and comes back to this machine. What comes of it is kept by the host and by nobody else.
 */
import {
  auth,
  extractWWWAuthenticateParams,
  OAuthError,
  RegistrationRejectedError,
  type AuthorizationServerMetadata,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
} from "@modelcontextprotocol/client";
import { bytesToHex } from "#crypto/bytes.ts";
import type { Clock, Random } from "#sync/ports.ts";
import { OutsideError } from "../../outside/errors.ts";
import { hostAndPort } from "../../outside/outsideFetch.ts";
import { McpError } from "../errors.ts";
import { namedBy, parseServerUrl, type OutsideForTests } from "../serverAddress.ts";
import { openCallback, type CallbackAnswer } from "./callback.ts";
import { readKeys, removeKeys, writeKeys, type LoginKeys } from "./keyStore.ts";
import { createProviderFetch, waitForLock, withTokens } from "./loginAccess.ts";

export interface LoginOptions {
  readonly home: string;
  readonly name: string;
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The id by which the provider knows us, where it lets nobody register by themselves. */
  readonly clientId: string | null;
  /** What it knows such a client by, where it gave one with the id. */
  readonly clientSecret: string | null;
  /** Where the provider is, if it is on the owner's own network and not where the server is. */
  readonly provider: string | null;
  /** What may be done with it, in the server's words; `null`: as much as the server asks for. */
  readonly scope: string | null;
  /** Where the login comes back; 0: any port that is free. */
  readonly port: number;
  /** The address that the owner opens. `take`: what they paste, where their browser is on another machine; `false`: it is not of this login. */
  readonly onAddress: (address: string, take: (pasted: string) => boolean) => void;
  readonly outside?: OutsideForTests;
}

export async function logIn(options: LoginOptions): Promise<void> {
  const { home, name, url, clock, random, clientId, clientSecret: secret, provider: at } = options;
  if (at !== null) parseServerUrl(at);
  const fetch = createProviderFetch({ url, provider: at }, options.outside);
  const state = bytesToHex(random(32));
  const callback = await openCallback({ name, state, clock, port: options.port });
  const got = { tokens: null as OAuthTokens | null, verifier: "", address: "", resource: null as string | null };
  let discovery: OAuthDiscoveryState | undefined;
  let client: OAuthClientInformationMixed | undefined =
    clientId === null ? undefined : { client_id: clientId, ...(secret === null ? {} : { client_secret: secret }) };
  const provider: OAuthClientProvider = {
    redirectUrl: callback.redirectUrl,
    clientMetadata: {
      client_name: "Sovereign",
      redirect_uris: [callback.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
    state: () => state,
    clientInformation: () => client,
    saveClientInformation: (known) => {
      client = known;
    },
    // Whatever is held of an earlier login is not used: this one begins anew.
    tokens: () => undefined,
    saveTokens: (tokens) => {
      got.tokens = tokens;
    },
    redirectToAuthorization: (address) => {
      got.address = checkAddress(name, [url, ...(at === null ? [] : [at])], address);
    },
    saveCodeVerifier: (verifier) => {
      got.verifier = verifier;
    },
    codeVerifier: () => got.verifier,
    saveDiscoveryState: (found) => {
      discovery = found;
    },
    discoveryState: () => discovery,
    saveResourceUrl: (resource) => {
      got.resource = resource;
    },
  };
  try {
    const challenge = await readChallenge(name, url, fetch);
    const scope = options.scope ?? challenge.scope;
    const asked = { serverUrl: url, fetchFn: fetch, ...challenge, ...(scope === undefined ? {} : { scope }) };
    await auth(provider, asked);
    options.onAddress(got.address, callback.take);
    const { code, iss }: CallbackAnswer = await callback.answer;
    await auth(provider, { ...asked, authorizationCode: code, ...(iss === undefined ? {} : { iss }) });
  } catch (error) {
    throw toLoginError(name, error);
  } finally {
    callback.close();
  }
  if (got.tokens === null || client === undefined || discovery === undefined) throw toLoginError(name, null);
  const none = { access: null, renewal: null, untilMs: null };
  const { authorizationServerMetadata: metadata, authorizationServerUrl } = discovery;
  const issuer = metadata?.issuer ?? authorizationServerUrl;
  const login = { issuer, provider: at, metadata: metadata ?? null, client, resource: got.resource };
  const lock = await waitForLock(home, name, clock);
  try {
    writeKeys(home, name, withTokens({ kind: "login", url, ...login, ...none }, got.tokens, clock.now()));
  } finally {
    lock.release();
  }
}

/** What the server says when it is asked by nobody in particular: where to log in, and for what. */
async function readChallenge(name: string, url: string, fetch: typeof globalThis.fetch) {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "ping" });
  const response = await fetch(url, { method: "POST", headers, body });
  await response.body?.cancel();
  if (response.status !== 401)
    throw new McpError("key", `${name} does not want to know who asks, so no login is needed.`);
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(response);
  return {
    ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** A person is sent there: a page by https, or one at the server that they wrote down themselves. Anything else (a program's own scheme, a file) is not shown. */
function checkAddress(name: string, named: readonly string[], address: URL): string {
  const isOwn = named.some((each) => namedBy(new URL(each)).has(hostAndPort(address)));
  if (address.protocol === "https:" || (address.protocol === "http:" && isOwn)) return address.href;
  throw new McpError("key", `${name} sends you to a place that is no page with https to log in, so it is not shown.`);
}

function toLoginError(name: string, cause: unknown): McpError {
  if (cause instanceof McpError) return cause;
  const again = `Nothing was changed. Try again: sovereign tools login ${name}`;
  if (cause instanceof OutsideError)
    return new McpError(
      "key",
      `${cause.message} ${again} (If whoever gives the keys is on your own network, name it: --provider http://…)`,
      { cause },
    );
  if (cause instanceof RegistrationRejectedError)
    return new McpError(
      "key",
      `Whoever gives the keys for ${name} lets no program register by itself. Ask them for a client id, then: sovereign tools login ${name} --client ID`,
      { cause },
    );
  if (cause instanceof OAuthError)
    return new McpError("key", `Whoever gives the keys for ${name} did not take the login. ${again}`, { cause });
  return new McpError("key", `${name} does not say in a way that could be followed how one logs in there. ${again}`, {
    cause,
  });
}

/** Takes it back at the provider, where that can be done, and forgets it here in any case. `isTold`: the provider knows. `null`: there was none. */
export async function logOut(
  options: Pick<LoginOptions, "home" | "name" | "clock" | "outside">,
): Promise<{ readonly isTold: boolean } | null> {
  const { home, name, clock } = options;
  const lock = await waitForLock(home, name, clock);
  try {
    const keys = readKeys(home, name);
    if (keys?.kind !== "login") return null;
    removeKeys(home, name);
    return { isTold: await revoke(keys, createProviderFetch(keys, options.outside)) };
  } finally {
    lock.release();
  }
}

/** RFC 7009: the renewal first, since with it the rest usually goes. */
async function revoke(keys: LoginKeys, fetch: typeof globalThis.fetch): Promise<boolean> {
  const endpoint = endpointOf(keys.metadata);
  const held = [
    ["refresh_token", keys.renewal],
    ["access_token", keys.access],
  ].filter((each): each is [string, string] => each[1] !== null && each[1] !== undefined);
  if (endpoint === null) return held.length === 0;
  try {
    for (const [kind, token] of held) {
      const body = new URLSearchParams({ token, token_type_hint: kind, client_id: keys.client.client_id });
      const { client_secret: secret } = keys.client as { readonly client_secret?: string };
      if (secret !== undefined) body.set("client_secret", secret);
      const response = await fetch(endpoint, { method: "POST", body });
      await response.body?.cancel();
      if (!response.ok) return false;
    }
    return true;
  } catch {
    // reason: it is forgotten here all the same, and its owner is told that the provider does not know.
    return false;
  }
}

function endpointOf(metadata: AuthorizationServerMetadata | null): string | null {
  const endpoint = (metadata as { readonly revocation_endpoint?: unknown } | null)?.revocation_endpoint;
  return typeof endpoint === "string" ? endpoint : null;
}
