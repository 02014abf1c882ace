import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromGateway, toGateway, type FromGateway, type ToGateway } from "../ipc.ts";
import { startPart, type Part } from "../supervise.ts";
import { patience } from "../watch/watchdog.ts";
import { openDoor, type Door, type DoorPart } from "./door.ts";
import { doorLimits } from "./limits.ts";
import type { PartName } from "./whose.ts";

let door: Door;
let parts: Record<Exclude<PartName, "https">, { part: Part<ToGateway>; isReady: boolean }>;
let notices: string[];
// Nothing here may be saved by `takenMsMax`: what a dead part had is closed because it died.
const limits = { ...doorLimits, firstLineMsMax: 400, partWaitMsMax: 10_000, takenMsMax: 60_000 };

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(10)) if (condition()) return;
  throw new Error("Not within 20 s.");
}

beforeEach(async () => {
  // A part's next life may take seconds to begin, beside other work.
  limits.partWaitMsMax = 10_000;
  notices = [];
  let ids = 0;
  const start = (name: Exclude<PartName, "https">): { part: Part<ToGateway>; isReady: boolean } => {
    const state = { isReady: false } as { part: Part<ToGateway>; isReady: boolean };
    state.part = startPart<FromGateway, ToGateway>({
      name,
      entry: join(import.meta.dirname, "../testing/echoPart.ts"),
      execArgv: [],
      environment: { ...process.env, ECHO_PART: name },
      showsErrors: true,
      patience,
      incoming: fromGateway,
      outgoing: toGateway,
      onStarted: () => {},
      onStopped: () => {
        state.isReady = false;
      },
      onMessage: (message) => {
        if (message.type !== "ready") return;
        state.part.markReady();
        state.isReady = true;
        door?.wake(name);
      },
      onFatal: (error) => notices.push(error.message),
      notify: (says) => notices.push(says),
    });
    return state;
  };
  parts = { relay: start("relay"), gateway: start("gateway") };
  const behind = (name: Exclude<PartName, "https">): DoorPart => ({
    get isReady() {
      return parts[name].isReady;
    },
    handOver: (socket, came, settle) => {
      ids += 1;
      parts[name].part.sendSocket({ type: "socket", id: ids, ...came }, socket, settle);
    },
  });
  door = await openDoor({
    port: 0,
    parts: { relay: behind("relay"), gateway: behind("gateway"), https: null },
    tailnet: null,
    limits,
  });
  await until(() => parts.relay.isReady && parts.gateway.isReady);
});
afterEach(async () => {
  door.close();
  await Promise.all(Object.values(parts).map(({ part }) => part.stop({ type: "drain" }, 500)));
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly echo: { pid: number; name: string; bytes: number; hash: string } | null;
}

/** Sends these pieces on one connection and reads until it ends. */
async function send(pieces: readonly (string | Buffer)[], options: { halfClose?: boolean } = {}): Promise<Answer> {
  const socket = connect({ port: door.port, host: "127.0.0.1", allowHalfOpen: true });
  const answer = readAll(socket);
  for (const piece of pieces) {
    socket.write(piece);
    if (pieces.length > 1) await pause(1);
  }
  if (options.halfClose === true) socket.end();
  return answer;
}

function readAll(socket: Socket): Promise<Answer> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    socket.on("close", () => {
      const json = /\{.*\}/s.exec(text)?.[0];
      const echo = json === undefined ? null : (JSON.parse(json) as Answer["echo"]);
      resolve({ status: Number(text.slice(9, 12)), text, echo });
    });
  });
}

const request = (path: string, body: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);

