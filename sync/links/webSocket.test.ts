import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer, type WebSocket as ServerSocket } from "ws";
import { frameBytesMax } from "../limits.ts";
import type { Link } from "../ports.ts";
import { until } from "../testing/testDevice.ts";
import { runLinkSuite } from "../testing/linkSuite.ts";
import { createWebSocketLink } from "./webSocket.ts";

const servers: WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

async function listen(onConnection: (socket: ServerSocket) => void): Promise<string> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  servers.push(server);
  server.on("connection", onConnection);
  server.on("close", () => http.close());
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/link`;
}

function open(url: string): { link: Link; frames: Uint8Array[]; opened: number; closed: number } {
  const seen = { frames: [] as Uint8Array[], opened: 0, closed: 0 };
  const link = createWebSocketLink(url)({
    onOpen: () => (seen.opened += 1),
    onFrame: (frame) => seen.frames.push(frame),
    onClose: () => (seen.closed += 1),
  });
  return Object.assign(seen, { link });
}

runLinkSuite("a WebSocket", async () => {
  const accepted = Promise.withResolvers<ServerSocket>();
  const url = await listen((socket) => accepted.resolve(socket));
  return {
    here: createWebSocketLink(url),
    // The other end of a WebSocket is a server's: ws, as the relay has it.
    there: (events) => {
      const opened = accepted.promise.then((socket) => {
        socket.binaryType = "nodebuffer";
        socket.on("message", (data: Buffer) => events.onFrame(new Uint8Array(data)));
        socket.on("close", () => events.onClose());
        events.onOpen();
        return socket;
      });
      return {
        send: (frame) => void opened.then((socket) => socket.readyState === socket.OPEN && socket.send(frame.slice())),
        close: () => void opened.then((socket) => socket.close()),
        waitingBytes: 0,
      };
    },
  };
});

describe("a link over a WebSocket", () => {
  it("carries whole frames both ways, in order", async () => {
    const url = await listen((socket) => socket.on("message", (data: Buffer) => socket.send(data)));
    const end = open(url);
    await until(() => end.opened === 1, "open");
    for (let value = 0; value < 50; value++) end.link.send(new Uint8Array(1000).fill(value));
    await until(() => end.frames.length === 50, "all came back");
    expect(end.frames.map((frame) => frame[999])).toEqual(Array.from({ length: 50 }, (_, value) => value));
    end.link.close();
    await until(() => end.closed === 1, "closed");
  });

  it("says once that it closed, also when it never opened", async () => {
    const end = open("ws://127.0.0.1:9/link");
    await until(() => end.closed === 1, "closed");
    end.link.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(end).toMatchObject({ opened: 0, closed: 1 });
  });

  it("closes on text, and on more than any frame", async () => {
    for (const message of ["hello", Buffer.alloc(frameBytesMax + 1)]) {
      const end = open(await listen((socket) => socket.send(message)));
      await until(() => end.closed === 1, "closed");
      expect(end.frames).toEqual([]);
    }
  });

  it("sends nothing after it closed", async () => {
    let received = 0;
    const end = open(await listen((socket) => socket.on("message", () => (received += 1))));
    await until(() => end.opened === 1, "open");
    end.link.close();
    end.link.send(new Uint8Array(3));
    await until(() => end.closed === 1, "closed");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(received).toBe(0);
  });
});
