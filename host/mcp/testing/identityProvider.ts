/**
 * A real identity provider (npm's `oidc-provider`) and a real tool server over HTTP that asks it who comes: the reference server `everything`, behind a gate that lets nobody pass without a token of that provider. Both answer at one
 * address of this machine. `visit` is a browser in which somebody logs in and agrees.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import Provider, { type Configuration } from "oidc-provider";
import { referenceServer } from "./servers.ts";

export interface IdentityProvider {
  readonly origin: string;
  /** Of the tool server. */
  readonly url: string;
  readonly provider: Provider;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** The tokens with which the tool server was asked. */
  readonly tokens: ReadonlySet<string>;
  /** Whatever the gate is to answer instead of its own. */
  answerInstead(path: string, answer: ((response: ServerResponse) => void) | null): void;
  /** Logs in, agrees, and gives the address to which the browser is sent at last, without opening it. */
  visit(address: string): Promise<string>;
  close(): Promise<void>;
}

export interface IdentityProviderOptions {
  readonly canRegister?: boolean;
  /** Known beforehand, with this place to come back to. */
  readonly client?: { readonly id: string; readonly redirectUrl: string };
}

export async function startIdentityProvider(options: IdentityProviderOptions = {}): Promise<IdentityProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `${origin}/mcp`;
  const provider = new Provider(origin, configuration(url, options));
  const everything = await startEverything();
  const [asked, tokens] = [new Array<string>(), new Set<string>()];
  const instead = new Map<string, (response: ServerResponse) => void>();
  const answer = provider.callback();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", origin).pathname;
    asked.push(`${request.method} ${path}`);
    const other = instead.get(path);
    if (other !== undefined) return other(response);
    if (path.startsWith("/interaction/")) return agree(provider, url, request, response);
    if (path === "/.well-known/oauth-protected-resource/mcp") {
      response.setHeader("content-type", "application/json");
      const metadata = { resource: url, authorization_servers: [origin], scopes_supported: ["tools"] };
      return void response.end(JSON.stringify(metadata));
    }
    if (path !== "/mcp") return answer(request, response) as Promise<void>;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (token !== "") tokens.add(token);
    const known = token === "" ? undefined : await provider.AccessToken.find(token);
    if (known?.isValid === true) return pass(everything.port, request, response);
    const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="tools"`;
    return void response.writeHead(401, { "www-authenticate": challenge }).end();
  }

  server.on("request", (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  return {
    ...{ origin, url, provider, asked, tokens, visit },
    answerInstead: (path, other) => {
      if (other === null) instead.delete(path);
      else instead.set(path, other);
    },
    close: async () => {
      everything.stop();
      await closeServer(server);
    },
  };
}

function configuration(resource: string, { canRegister = true, client }: IdentityProviderOptions): Configuration {
  return {
    clients:
      client === undefined
        ? []
        : [
            {
              client_id: client.id,
              redirect_uris: [client.redirectUrl],
              application_type: "native",
              token_endpoint_auth_method: "none",
              grant_types: ["authorization_code", "refresh_token"],
              response_types: ["code"],
            },
          ],
    scopes: ["openid", "offline_access", "tools"],
    clientDefaults: { grant_types: ["authorization_code", "refresh_token"] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => Promise.resolve(true),
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ["of a test"] },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, RefreshToken: 3_600, Grant: 3_600, Interaction: 600, Session: 600 },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: canRegister },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: "tools", audience: resource, accessTokenFormat: "opaque" }),
      },
    },
  };
}

/** What a person does on the provider's pages: says who they are, then yes. */
async function agree(
  provider: Provider,
  resource: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login")
    return provider.interactionFinished(request, response, { login: { accountId: "owner" } });
  const grant = new provider.Grant({ accountId: session?.accountId ?? "", clientId: String(params["client_id"]) });
  grant.addOIDCScope("openid offline_access tools");
  grant.addResourceScope(resource, "tools");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** A browser: keeps cookies, goes where it is sent, and stops before it leaves the provider. */
async function visit(address: string): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(address);
  for (let at = address, hop = 0; hop < 12; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`The provider's page says ${response.status}: ${await response.text()}`);
    const next = new URL(location, at);
    if (next.origin !== origin) return next.href;
    at = next.href;
  }
  throw new Error("The provider sends on and on.");
}

function pass(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { authorization: _kept, host: _other, connection: _own, ...headers } = request.headers;
  const to = { host: "127.0.0.1", port, path: "/mcp", method: request.method ?? "GET", headers };
  const passed = httpRequest(to, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passed.on("error", () => response.destroy());
  response.on("close", () => passed.destroy());
  request.pipe(passed);
}

async function startEverything(): Promise<{ readonly port: number; stop(): void }> {
  const port = await freePort();
  const child = spawn(process.execPath, [referenceServer("everything").command, "streamableHttp"], {
    env: { PATH: process.env["PATH"], PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const line of createInterface({ input: child.stderr })) if (line.includes("listening")) break;
  child.stderr.resume();
  return { port, stop: () => void child.kill("SIGKILL") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await closeServer(server);
  return port;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
