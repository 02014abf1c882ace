/** SECURITY T-20 and T-22: what a hostile model writes, in the real page under the real policy. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumLaunch } from "../../host/testing/chromiumLaunch.ts";
import { say } from "../../host/testing/scriptedBackend.ts";
import { hostileMarkup } from "../chat/markdown/hostileMarkup.ts";
import { answers, ask, createVault, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { startHost } from "./hostProcess.ts";

interface Harness {
  test(hostile: string): Promise<readonly string[]>;
  testJudge(): readonly (readonly string[])[];
}

const machine = "evil.example";

test("T-20 T-22 hundreds of hostile texts at every split: nothing runs, nothing is asked for, nothing harmful stands in the page", async ({
  folder,
}) => {
  test.setTimeout(600_000);
  const appDir = join(folder, "page");
  const config = join(import.meta.dirname, "../harness/vite.config.ts");
  const vite = join(import.meta.dirname, "../../node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--config", config, "--outDir", appDir, "--logLevel", "error"]);
  const host = await startHost({ home: join(folder, "home"), backend: null, appDir });
  // Every name leads to a listener that counts: a look-up or a connection is seen there and in the browser's own log.
  let connections = 0;
  const sink = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((ready) => sink.listen(0, "127.0.0.1", ready));
  const { port } = sink.address() as AddressInfo;
  const netLog = join(folder, "net.json");
  const launch = chromiumLaunch();
  const context = await chromium.launchPersistentContext(join(folder, "hostile"), {
    ...launch,
    args: [
      ...launch.args,
      `--log-net-log=${netLog}`,
      `--host-resolver-rules=MAP *.example 127.0.0.1:${port}, MAP ${machine} 127.0.0.1:${port}`,
    ],
    headless: true,
  });
  const asked: string[] = [];
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== host.origin) asked.push(request.url());
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(host.origin);
  await page.waitForFunction(() => "harness" in globalThis);

  const judged = await page.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.testJudge());
  expect(
    judged.filter((bad) => bad.length === 0),
    "the judge sees what it looks for",
  ).toEqual([]);

  expect(hostileMarkup.length).toBeGreaterThanOrEqual(300);
  const found: string[] = [];
  for (const hostile of hostileMarkup) {
    const bad = await page.evaluate(
      (given) => (globalThis as unknown as { harness: Harness }).harness.test(given),
      hostile,
    );
    for (const each of bad) found.push(`${JSON.stringify(hostile)}: ${each}`);
    expect(page.url(), hostile).toBe(`${host.origin}/`);
  }
  expect(found).toEqual([]);
  expect(asked).toEqual([]);
  await context.close();
  // Before its events stands the command line, which names the machine.
  const log = readFileSync(netLog, "utf8");
  const events = log.slice(log.indexOf('"events": [')).split("\n");
  expect(events.filter((line) => line.includes(host.origin)).length, "it is a log of this page").toBeGreaterThan(0);
  expect(
    events.filter((line) => line.includes(machine)),
    "no look-up, no connection, no request",
  ).toEqual([]);
  expect(connections).toBe(0);
  await new Promise((closed) => sink.close(closed));
  expect(await host.stop()).toBe(0);
});

test("T-20 T-22 all of it in one answer, in the names of models, in questions and titles of the app itself", async ({
  runHost,
  backend,
  openDevice,
}) => {
  test.setTimeout(240_000);
  const name = '<img src=x onerror="window.pwned=1">';
  backend.setModels([name]);
  // Without what shapes all that follows it.
  const answer = hostileMarkup
    .filter((text) => !/^(?:```|~~~|---)/.test(text) && !text.includes("\u0000"))
    .join("\n\n");
  backend.script(say(answer.replaceAll(/\ud800|\udc00/g, "")));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, `${name} ![p](https://${machine}/p) <script>window.pwned=1</script>`);
  await expect(stopButton(page)).toBeHidden({ timeout: 120_000 });
  await expect(answers(page)).toContainText("[TOC]");
  await page.getByRole("button", { name: "Details" }).last().click();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("onerror");
  await expect(page.getByRole("option").filter({ hasText: "onerror" }).first()).toBeVisible({ timeout: 30_000 });
  expect(await page.evaluate(() => (globalThis as { pwned?: unknown }).pwned)).toBeUndefined();
  expect(
    await page.locator("iframe, img:not([src^='blob:']), object, embed, form[action], script:not([src])").count(),
  ).toBe(0);
});
