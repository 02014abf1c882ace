import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openServiceManager, type ServiceManager } from "./serviceManager.ts";

/** Receives as systemd does: one line a datagram, and what comes with a message (its barrier) is closed. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    data, fds, _, _ = socket.recv_fds(s, 4096, 4)
    for fd in fds: socket.close(fd)
    print(data.decode().strip().replace("\\n", " "), flush=True)
`;
const hasTools = ["python3", "systemd-notify"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
if (!hasTools) console.log("serviceManager.test.ts was not run: it needs python3 and systemd-notify.");

let folder: string;
let receiver: ChildProcess | null;
let received: string[];
let manager: ServiceManager | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-notify-"));
  receiver = manager = null;
  received = [];
});
afterEach(() => {
  manager?.close();
  receiver?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function receive(): Promise<string> {
  const path = join(folder, "notify");
  receiver = spawn("python3", ["-c", RECEIVER, path], { stdio: ["ignore", "pipe", "inherit"] });
  receiver.stdout?.on("data", (chunk: Buffer) => received.push(...chunk.toString().split("\n").filter(Boolean)));
  await until(() => received.includes("bound"));
  return path;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(20)) if (condition()) return;
  throw new Error(`Not within 20 s: ${received.join(" | ")}`);
}

const fed = (): number => received.filter((line) => line.includes("WATCHDOG=1")).length;

describe.runIf(hasTools)("tells systemd", { timeout: 90_000 }, () => {
  it("that it is ready, how it is, and feeds the watchdog for as long as all parts beat", async () => {
    const path = await receive();
    let health = { isWell: true, says: "relay: running" };
    manager = openServiceManager({
      environment: { PATH: process.env["PATH"], NOTIFY_SOCKET: path, WATCHDOG_USEC: "600000" },
      health: () => health,
      notify: (says) => received.push(says),
    });
    await pause(700);
    expect(fed()).toBe(0);
    manager?.ready();
    await until(() => received.some((line) => line.includes("READY=1") && line.includes("STATUS=relay: running")));
    await until(() => fed() >= 2);

    health = { isWell: false, says: "relay: not running" };
    await until(() => received.some((line) => line.includes("STATUS=relay: not running")));
    // One that was on its way may still arrive.
    await pause(400);
    const before = fed();
    await pause(1_500);
    expect(fed()).toBe(before);

    health = { isWell: true, says: "relay: running" };
    await until(() => fed() > before);
    manager?.stopping();
    await until(() => received.some((line) => line.includes("STOPPING=1")));
    const last = fed();
    await pause(1_000);
    expect(fed()).toBe(last);
  });

  it("nothing about a watchdog that it did not ask for", async () => {
    const path = await receive();
    manager = openServiceManager({
      environment: { PATH: process.env["PATH"], NOTIFY_SOCKET: path },
      health: () => ({ isWell: true, says: "well" }),
      notify: (says) => received.push(says),
    });
    manager?.ready();
    await until(() => received.some((line) => line.includes("READY=1")));
    await pause(1_000);
    expect(fed()).toBe(0);
  });
});

it("is not there where no service manager is", () => {
  const health = () => ({ isWell: true, says: "" });
  expect(openServiceManager({ environment: {}, health, notify: () => {} })).toBeNull();
});

it("says so once when systemd's command is missing", async () => {
  const notices: string[] = [];
  manager = openServiceManager({
    environment: { PATH: folder, NOTIFY_SOCKET: join(folder, "nobody"), WATCHDOG_USEC: "500000" },
    health: () => ({ isWell: true, says: "" }),
    notify: (says) => notices.push(says),
  });
  manager?.ready();
  await pause(1_200);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(/systemd-notify is not there/);
});
