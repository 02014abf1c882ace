/**
 * The listener: Node's own HTTP server on both loopback addresses and nothing else, the gate on its raw events, and
 * behind it the app (h3) and the links (crossws). There is no option for another address.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import createWebSockets from "crossws/adapters/node";
import type { H3 } from "h3";
import { toNodeHandler } from "h3/node";
import { frameBytesMax } from "#sync/limits.ts";
import { HostError, systemCode } from "../errors.ts";
import { judgeRequest, type GateVerdict } from "./gate.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import * as limits from "./limits.ts";

/** The relay's end of a link. */
export interface ServerLink {
  send(frame: Uint8Array): void;
  /** Closes after what was sent has left. */
  close(): void;
  /** Closes at once, for a peer that does not read. */
  terminate(): void;
  readonly unsentBytes: number;
}

export interface ServerLinkEvents {
  onFrame(frame: Uint8Array): void;
  /** The socket takes more again. */
  onDrain(): void;
  onClose(): void;
}

export interface ServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly app: H3;
  /** `null` refuses the link: too many, or too fast. */
  readonly onLink: (link: ServerLink) => ServerLinkEvents | null;
}

export interface RelayServer {
  readonly port: number;
  /** Takes nothing new, waits for links to end, up to `graceMs`, then ends them. */
  close(graceMs: number): Promise<void>;
}

const LOOPBACK = ["127.0.0.1", "::1"] as const;
/** A free port on one loopback address may be taken on the other; another draw settles it. */
const portDrawsMax = 5;

export async function startServer(options: ServerOptions): Promise<RelayServer> {
  const sockets = createLinkSockets(options.onLink);
  const handleApp = toNodeHandler(options.app);
  let port = options.port;

  const judge = (request: IncomingMessage, isUpgrade: boolean): GateVerdict =>
    judgeRequest({
      method: request.method ?? "",
      target: request.url ?? "",
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
      isUpgrade,
      port,
    });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const verdict = judge(request, false);
    if (verdict.kind === "refuse") return refuse(response, verdict);
    // The router sees the path that was judged, and nothing that was not.
    request.url = verdict.path;
    void handleApp(request, response);
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const verdict = judge(request, true);
    if (verdict.kind === "refuse") return refuseSocket(socket, verdict.status, verdict.says);
    void sockets.handleUpgrade(request, socket, head);
  };

  const servers: Server[] = [];
  const close = async (graceMs: number): Promise<void> => {
    const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    for (const server of servers) server.closeIdleConnections();
    // Links that were told to go do so by themselves, having read why; whoever does not is cut off.
    await Promise.race([closed, pause(graceMs, undefined, { ref: false })]);
    sockets.closeAll(1_001, undefined, true);
    for (const server of servers) server.closeAllConnections();
    await closed;
  };
  for (let draw = 1; ; draw++) {
    try {
      port = options.port;
      for (const address of LOOPBACK) {
        const server = createListener(onRequest, onUpgrade);
        if (!(await listen(server, address, port))) continue;
        servers.push(server);
        port = (server.address() as AddressInfo).port;
      }
      if (servers.length > 0) return { port, close };
      throw new HostError(
        "port",
        "This machine has no loopback address (127.0.0.1), so the host cannot be reached. Check its network settings.",
      );
    } catch (error) {
      await Promise.all(servers.splice(0).map(closeServer));
      if (options.port !== 0 || draw === portDrawsMax || systemCode(error) !== "EADDRINUSE")
        throw toPortError(error, port);
    }
  }
}

function createListener(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Server {
  const server = createHttpServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMsMax,
    requestTimeout: limits.requestMsMax,
    connectionsCheckingInterval: limits.requestCheckEveryMs,
    keepAliveTimeout: limits.keepAliveMs,
    insecureHTTPParser: false,
    requireHostHeader: true,
  });
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  server.maxConnections = limits.socketsMax;
  server.on("request", onRequest);
  server.on("upgrade", onUpgrade);
  // "Expect: 100-continue" is a request with a body, which the gate refuses like any other.
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  server.on("connect", (_request, socket) => refuseSocket(socket, 405, "GET and HEAD only."));
  server.on("clientError", (error, socket) => {
    if (systemCode(error) === "ECONNRESET") socket.destroy();
    else refuseSocket(socket, 400, "That is not a request.");
  });
  return server;
}

function createLinkSockets(onLink: ServerOptions["onLink"]) {
  const eventsByPeer = new WeakMap<object, ServerLinkEvents>();
  return createWebSockets({
    // The protocol has its own PING with a deadline (session.ts); a second one would only hide a peer that reads
    // nothing.
    idleTimeout: 0,
    serverOptions: { maxPayload: frameBytesMax, perMessageDeflate: false, clientTracking: false },
    hooks: {
      open: (peer) => {
        const events = onLink({
          send: (frame) => void peer.send(frame),
          close: () => peer.close(1_000),
          terminate: () => peer.terminate(),
          get unsentBytes() {
            return peer.bufferedAmount;
          },
        });
        if (events === null) peer.terminate();
        else eventsByPeer.set(peer, events);
      },
      message: (peer, message) => {
        // Frames are binary; text is somebody else's protocol.
        if (typeof message.rawData === "string") peer.terminate();
        else eventsByPeer.get(peer)?.onFrame(message.uint8Array());
      },
      drain: (peer) => eventsByPeer.get(peer)?.onDrain(),
      error: (peer) => peer.terminate(),
      close: (peer) => {
        eventsByPeer.get(peer)?.onClose();
        eventsByPeer.delete(peer);
      },
    },
  });
}

/** `false` when this machine lacks the address (IPv6 switched off). */
function listen(server: Server, address: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(systemCode(error))) resolve(false);
      else reject(error);
    });
    server.listen({ port, host: address, exclusive: true, ipv6Only: address === "::1" }, () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      resolve(true);
    });
  });
}

function toPortError(error: unknown, port: number): unknown {
  const code = systemCode(error);
  if (code === "EADDRINUSE") {
    return new HostError(
      "port",
      `Port ${port} is taken by another program. Stop that program, or choose another port: SOVEREIGN_PORT=${port + 1} npm start.`,
    );
  }
  if (code === "EACCES") {
    return new HostError(
      "port",
      `Port ${port} needs administrator rights, which the host should not have. Choose one above 1023: SOVEREIGN_PORT=4242 npm start.`,
    );
  }
  return error;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function refuse(response: ServerResponse, { status, says }: { status: number; says: string }): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    connection: "close",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(`${says}\n`);
}

function refuseSocket(socket: Duplex | Socket, status: number, says: string): void {
  socket.on("error", () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${says.length + 1}\r\nconnection: close\r\n\r\n${says}\n`,
    () => socket.destroy(),
  );
}
