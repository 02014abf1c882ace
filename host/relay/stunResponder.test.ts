import { createSocket, type Socket } from "node:dgram";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stunPerSourceBurst } from "./limits.ts";
import { createStunResponder, type StunResponder } from "./stunResponder.ts";

const question = Buffer.from("000100002112a442" + "0102030405060708090a0b0c", "hex");
/** Loopback stands for the tailnet here; tailnetDoor.test.ts does the same over a real interface. */
const here = { address: "127.0.0.1", peers: ["127.0.0.0/8"] };

let port: number;
let nowMs = 0;
let stun: StunResponder;
let asker: Socket;
let answers: Buffer[];
let notices: string[];
beforeEach(async () => {
  asker = createSocket("udp4");
  answers = [];
  notices = [];
  asker.on("message", (bytes) => answers.push(bytes));
  await new Promise<void>((resolve) => asker.bind(0, "127.0.0.1", resolve));
  port = await freePort();
  stun = createStunResponder({
    port,
    nowMs: () => nowMs,
    notify: (says) => notices.push(says),
    retryEveryMs: 50,
  });
});
afterEach(() => {
  stun.close();
  asker.close();
});

async function freePort(): Promise<number> {
  const probe = createSocket("udp4");
  await new Promise<void>((resolve) => probe.bind(0, "127.0.0.1", resolve));
  const { port: free } = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return free;
}

async function ask(times = 1, bytes: Uint8Array = question): Promise<number> {
  answers.length = 0;
  for (let time = 0; time < times; time++) asker.send(bytes, port, "127.0.0.1");
  // UDP on loopback is there at once; what is not there now was not sent.
  await pause(150);
  return answers.length;
}

it("tells who asks where it is seen", async () => {
  stun.setPlaces([here]);
  await pause(50);
  expect(await ask()).toBe(1);
  const answer = answers[0] ?? Buffer.alloc(0);
  expect(answer.readUInt16BE(26) ^ 0x2112).toBe(asker.address().port);
  expect([...answer.subarray(28)].map((byte, index) => byte ^ ([0x21, 0x12, 0xa4, 0x42][index] ?? 0))).toEqual([
    127, 0, 0, 1,
  ]);
});

describe("is silent", () => {
  it("to everything that is no question", async () => {
    stun.setPlaces([here]);
    await pause(50);
    expect(await ask(1, Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toBe(0);
    expect(await ask(1, question.subarray(0, 19))).toBe(0);
    expect(await ask(1, Buffer.from(question).fill(1, 1, 2).fill(1, 0, 1))).toBe(0);
    expect(await ask()).toBe(1);
  });

  it("to who does not stand in the tailnet", async () => {
    stun.setPlaces([{ ...here, peers: ["100.64.0.0/10"] }]);
    await pause(50);
    expect(await ask()).toBe(0);
  });

  it("to one who asks without end, for as long as that, and to no longer", async () => {
    stun.setPlaces([here]);
    await pause(50);
    expect(await ask(stunPerSourceBurst * 3)).toBe(stunPerSourceBurst);
    expect(await ask()).toBe(0);
    nowMs += 1_000;
    expect(await ask()).toBe(1);
  });

  it("on an address that is gone, whose port is free again", async () => {
    stun.setPlaces([here]);
    await pause(50);
    expect(await ask()).toBe(1);
    stun.setPlaces([]);
    await pause(50);
    expect(await ask()).toBe(0);
    const next = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      next.once("error", reject);
      next.bind(port, "127.0.0.1", resolve);
    });
    next.close();
  });
});

it("waits for a port that another program holds, with one sentence", async () => {
  const other = createSocket("udp4");
  await new Promise<void>((resolve) => other.bind({ port, address: "127.0.0.1", exclusive: true }, resolve));
  stun.setPlaces([here]);
  await pause(200);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(/UDP port \d+ of 127\.0\.0\.1 is not free/);
  await new Promise<void>((resolve) => other.close(() => resolve()));
  await pause(150);
  expect(await ask()).toBe(1);
});
