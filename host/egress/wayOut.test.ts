/** What is named gets through and is counted; what is not is refused and counted. In a process of its own: closing cannot be taken back. */
import { execFile } from "node:child_process";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Calls } from "./calls.ts";

let server: Server;
let port = 0;
beforeEach(async () => {
  server = createServer((socket) => socket.on("error", () => {}).on("data", () => socket.end("answer")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => void server.close());

/** The program's last expression is what it tells. */
async function run(lines: string): Promise<unknown> {
  const program = `import net from "node:net"; import { closeWays, nameCall, noteCall, takeCalls } from ${JSON.stringify(join(import.meta.dirname, "wayOut.ts"))};
const ended = (socket) => new Promise((resolve) => socket.on("error", () => {}).on("data", () => {}).on("close", resolve));
const ask = (port, host) => { const socket = net.connect(port, host); socket.write("question"); return ended(socket); };
const told = []; ${lines}; console.log(JSON.stringify(told))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  return JSON.parse(stdout) as unknown;
}

const backend = (more: Partial<Calls>): Calls => ({
  ...{ why: "backend", to: `127.0.0.1:${port}`, calls: 1, bytesOut: 8, bytesIn: 6 },
  ...more,
});

it("EG2 what is named gets through, and is told once, with its bytes; one that goes on is told as it goes", async () => {
  const told = await run(`closeWays(); nameCall("backend", new URL("http://127.0.0.1:${port}/v1"));
await ask(${port}, "127.0.0.1"); told.push(takeCalls(), takeCalls());
const open = net.connect(${port}, "127.0.0.1"); open.write("part"); await new Promise((resolve) => open.on("data", resolve)); told.push(takeCalls());
await ended(open); told.push(takeCalls()); noteCall("download", "a registry"); told.push(takeCalls())`);
  const noted = { why: "download", to: "a registry", calls: 1, bytesOut: 0, bytesIn: 0 };
  expect(told).toEqual([[backend({})], [], [backend({ bytesOut: 4 })], [], [noted]]);
});

it("EG3 what nobody has named does not leave a closed process, and is told; names are no matter of spelling", async () => {
  const told =
    await run(`closeWays(); nameCall("backend", new URL("http://LOCALHOST:${port}")); nameCall("relay", new URL("wss://[::1]/link"));
await ask(${port}, "127.0.0.1"); await ask(${port}, "localhost"); await ask({ host: "example.org", port: "443" }); await ask({ host: "::1", port: 443 }); told.push(...takeCalls())`);
  expect(told).toEqual([
    { why: "refused", to: `127.0.0.1:${port}`, calls: 1, bytesOut: 0, bytesIn: 0 },
    backend({ to: `localhost:${port}` }),
    { why: "refused", to: "example.org:443", calls: 1, bytesOut: 0, bytesIn: 0 },
    { why: "relay", to: "[::1]:443", calls: 1, bytesOut: 0, bytesIn: 0 },
  ]);
});

it("EG4 a thousand places that nobody had named are no thousand entries", async () => {
  const told = (await run(`closeWays();
for (let at = 0; at < 1000; at++) await ask(at + 1, "127.0.0.1"); told.push(...takeCalls())`)) as Calls[];
  expect(told).toHaveLength(201);
  expect(told.at(-1)).toEqual({ why: "refused", to: "elsewhere", calls: 800, bytesOut: 0, bytesIn: 0 });
});

it("EG5 a command that is not closed reaches whom it likes, and only what is named is told", async () => {
  const told = await run(`await ask(${port}, "127.0.0.1"); nameCall("download", new URL("http://127.0.0.1:${port}"));
await ask(${port}, "127.0.0.1"); told.push(...takeCalls())`);
  expect(told).toEqual([backend({ why: "download" })]);
});
