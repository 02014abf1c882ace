/**
 * What happens behind a connection, for the relay and for the gateway alike: Node's own HTTP server, which listens
 * nowhere. Connections come from the door by way of the supervisor, or from a listener of the part's own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { systemCode } from "../errors.ts";
import { doorwayOf, type Came, type Doorway } from "./doorway.ts";

export interface HttpLimits {
  /** Connections at once; more are closed at once. */
  readonly socketsMax: number;
  readonly headerBytesMax: number;
  readonly headersMsMax: number;
  /** A whole request with its body. */
  readonly requestMsMax: number;
  /** How often Node looks for requests that are over their time. */
  readonly requestCheckEveryMs: number;
  readonly keepAliveMs: number;
  readonly requestsPerSocketMax: number;
}

export interface HttpConnectionsOptions {
  readonly limits: HttpLimits;
  /** `expects`: the sender waits for "100 Continue" before it sends the body. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse, expects: boolean) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Says no to what is not even a request, or to CONNECT. */
  readonly refuseSocket: (socket: Duplex, status: 400 | 405) => void;
}

export interface HttpConnections {
  /** Bytes that were read of it already have to be put back (`unshift`) before. */
  accept(socket: Socket, came?: Came): void;
  /** What the other end of a connection may call us. */
  doorwayOf(socket: Socket): Doorway;
  /** Takes nothing new, waits for what is open to end, up to `graceMs`, then ends it. */
  close(graceMs: number): Promise<void>;
}

const closeLookEveryMs = 25;
const BY_LOOPBACK: Came = { names: [], securePort: null };

export function createHttpConnections(options: HttpConnectionsOptions): HttpConnections {
  const { limits, onRequest, onUpgrade, refuseSocket } = options;
  const sockets = new Set<Socket>();
  const doorways = new WeakMap<Socket, Doorway>();
  let isClosing = false;

  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMsMax,
    requestTimeout: limits.requestMsMax,
    connectionsCheckingInterval: limits.requestCheckEveryMs,
    keepAliveTimeout: limits.keepAliveMs,
    insecureHTTPParser: false,
    requireHostHeader: true,
  });
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  server.on("request", (request, response) => onRequest(request, response, false));
  server.on("checkContinue", (request, response) => onRequest(request, response, true));
  server.on("checkExpectation", (request, response) => onRequest(request, response, false));
  server.on("upgrade", onUpgrade);
  server.on("connect", (_request, socket) => refuseSocket(socket, 405));
  server.on("clientError", (error, socket) => {
    if (systemCode(error) === "ECONNRESET") socket.destroy();
    else refuseSocket(socket, 400);
  });
  // Node looks for slow requests from the moment a server listens. This one never does, and has to be told.
  server.emit("listening");

  return {
    accept: (socket, { names, securePort } = BY_LOOPBACK) => {
      if (isClosing || sockets.size >= limits.socketsMax) return void socket.destroy();
      sockets.add(socket);
      doorways.set(socket, doorwayOf(socket, names, securePort));
      socket.once("close", () => sockets.delete(socket));
      // As Node's own listener sets them; a connection that came from another process has lost both.
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      server.emit("connection", socket);
      socket.resume();
    },
    doorwayOf: (socket) => doorways.get(socket) ?? doorwayOf({}, []),
    close: async (graceMs) => {
      isClosing = true;
      for (const end = performance.now() + graceMs; sockets.size > 0 && performance.now() < end;) {
        server.closeIdleConnections();
        await pause(closeLookEveryMs);
      }
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
