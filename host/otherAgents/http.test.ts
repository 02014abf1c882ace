/** What is sent to a program that does not read it. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { sendBody } from "./http.ts";
import { unreadMs } from "./limits.ts";

const server = createServer();
let socket: Socket;
afterEach(() => {
  socket.destroy();
  server.close();
});

async function ask(): Promise<ServerResponse> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const asked = once(server, "request");
  socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [, response] = (await asked) as [unknown, ServerResponse];
  response.on("error", () => {});
  return response;
}

/** As long as anybody takes them. */
function pieces(): { readonly body: AsyncIterable<Uint8Array>; taken(): number } {
  let count = 0;
  const body = (async function* () {
    for (; count < 10_000; count++) yield new Uint8Array(65_536);
  })();
  return { body, taken: () => count };
}

test("OA8 a program that does not read is sent no more than fits, and is not waited for for ever", async () => {
  const response = await ask();
  const clock = createManualClock();
  const { body, taken } = pieces();
  const done = sendBody(response, body, clock);
  // Until nothing more is taken.
  for (let before = -1; before !== taken();) {
    before = taken();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(taken()).toBeLessThan(1_000);
  expect(response.writableLength).toBeLessThan(1_000_000);
  await clock.advance(unreadMs + 1);
  expect(await done).toBe(false);
});

test("OA8 one that reads has all of it; one that goes away ends it", async () => {
  const response = await ask();
  const clock = createManualClock();
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
  socket.resume();
  expect(await sendBody(response, [new Uint8Array(3_000_000), new Uint8Array(3_000_000)], clock)).toBe(true);
  await expect.poll(() => bytes, { timeout: 15_000 }).toBeGreaterThan(6_000_000);
  const asked = once(server, "request");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [, second] = (await asked) as [unknown, ServerResponse];
  second.on("error", () => {});
  socket.pause();
  const { body, taken } = pieces();
  const done = sendBody(second, body, clock);
  await expect.poll(taken, { timeout: 15_000 }).toBeGreaterThan(0);
  socket.destroy();
  expect(await done).toBe(false);
});