describe("hands over", { timeout: 60_000 }, () => {
  it("1,300 connections, more than it may hold at once, each to its part, and keeps none", async () => {
    const openBefore = readdirSync("/proc/self/fd").length;
    for (let batch = 0; batch < 13; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, at) => send([request(at % 2 === 0 ? "/v1/x" : "/x", randomBytes(at * 7))])),
      );
      expect(answers.map((answer) => answer.echo?.name)).toEqual(
        answers.map((_, at) => (at % 2 === 0 ? "gateway" : "relay")),
      );
      expect(answers.map((answer) => answer.echo?.bytes)).toEqual(answers.map((_, at) => at * 7));
    }
    await until(() => readdirSync("/proc/self/fd").length <= openBefore + 2);
    expect(notices).toEqual([]);
  });

  it("every byte in order: large first packets, and heads cut anywhere", async () => {
    for (let round = 0; round < 30; round++) {
      const body = randomBytes(1 + ((round * 977_777) % 5_000_000));
      const whole = request("/v1/chat/completions", body);
      const cuts = [0, 1 + (round % 40), 41 + round * 13, whole.length];
      const pieces = round % 3 === 0 ? [whole] : cuts.slice(1).map((cut, at) => whole.subarray(cuts[at], cut));
      const { echo } = await send(pieces);
      expect(echo?.bytes).toBe(body.length);
      expect(echo?.hash).toBe(createHash("sha256").update(body).digest("hex"));
    }
  });

  it("a connection that comes byte by byte", async () => {
    const pieces = [...request("/v1/models").toString("latin1")];
    expect((await send(pieces)).echo?.name).toBe("gateway");
  });

  it("an upgrade, with what follows it at once", async () => {
    const socket = connect(door.port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.write("GET /link HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst words,");
    await until(() => text.includes("first words,"));
    socket.write(" and more");
    await until(() => text.endsWith("more"));
    expect(text).toMatch(/first words, and more$/);
    socket.destroy();
  });

  it("a connection whose other half is closed already", async () => {
    expect((await send([request("/x")], { halfClose: true })).echo?.name).toBe("relay");
  });

  it("on IPv6 too, and a second request on one connection", async () => {
    const socket = connect(door.port, "::1");
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    const ask = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write(ask);
    await until(() => text.includes("relay"));
    socket.write(ask);
    await until(() => text.split("relay").length === 3);
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    socket.destroy();
  });

  it("and the part's own time limits hold: a head that trickles is ended", async () => {
    const before = performance.now();
    await send(["GET /x HTTP/1.1\r\nHost: local"]);
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});

describe("lets nobody hang", { timeout: 120_000 }, () => {
  it("when a part is killed under load: each connection is answered or closed, and it comes back", async () => {
    const openBefore = readdirSync("/proc/self/fd").length;
    let answered = 0;
    let cut = 0;
    let told = 0;
    let isOver = false;
    const workers = Array.from({ length: 20 }, async () => {
      while (!isOver) {
        const result = await Promise.race([send([request("/v1/x", randomBytes(2_000))]), pause(30_000)]);
        if (result === undefined) throw new Error("A connection hung.");
        if (result.status === 200) answered += 1;
        else if (result.status === 503) told += 1;
        else cut += 1;
      }
    });
    for (let kill = 0; kill < 4; kill++) {
      const before = answered;
      await until(() => answered > before + 25);
      process.kill(parts.gateway.part.pid ?? 0, "SIGKILL");
      await until(() => !parts.gateway.isReady);
      await until(() => parts.gateway.isReady);
    }
    isOver = true;
    await Promise.all(workers);
    expect(answered).toBeGreaterThan(100);
    // Those that were with the part when it died.
    expect(cut).toBeLessThan(4 * 25);
    // Restarts wait longer each time, in the end perhaps longer than the door does here.
    expect(told).toBeLessThan(answered);
    expect((await send([request("/v1/x")])).status).toBe(200);
    await until(() => readdirSync("/proc/self/fd").length <= openBefore + 3);
  });

  it("while a part is down: who comes then waits, and is answered by its next life", async () => {
    const { pid } = parts.gateway.part;
    process.kill(pid ?? 0, "SIGKILL");
    await until(() => !parts.gateway.isReady);
    const { status, echo } = await send([request("/v1/x", randomBytes(3_000_000))]);
    expect(status).toBe(200);
    expect(echo?.pid).not.toBe(pid);
    expect(echo?.bytes).toBe(3_000_000);
  });

  it("longer than is kind: then it is told to try again, and the other part is not held up", async () => {
    limits.partWaitMsMax = 1_500;
    await parts.gateway.part.stop({ type: "drain" }, 500);
    const waiting = send([request("/v1/x", randomBytes(1_000_000))]);
    expect((await send([request("/x")])).echo?.name).toBe("relay");
    const { status, text } = await waiting;
    expect(status).toBe(503);
    expect(text).toContain("Try again");
    expect(text).toContain("connection: close");
  });

  it("when it says nothing, or half of something", async () => {
    for (const first of ["", "GE"]) {
      const socket = connect(door.port, "127.0.0.1");
      const before = performance.now();
      if (first !== "") socket.write(first);
      expect((await readAll(socket)).text).toBe("");
      expect(performance.now() - before).toBeLessThan(limits.firstLineMsMax + 15_000);
    }
    expect((await send(["GE"], { halfClose: true })).text).toBe("");
  });
});
