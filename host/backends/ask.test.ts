import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { ask } from "./ask.ts";

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/models`);
}

async function say(url: URL, body = ""): Promise<string> {
  const { signal } = new AbortController();
  const answered = await ask(url, { method: body === "" ? "GET" : "POST", body, signal });
  return Buffer.concat(await answered.body.toArray()).toString();
}

test("a kept connection that the server closed meanwhile costs nobody an answer", async () => {
  const used = new Map<Socket, number>();
  const url = await serve((request, response) => {
    const times = (used.get(request.socket) ?? 0) + 1;
    used.set(request.socket, times);
    if (times > 1) request.socket.resetAndDestroy();
    else request.resume().once("end", () => response.end("here"));
  });
  for (let count = 0; count < 3; count++) expect(await say(url, "question")).toBe("here");
  // The connection was kept, and that is what was closed.
  expect([...used.values()]).toContain(2);
});

test("what is packed is unpacked, whoever asked for it", async () => {
  const url = await serve((_request, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync("words"));
  });
  expect(await say(url)).toBe("words");
});

test("an answer that leaves HTTP, or none at all, is a failure and no wait", async () => {
  const url = await serve((request) =>
    request.socket.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  );
  await expect(say(url)).rejects.toThrow(/\S/);
});

test("who has had enough is heard by the server, and gets no more", async () => {
  let isGone = (): void => {};
  const gone = new Promise<void>((resolve) => (isGone = resolve));
  const url = await serve((_request, response) => {
    response.once("close", isGone);
    response.write("a word");
  });
  const controller = new AbortController();
  const { body } = await ask(url, { signal: controller.signal });
  for await (const part of body) {
    expect(String(part)).toBe("a word");
    break;
  }
  await gone;
});

test("an answer that is stopped while nobody reads it ends quietly, packed or not", async () => {
  for (const packed of [false, true]) {
    const url = await serve((_request, response) => {
      if (packed) response.setHeader("content-encoding", "gzip");
      response.write(packed ? gzipSync("a word").subarray(0, 12) : "a word");
    });
    const controller = new AbortController();
    const { body } = await ask(url, { signal: controller.signal });
    const closed = new Promise((resolve) => body.once("close", resolve));
    controller.abort();
    await closed;
    // Thrown in nobody's turn, it would have ended the process; who reads now hears of it.
    await expect(body.toArray()).rejects.toThrow(/\S/);
    server?.closeAllConnections();
    server?.close();
  }
});

test("an answer that is stopped in the moment in which it ends harms nobody", async () => {
  const url = await serve((request, response) => {
    request.resume();
    response.write("a word");
    response.end("the last");
  });
  // Whatever nobody listened for would end the process that asks.
  const unheard: unknown[] = [];
  const note = (error: unknown): void => void unheard.push(error);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", note);
  try {
    for (let count = 0; count < 20; count++) {
      const controller = new AbortController();
      const answered = await ask(url, { method: "POST", body: "question", signal: controller.signal });
      const read = async (): Promise<void> => {
        for await (const _ of answered.body) controller.abort();
      };
      await read().catch(() => undefined);
      await new Promise((done) => setImmediate(done));
    }
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  }
  expect(unheard).toEqual([]);
});
