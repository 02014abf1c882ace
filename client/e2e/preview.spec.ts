/** Diagrams, and the sealed frame that draws them (SECURITY §0.4, T-23): nothing gets out of it, and nothing that runs in it hangs the app. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { hangAfter, say, type Script } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, openDevice, stopButton, waitForServiceWorker } from "./device.ts";
import { egressChannels, egressPage } from "./egressPage.ts";
import { egressDomain as domain, listening, namesIn, settleMs, startSink } from "./egressSink.ts";
import { expect, test } from "./fixtures.ts";
import { startHost } from "./hostProcess.ts";

const diagram = "```mermaid\nflowchart LR\n  A[Phone] --> B{Host}\n  B -->|answers| C[Laptop]\n```";

test("a diagram is a picture, also as text, in both themes, and with the host away", async ({
  runHost,
  openDevice: open,
  backend,
}) => {
  backend.script(say(`Here it is:\n\n${diagram}\n\nThat is all.`));
  const host = await runHost();
  const { page } = await open();
  await createVault(page, host.link);
  await waitForServiceWorker(page);
  await ask(page, "Draw it.");
  const picture = answers(page).getByRole("img", { name: /^Diagram: flowchart/ });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  expect(await picture.getAttribute("src")).toMatch(/^data:image\/svg\+xml/);
  expect(decodeURIComponent((await picture.getAttribute("src")) ?? "")).toContain("Phone");

  await answers(page).getByRole("button", { name: "As text" }).click();
  await expect(answers(page).locator("code")).toContainText("A[Phone] --> B{Host}");
  await answers(page).getByRole("button", { name: "As a picture" }).click();
  await expect(picture).toBeVisible();

  const light = await picture.getAttribute("src");
  await page.evaluate(() => (document.documentElement.dataset["theme"] = "dark"));
  await expect(picture).not.toHaveAttribute("src", light ?? "");

  const saving = page.waitForEvent("download");
  await answers(page).getByRole("button", { name: "Download diagram.png" }).click();
  const saved = readFileSync((await (await saving).path()) ?? "");
  expect(saved.subarray(1, 4).toString()).toBe("PNG");

  await host.stop();
  await page.reload();
  await expect(picture).toBeVisible();
});

test("a diagram is drawn when its fence is closed, and one that makes no sense stays text", async ({
  runHost,
  openDevice: open,
  backend,
}) => {
  let goOn = (): void => {};
  const held = new Promise<void>((done) => (goOn = done));
  const slow: Script = async (response, request) => {
    await hangAfter("```mermaid\nflowchart LR\n  A --> B\n")(response, request);
    await held;
    const delta = { content: "  B --> C\n```\n\nDone." };
    response.end(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
    );
  };
  backend.script(slow, say("```mermaid\nnothing that anyone could draw ((\n```"));
  const host = await runHost();
  const { page } = await open();
  await createVault(page, host.link);
  await ask(page, "Draw slowly.");
  await expect(answers(page).locator("code")).toContainText("A --> B");
  await expect(answers(page).locator(".diagram")).toHaveCount(0);
  await expect(page.locator(".drawing-desk")).toHaveCount(0);
  goOn();
  await expect(answers(page).getByRole("img", { name: /^Diagram/ })).toBeVisible();
  await expect(stopButton(page)).toBeHidden();
  await ask(page, "And badly.");
  await expect(
    answers(page)
      .last()
      .getByText(/^Not drawn: /),
  ).toBeVisible();
  await expect(answers(page).last().locator("code")).toContainText("nothing that anyone could draw");
});

test("T-23 a frame that loops for ever is taken away, and the app answers meanwhile", async ({
  folder,
  home,
  backend,
  openDevice: open,
}) => {
  const appDir = join(folder, "app");
  cpSync(resolve(import.meta.dirname, "../../dist/client"), appDir, { recursive: true });
  const file = join(appDir, "preview.html");
  const endless = ".initialize((() => { for (;;); })(), ";
  writeFileSync(file, readFileSync(file, "utf8").replace(".initialize(", endless));
  expect(readFileSync(file, "utf8")).toContain(endless);
  backend.script(say(diagram), say("Still here."));
  const host = await startHost({ home, backend: backend.url, appDir });
  try {
    const { page } = await open();
    await createVault(page, host.link);
    await ask(page, "Draw for ever.");
    await expect(page.locator(".drawing-desk iframe")).toHaveCount(1);
    await ask(page, "Are you there?");
    await expect(answers(page).last()).toContainText("Still here.");
    await expect(answers(page).first().getByText("Not drawn: it took too long")).toBeVisible({ timeout: 40_000 });
    await expect(page.locator(".drawing-desk")).toHaveCount(0);
    await messageBox(page).fill("typed");
    await expect(messageBox(page)).toHaveValue("typed");
  } finally {
    expect(await host.stop()).toBe(0);
  }
});

test("T-23 a frame that shares the app's origin, because its header was lost, is given nothing", async ({
  runHost,
  openDevice: open,
  backend,
}) => {
  backend.script(say(diagram));
  const host = await runHost();
  const { page, context } = await open();
  // The service worker keeps the page with its headers; here it is to come from the network, without them.
  await context.addInitScript(() => {
    navigator.serviceWorker.register = () => new Promise(() => {});
  });
  await createVault(page, host.link);
  await context.route("**/preview.html", async (route) => {
    const response = await route.fetch();
    const { "content-security-policy": _, ...headers } = response.headers();
    await route.fulfill({ response, headers: { ...headers, "content-security-policy": "script-src 'unsafe-inline'" } });
  });
  await ask(page, "Draw it.");
  await expect(answers(page).getByText(/^Not drawn/)).toBeVisible();
  await expect(answers(page).locator("code")).toContainText("A[Phone]");
});

