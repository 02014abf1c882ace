/** A host and browsers on a tailnet of real WireGuard tunnels (host/testing/tailnetLab.ts), for the tests and for `npm run demo:tailnet`. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium, expect, type BrowserContext, type Page } from "@playwright/test";
import { chromiumLaunch } from "../../host/testing/chromiumLaunch.ts";
import { openTailnetLab, type LabMachine } from "../../host/testing/tailnetLab.ts";
import { messageBox } from "./device.ts";

const root = resolve(import.meta.dirname, "../..");
const startMsMax = 30_000;
const port = 4242;

export interface TailnetHost {
  /** As printed for this machine, with the claim. */
  readonly link: string;
  /** As printed for other devices. */
  readonly origin: string;
  readonly certificatePage: string;
  readonly fingerprint: string;
  printed(): string;
  stop(): Promise<number>;
  kill(): void;
}

export interface TailnetDevice {
  readonly machine: LabMachine;
  readonly context: BrowserContext;
  readonly page: Page;
}

export interface TailnetWorld {
  readonly host: LabMachine;
  readonly phone: LabMachine;
  readonly laptop: LabMachine;
  startHost(): Promise<TailnetHost>;
  /** A browser that has been told to trust the host's authority, as its page says. */
  openDevice(
    machine: LabMachine,
    host: TailnetHost,
    viewport?: { width: number; height: number },
  ): Promise<TailnetDevice>;
  close(): Promise<void>;
}

export async function openTailnetWorld(folder: string): Promise<TailnetWorld> {
  const lab = await openTailnetLab(["host", "phone", "laptop"]);
  const [host, phone, laptop] = lab.machines;
  if (host === undefined || phone === undefined || laptop === undefined) throw new Error("A lab of three has three.");
  const contexts: BrowserContext[] = [];
  const hosts: TailnetHost[] = [];
  return {
    host,
    phone,
    laptop,
    startHost: async () => {
      const running = await startHost(host, join(folder, "home"));
      hosts.push(running);
      return running;
    },
    openDevice: async (machine, running, viewport = { width: 1280, height: 800 }) => {
      const home = join(folder, machine.name);
      await trustAuthority(machine, home, running);
      const { executablePath = "chromium", args } = chromiumLaunch();
      const context = await chromium.launchPersistentContext(join(home, "profile"), {
        executablePath: machine.wrapper(executablePath),
        args: [...args, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        env: { ...process.env, HOME: home },
        headless: true,
        viewport,
        hasTouch: viewport.width < 600,
        isMobile: viewport.width < 600,
        reducedMotion: "reduce",
      });
      contexts.push(context);
      return { machine, context, page: context.pages()[0] ?? (await context.newPage()) };
    },
    close: async () => {
      for (const context of contexts) await context.close().catch(() => {});
      for (const running of hosts) await running.stop();
      await lab.close();
    },
  };
}

async function startHost(machine: LabMachine, home: string): Promise<TailnetHost> {
  const [command, args] = machine.enter(process.execPath, ["host/main.ts"]);
  const child = spawn(command, args, {
    cwd: root,
    env: {
      ...process.env,
      SOVEREIGN_HOME: home,
      SOVEREIGN_PORT: String(port),
      SOVEREIGN_NO_OPEN: "1",
      // wireguard-go's device, as an owner without Tailscale names it.
      SOVEREIGN_WIREGUARD: machine.interfaceName,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const read = (form: RegExp): Promise<string> =>
    waitForText(
      child,
      () => form.exec(printed)?.[1],
      () => printed,
    );
  const link = await read(/^Open: (http:\/\/\S+)$/m);
  const certificatePage = await read(/trust this host: (\S+)$/m);
  const fingerprint = await read(/Compare there: (\S+)$/m);
  const origin = await read(/^Then open: (https:\/\/\S+)\/$/m);
  return {
    link,
    origin,
    certificatePage,
    fingerprint,
    printed: () => printed,
    stop: () => end(child, "SIGTERM"),
    kill: () => void child.kill("SIGKILL"),
  };
}

async function waitForText(
  child: ChildProcess,
  look: () => string | undefined,
  printed: () => string,
): Promise<string> {
  for (const until = Date.now() + startMsMax; Date.now() < until; await new Promise((done) => setTimeout(done, 25))) {
    const found = look();
    if (found !== undefined) return found;
    if (child.exitCode !== null) break;
  }
  child.kill("SIGKILL");
  throw new Error(`The host did not say what a person waits for:\n${printed()}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit", { signal: AbortSignal.timeout(10_000) });
    child.kill(signal);
    await ended.catch(() => child.kill("SIGKILL"));
  }
  return child.exitCode ?? -1;
}

/** What the page asks of a person on Linux: fetch the certificate, compare, import it. */
async function trustAuthority(
  machine: LabMachine,
  home: string,
  { certificatePage, fingerprint }: TailnetHost,
): Promise<void> {
  const store = join(home, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  const file = join(home, "sovereign.crt");
  const fetched = `fetch("${certificatePage}/sovereign.crt").then(async (r) => { const b = Buffer.from(await r.arrayBuffer()); require("fs").writeFileSync("${file}", b); console.log(new (require("crypto").X509Certificate)(b).fingerprint256) })`;
  const seen = await machine.run(`'${process.execPath}' -e '${fetched}'`);
  expect(seen, "the fingerprint on the device is the one that the host shows").toBe(fingerprint);
  await machine.run(
    `certutil -d sql:${store} -N --empty-password && certutil -d sql:${store} -A -t C,, -n Sovereign -i '${file}'`,
  );
}

/** From a code on the one to the vault on the other; the link is the one that the QR code holds. */
export async function pairUp(trusted: Page, fresh: Page): Promise<string> {
  await trusted.getByRole("button", { name: "Devices", exact: true }).click();
  const sheet = trusted.getByRole("dialog", { name: /Devices|Add a device/ });
  await sheet.getByRole("button", { name: "Add a device" }).click();
  await expect(sheet.getByRole("img", { name: "QR code with the link for the new device" })).toBeVisible();
  const link = (await sheet.locator(".pair-link").textContent()) ?? "";
  await fresh.goto(link);
  await expect(fresh.locator(".digits")).toBeVisible();
  await expect(trusted.locator(".digits")).toBeVisible();
  expect(await fresh.locator(".digits").textContent()).toBe(await trusted.locator(".digits").textContent());
  await fresh.getByRole("button", { name: "They are the same" }).click();
  await trusted.getByRole("button", { name: "They are the same" }).click();
  await expect(messageBox(fresh)).toBeVisible();
  return link;
}
