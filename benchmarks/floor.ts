/** What physics and the kernel allow on this machine, measured beside each result: a round trip, a flush, a copy. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { median, percentile } from "./collect.ts";
import type { Bench } from "./question.ts";

export async function measureFloor(bench: Bench): Promise<void> {
  const times = bench.isQuick ? 20 : 400;
  const trips = await measureTrips(times);
  noteTimes(bench, "loopback round trip of 64 B in Node", trips);
  noteTimes(bench, "append 200 B and fdatasync", measureFlushes(join(bench.folder, "floor"), times));
  const from = new Uint8Array((bench.isQuick ? 1 : 64) * 2 ** 20).fill(1);
  const to = new Uint8Array(from.length);
  to.set(from);
  const startedAt = performance.now();
  for (let at = 0; at < 8; at++) to.set(from);
  bench.floor("memory copy", (8 * from.length) / (performance.now() - startedAt) / 1e6, "GB/s");
}

function noteTimes(bench: Bench, what: string, times: readonly number[]): void {
  bench.floor(`${what}, median`, median(times) * 1_000, "µs");
  bench.floor(`${what}, p99`, percentile(times, 0.99) * 1_000, "µs");
}

async function measureTrips(times: number): Promise<number[]> {
  const server = createServer((socket) => void socket.setNoDelay(true).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = createConnection((server.address() as AddressInfo).port, "127.0.0.1").setNoDelay(true);
  const trips: number[] = [];
  const message = new Uint8Array(64);
  for (let at = 0; at < times; at++) {
    const startedAt = performance.now();
    await new Promise((resolve) => {
      socket.once("data", resolve);
      socket.write(message);
    });
    trips.push(performance.now() - startedAt);
  }
  socket.destroy();
  server.close();
  return trips;
}

function measureFlushes(file: string, times: number): number[] {
  const descriptor = openSync(file, "a", 0o600);
  const record = new Uint8Array(200).fill(7);
  const flushes: number[] = [];
  for (let at = 0; at < times; at++) {
    const startedAt = performance.now();
    writeSync(descriptor, record);
    fdatasyncSync(descriptor);
    flushes.push(performance.now() - startedAt);
  }
  closeSync(descriptor);
  return flushes;
}