test("T-23 S-04 a page that tries every way out of the frame gets 0 packets and 0 names out", async ({
  runHost,
  folder,
}) => {
  const host = await runHost();
  const sink = await startSink();
  const netLog = join(folder, "net-log.json");
  const device = await openDevice({ profile: join(folder, "egress"), args: listening(netLog) }, []);
  const { page, context, close } = device;
  await createVault(page, host.link);
  const told = await showInFrame(page, egressPage(domain, sink.port));
  expect(told.tried, "every way was tried").toEqual([...egressChannels]);
  await page.waitForTimeout(settleMs);
  expect([...sink.heard], "over TCP").toEqual([]);
  expect(sink.datagrams(), "over UDP").toBe(0);
  expect(context.pages(), "no window opened").toHaveLength(1);
  expect(new URL(page.url()).origin, "and the app stands where it stood").toBe(host.origin);
  await expect(messageBox(page)).toBeVisible();
  expect(told.reach).toMatchObject({ origin: "null" });
  // What stands in the place of storage is the frame's own, in memory, and empty.
  for (const [name, says] of Object.entries(told.reach))
    if (name !== "origin") expect(says, name).toMatch(name === "localStorage" ? /^object$/ : /^refused/);
  await close();
  expect(namesIn(netLog), "no name was looked up").toEqual([]);
  sink.close();
});

test("the egress page leaks where nothing holds it, so that its silence means something", async ({ folder }) => {
  const sink = await startSink();
  const free = createServer((_, response) => response.end(egressPage(domain, sink.port)));
  await new Promise<void>((done) => free.listen(0, "127.0.0.1", done));
  const netLog = join(folder, "net-log.json");
  const device = await openDevice({ profile: join(folder, "free"), args: listening(netLog) }, []);
  await device.page.goto(`http://localhost:${(free.address() as AddressInfo).port}/`, { waitUntil: "commit" });
  await expect.poll(() => sink.heard.size, { timeout: 60_000 }).toBeGreaterThan(35);
  await expect.poll(sink.datagrams, { timeout: 60_000 }).toBeGreaterThan(0);
  await device.close();
  expect(namesIn(netLog).length, "and the browser wrote down what it looked up").toBeGreaterThan(20);
  free.closeAllConnections();
  free.close();
  sink.close();
});

/** As `client/preview/openPreview.ts` does it, with a page that the app itself would never show. */
async function showInFrame(page: Page, html: string): Promise<{ tried: string[]; reach: Record<string, string> }> {
  return page.evaluate(
    (given) =>
      new Promise((done) => {
        addEventListener("message", ({ data }: MessageEvent<{ kind?: string }>) => {
          if (data?.kind === "egress") done(data as unknown as { tried: string[]; reach: Record<string, string> });
        });
        const frame = document.createElement("iframe");
        const { port1, port2 } = new MessageChannel();
        frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
        frame.setAttribute("allow", "");
        frame.src = "/preview.html";
        frame.addEventListener("load", () => frame.contentWindow?.postMessage(null, "*", [port2]), { once: true });
        port1.postMessage({ kind: "page", html: given });
        document.body.append(frame);
      }),
    html,
  );
}
