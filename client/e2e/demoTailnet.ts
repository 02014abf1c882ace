/**
 * `npm run demo:tailnet`: a host and two browsers on a tailnet of real WireGuard tunnels, on this machine alone. It pairs them, asks, kills the host
 * and lets them write to each other; pictures of both, and of what a person meets on the way, go to dist/shots/tailnet. Linux, as root.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "@playwright/test";
import { ensureBuilt } from "../../host/launch/build.mjs";
import { ensureTailnetTools } from "../../host/launch/tailnetTools.mjs";
import { whyNoLab } from "../../host/testing/tailnetLab.ts";
import { answers, ask, createVault, questions, syncStatus } from "./device.ts";
import { openTailnetWorld, pairUp } from "./tailnetWorld.ts";

await ensureTailnetTools(console.log);
const why = whyNoLab();
if (why !== null) {
  console.error(`There can be no tailnet on this machine: ${why}.`);
  process.exit(1);
}
await ensureBuilt(console.log);
const out = resolve(import.meta.dirname, "../../dist/shots/tailnet");
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "sovereign-demo-"));
const world = await openTailnetWorld(folder);
const phoneSize = { width: 390, height: 844 };
try {
  const host = await world.startHost();
  console.log(`The host, on ${world.host.address}: ${host.origin}, trusted by ${host.fingerprint}`);
  const { page: laptop } = await world.openDevice(world.laptop, host);
  const { page: phone } = await world.openDevice(world.phone, host, phoneSize);
  const shoot = async (name: string): Promise<void> => {
    await laptop.screenshot({ path: join(out, `${name}-laptop.png`) });
    await phone.screenshot({ path: join(out, `${name}-phone.png`) });
    console.log(`${join(out, name)}-{laptop,phone}.png`);
  };
  await laptop.goto(host.certificatePage);
  await phone.goto(host.certificatePage);
  await shoot("1-trust");
  await createVault(laptop, `${host.origin}/${new URL(host.link).hash}`);
  await ask(laptop, "What is a vault?");
  await expect(answers(laptop)).toContainText(["vault"]);
  await pairUp(laptop, phone);
  await shoot("2-paired");
  await laptop.keyboard.press("Escape");
  await phone.getByRole("button", { name: "Open chats" }).click();
  await phone.getByRole("navigation", { name: "Chats" }).getByText("What is a vault?").click();
  await expect(syncStatus(phone)).toHaveText(/and direct/i);
  await ask(phone, "And what does my host see?");
  await expect(answers(laptop)).toHaveCount(2);
  await expect(syncStatus(laptop)).toHaveText(/on your host/i);
  await shoot("3-together");
  host.kill();
  await expect(syncStatus(phone)).toHaveText(/^direct to/i);
  await ask(phone, "Written with the host switched off");
  await expect(questions(laptop)).toHaveCount(3);
  await shoot("4-without-host");
} finally {
  await world.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
