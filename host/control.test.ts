import { mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { askHost, startControl, type Control } from "./control.ts";
import type { HostStatus } from "./hostStatus.ts";

let home: string;
const controls: Control[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-control-"));
});
afterEach(() => {
  for (const control of controls.splice(0)) control.close();
  rmSync(home, { recursive: true });
});

const status = { home: "/somewhere", upSeconds: 3 } as HostStatus;

async function start(at = home): Promise<void> {
  controls.push(await startControl(at, { status: () => status, link: () => "http://localhost:1/#h=x" }));
}

/** What a raw line is answered. */
async function say(line: string): Promise<string> {
  const socket = connect(join(home, "control.sock"));
  let told = "";
  socket.setEncoding("utf8").on("data", (text: string) => (told += text));
  socket.on("error", () => {});
  socket.write(line);
  await new Promise((resolve) => socket.once("close", resolve));
  return told;
}

it("answers its owner, in a socket that nobody else may open", async () => {
  expect(await askHost(home, "status")).toBeNull();
  await start();
  expect(statSync(join(home, "control.sock")).mode & 0o777).toBe(0o600);
  expect(await askHost(home, "status")).toEqual(status);
  expect(await askHost(home, "link")).toBe("http://localhost:1/#h=x");
});

it("answers nothing to anything else, and goes on", async () => {
  await start();
  expect(await say("hello\n")).toBe('{"answer":null}\n');
  expect(await say('{"ask":"stop"}\n')).toBe('{"answer":null}\n');
  expect(await say(`{"ask":"${"x".repeat(2_000)}`)).toBe("");
  expect(await askHost(home, "status")).toEqual(status);
});

it("takes the place of a socket that a killed host left behind", async () => {
  writeFileSync(join(home, "control.sock"), "");
  await start();
  expect(await askHost(home, "status")).toEqual(status);
});

it("works from a home whose path is too long for a socket", async () => {
  const deep = join(home, "d".repeat(120));
  mkdirSync(deep);
  await start(deep);
  expect(await askHost(deep, "status")).toEqual(status);
});
