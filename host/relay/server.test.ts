import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { H3 } from "h3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { listenOnLoopback, type Loopback } from "../door/loopback.ts";
import { sharedMessageBytesMax } from "./limits.ts";
import { createServer, type RelayServer, type ServerLink } from "./server.ts";

let server: RelayServer;
let listener: Loopback;
/** The relay's ends of the links, in the order in which they came. */
let links: ServerLink[];
/** Each call to the kernel: by which of the sockets, and how many pieces it carries. */
let calls: { readonly socket: number; readonly pieces: number }[];

beforeEach(async () => {
  [links, calls] = [[], []];
  server = createServer({
    app: new H3(),
    onLink: (link) => {
      links.push(link);
      return { onFrame: () => {}, onDrain: () => {}, onClose: () => {} };
    },
  });
  let sockets = 0;
  listener = await listenOnLoopback({
    port: 0,
    socketsMax: 8,
    onSocket: (socket) => {
      countCalls(socket, sockets);
      sockets += 1;
      server.accept(socket);
    },
  });
});

afterEach(async () => {
  listener.close();
  await server.close(0);
});

/** What Node's streams call to write: once for what is written by itself, once for all that was held back together. */
function countCalls(socket: Socket, number: number): void {
  const { _write: write, _writev: writev } = socket;
  socket._write = (chunk, encoding, done) => {
    calls.push({ socket: number, pieces: 1 });
    write.call(socket, chunk, encoding, done);
  };
  socket._writev = (chunks, done) => {
    calls.push({ socket: number, pieces: chunks.length });
    writev?.call(socket, chunks, done);
  };
}

/** A device's end: all that came, and a promise of so many frames. */
async function openLink(): Promise<{ until(frames: number): Promise<readonly Buffer[]> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/link`);
  const came: Buffer[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data: Buffer) => {
    came.push(data);
    for (const look of waiting) look();
  });
  await new Promise((resolve) => socket.once("open", resolve));
  return {
    until: (frames) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (came.length >= frames) resolve(came);
        };
        waiting.add(look);
        look();
      }),
  };
}

const word = (at: number): Uint8Array => Uint8Array.of(22, at);

it("what one turn has for links, many frames and many links, is one call to the kernel for each link", async () => {
  const ends = [await openLink(), await openLink(), await openLink()];
  await turn();
  calls = [];
  for (let at = 0; at < 20; at++) for (const link of links) link.send(word(at));
  expect(calls).toEqual([]);
  const came = await Promise.all(ends.map((end) => end.until(20)));
  expect(calls).toEqual([0, 1, 2].map((socket) => ({ socket, pieces: 20 })));
  for (const frames of came) expect(frames).toEqual(frames.map((_, at) => Buffer.from(word(at))));
  links[1]?.send(word(20));
  await ends[1]?.until(21);
  expect(calls.slice(3)).toEqual([{ socket: 1, pieces: 1 }]);
});

it("a long frame is a call of its own, between what came before it and what comes after", async () => {
  const end = await openLink();
  await turn();
  calls = [];
  const long = new Uint8Array(sharedMessageBytesMax + 1).fill(7);
  for (const frame of [word(0), word(1), long, word(2), word(3)]) links[0]?.send(frame);
  const came = await end.until(5);
  expect(calls.map(({ pieces }) => pieces)).toEqual([2, 2, 2]);
  expect(came.map(({ length }) => length)).toEqual([2, 2, long.length, 2, 2]);
  expect(came.map((frame) => frame[1])).toEqual([0, 1, 7, 2, 3]);
});
