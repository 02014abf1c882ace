import { afterEach, expect, it } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import type { AddressInfo } from "node:net";
import { runLinkSuite, openSeen, untilSeen } from "#sync/testing/linkSuite.ts";
import { createRelayLink } from "./relayLink.ts";

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

async function listen(onConnection: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  servers.push(server);
  server.on("connection", onConnection);
  await new Promise<void>((resolve) => server.once("listening", resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link`;
}

runLinkSuite("the agent's own WebSocket", async () => {
  const accepted = Promise.withResolvers<WebSocket>();
  const url = await listen((socket) => accepted.resolve(socket));
  return {
    here: createRelayLink(url),
    there: (events) => {
      const opened = accepted.promise.then((socket) => {
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

it("text, and nobody there, end it", async () => {
  const talks = openSeen(createRelayLink(await listen((socket) => socket.send("text"))));
  await untilSeen(() => talks.closed === 1, "text ends it");
  expect(talks.frames).toEqual([]);
  const nobody = openSeen(createRelayLink("ws://127.0.0.1:1/link"));
  await untilSeen(() => nobody.closed === 1, "nobody is there");
});
