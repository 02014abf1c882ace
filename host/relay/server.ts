/**
 * What the relay does with a connection: the gate on Node's raw HTTP events, and behind it the app (h3) and the links
 * (ws). It listens nowhere: connections come from the door (host/door).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { H3 } from "h3";
import { toNodeHandler } from "h3/node";
import { WebSocketServer, type WebSocket } from "ws";
import { frameBytesMax } from "#sync/limits.ts";
import { createHttpConnections } from "../door/httpConnections.ts";
import type { Came } from "../door/doorway.ts";
import { judgeRequest, type GateVerdict } from "./gate.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import * as limits from "./limits.ts";
import { sharedMessageBytesMax } from "./limits.ts";
import { createTurnWrites } from "./turnWrites.ts";

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
  readonly app: H3;
  /** `null` refuses the link: too many, or too fast. */
  readonly onLink: (link: ServerLink) => ServerLinkEvents | null;
}

export interface RelayServer {
  accept(socket: Socket, came?: Came): void;
  /** Takes nothing new, waits for links to end, up to `graceMs`, then ends them. */
  close(graceMs: number): Promise<void>;
}

export function createServer(options: ServerOptions): RelayServer {
  const links = createLinkSockets(options.onLink);
  const handleApp = toNodeHandler(options.app);

  const judge = (request: IncomingMessage, isUpgrade: boolean): GateVerdict =>
    judgeRequest({
      method: request.method ?? "",
      target: request.url ?? "",
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
      isUpgrade,
      doorway: connections.doorwayOf(request.socket),
    });
  const connections = createHttpConnections({
    limits: {
      socketsMax: limits.socketsMax,
      headerBytesMax: limits.headerBytesMax,
      headersMsMax: limits.headersMsMax,
      requestMsMax: limits.requestMsMax,
      requestCheckEveryMs: limits.requestCheckEveryMs,
      keepAliveMs: limits.keepAliveMs,
      requestsPerSocketMax: limits.requestsPerSocketMax,
    },
    onRequest: (request, response) => {
      const verdict = judge(request, false);
      if (verdict.kind === "refuse") return refuse(response, verdict);
      // The router sees the path that was judged, and nothing that was not.
      request.url = verdict.path;
      void handleApp(request, response);
    },
    onUpgrade: (request, socket, head) => {
      const verdict = judge(request, true);
      if (verdict.kind === "refuse") return refuseSocket(socket, verdict.status, verdict.says);
      links.handleUpgrade(request, socket, head);
    },
    refuseSocket: (socket, status) =>
      refuseSocket(socket, status, status === 405 ? "GET and HEAD only." : "That is not a request."),
  });
  return {
    accept: connections.accept,
    close: async (graceMs) => {
      // Links that were told to go do so by themselves, having read why; whoever does not is cut off.
      await connections.close(graceMs);
      links.terminateAll();
    },
  };
}

function createLinkSockets(onLink: ServerOptions["onLink"]) {
  const toMessage = createMessages();
  const writes = createTurnWrites();
  // The protocol has its own PING with a deadline (session.ts); a second one would only hide a peer that reads nothing.
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
    handleProtocols: () => false,
  });

  function open(webSocket: WebSocket, socket: Duplex): void {
    const events = onLink({
      send: (frame) => {
        if (!socket.writable) return;
        if (frame.length > sharedMessageBytesMax) {
          // Corked, many of them would look like a reader that does not keep up.
          writes.release(socket);
          webSocket.send(frame);
        } else {
          writes.gather(socket);
          socket.write(toMessage(frame));
        }
      },
      close: () => webSocket.close(1_000),
      terminate: () => webSocket.terminate(),
      get unsentBytes() {
        return socket.writableLength;
      },
    });
    webSocket.on("error", () => webSocket.terminate());
    if (events === null) return webSocket.terminate();
    const onDrain = (): void => events.onDrain();
    webSocket.on("message", (data: Buffer, isBinary) => {
      // Frames are binary; text is somebody else's protocol.
      if (isBinary) events.onFrame(data);
      else webSocket.terminate();
    });
    socket.on("drain", onDrain);
    webSocket.on("close", () => {
      socket.off("drain", onDrain);
      events.onClose();
    });
  }

  return {
    handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      server.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, socket)),
    terminateAll: () => {
      for (const webSocket of server.clients) webSocket.terminate();
    },
  };
}

/**
 * A short frame as the bytes of a WebSocket message (RFC 6455 §5.2: binary, whole, unmasked, as a server sends), made once for all links it
 * goes to and written by one call for each. The library would put a head of its own in front of it for each link, and write both: a third more of
 * what a word costs with many readers. Its own messages (pong, close, long frames) go through the same socket whole, so none comes between.
 */
function createMessages(): (frame: Uint8Array) => Uint8Array {
  let last: { readonly frame: Uint8Array; readonly message: Uint8Array } | null = null;
  return (frame) => {
    if (last?.frame !== frame) {
      const { length } = frame;
      const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 0xff];
      const message = new Uint8Array(head.length + length);
      message.set(head);
      message.set(frame, head.length);
      last = { frame, message };
    }
    return last.message;
  };
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

function refuseSocket(socket: Duplex, status: number, says: string): void {
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
