/**
 * What answers in plain HTTP on the tailnet's address: the page for the authority's certificate, and for everything else the way to HTTPS.
 * Nothing of the app is ever served here.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isOurHost } from "../door/doorway.ts";
import { createHttpConnections, type HttpConnections } from "../door/httpConnections.ts";
import { judgeSender } from "../door/requestHead.ts";
import { certificatePaths, makeAppleProfile, makeInstallPage } from "./installPage.ts";
import type { HttpsState } from "./httpsState.ts";
import { plainSite as limits } from "./limits.ts";

export interface PlainSiteOptions {
  /** `null`: no certificate yet. */
  readonly state: () => HttpsState | null;
  /** PEM, while one has to be installed. */
  readonly authority: () => string | null;
}

export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function createPlainSite(options: PlainSiteOptions): HttpConnections {
  const connections = createHttpConnections({
    limits,
    onRequest: (request, response) => answer(request, response),
    onUpgrade: (_request, socket) => socket.destroy(),
    refuseSocket: (socket, status) => socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\n\r\n`),
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { status, headers, body } = judge(request, request.socket);
    response.writeHead(status, { ...SAFE_HEADERS, ...headers, "content-length": String(Buffer.byteLength(body)) });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  function judge(request: IncomingMessage, socket: Socket): SiteAnswer {
    const doorway = connections.doorwayOf(socket);
    const { rawHeaders, httpVersion } = request;
    const sender = judgeSender({ httpVersion, rawHeaders, doorway });
    if (sender.kind === "refuse") return say(sender.status, sender.says);
    if (request.method !== "GET" && request.method !== "HEAD") return say(405, "GET and HEAD only.");
    const host = sender.headers.get("host") ?? "";
    return answerPlain(
      {
        path: request.url ?? "/",
        host,
        isOurs: isOurHost(host, doorway),
        agent: sender.headers.get("user-agent") ?? "",
      },
      options.state(),
      options.authority(),
    );
  }
  return connections;
}

export interface PlainAsk {
  readonly path: string;
  /** As in the `Host` header. */
  readonly host: string;
  readonly isOurs: boolean;
  readonly agent: string;
}

/** Pure: what is answered to whom. */
export function answerPlain(ask: PlainAsk, state: HttpsState | null, authority: string | null): SiteAnswer {
  if (state === null) return say(503, "This host has no certificate yet. Try again in a moment.");
  const best = state.origins[0];
  const same = state.origins.find((origin) => ask.isOurs && new URL(origin).host === ask.host.toLowerCase());
  const origin = same ?? best;
  if (origin === undefined) return say(503, "This host's certificate names no address that you could open.");
  const path = ask.path.split("?")[0] ?? "/";
  if (authority !== null) {
    if (path === certificatePaths.page) {
      const { html, styleHash } = makeInstallPage(authority, origin, ask.agent);
      const policy = `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
      return { status: 200, headers: { ...HTML, "content-security-policy": policy }, body: html };
    }
    if (path === certificatePaths.file)
      return file("application/x-x509-ca-cert", "sovereign.crt", Buffer.from(derOf(authority)));
    if (path === certificatePaths.apple)
      return file("application/x-apple-aspen-config", "sovereign.mobileconfig", makeAppleProfile(authority));
  }
  // Only what is plain goes on: the rest would be another person's address in our words.
  const target = /^\/[A-Za-z0-9_~@+/.-]*$/.test(path) && !path.startsWith("//") ? path : "/";
  return { status: 308, headers: { location: `${origin}${target}` }, body: "" };
}

const HTML = { "content-type": "text/html; charset=utf-8" };
const SAFE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

function say(status: number, sentence: string): SiteAnswer {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", connection: "close" },
    body: `${sentence}\n`,
  };
}

function file(contentType: string, name: string, body: string | Uint8Array): SiteAnswer {
  const headers = { "content-type": contentType, "content-disposition": `attachment; filename="${name}"` };
  return { status: 200, headers, body };
}

function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
}
