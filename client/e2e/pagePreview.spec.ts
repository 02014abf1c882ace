/** Pages and drawings that a model wrote, in the sealed frame (SECURITY §0.4, T-23): what they show, what they say, and that they hold nothing up. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { openDevice, type Device } from "./device.ts";
import { egressDrawing, egressMarkup } from "./egressPage.ts";
import { egressDomain as domain, listening, namesIn, settleMs, startSink } from "./egressSink.ts";
import { expect, test } from "./fixtures.ts";
import { startHost, type RunningHost } from "./hostProcess.ts";

interface Harness {
  /** As `preview/pagePreview.ts` tells them. */
  readonly states: readonly string[];
  readonly complaints: readonly object[];
  show(kind: "html" | "svg", text: string): void;
  run(): void;
}

let folder: string;
let host: RunningHost;

// One after the other, since what the first of them builds is for all; side by side each of both workers would build it.
test.describe.configure({ mode: "default" });

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-preview-"));
  const config = join(import.meta.dirname, "../harness/preview/vite.config.ts");
  const vite = join(import.meta.dirname, "../../node_modules/vite/bin/vite.js");
  const appDir = join(folder, "page");
  execFileSync(process.execPath, [vite, "build", "--config", config, "--outDir", appDir, "--logLevel", "error"]);
  host = await startHost({ home: join(folder, "home"), backend: null, appDir });
});

test.afterAll(async () => {
  expect(await host.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const open = async (profile: string, args: readonly string[] = []): Promise<Device> => {
  const device = await openDevice({ profile: join(folder, profile), args }, []);
  await device.page.goto(host.origin);
  await device.page.waitForFunction(() => "harness" in globalThis);
  return device;
};
const show = (page: Page, kind: "html" | "svg", text: string): Promise<void> =>
  page.evaluate(([sort, shown]) => (globalThis as unknown as { harness: Harness }).harness.show(sort, shown), [
    kind,
    text,
  ] as const);
const run = (page: Page): Promise<void> =>
  page.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.run());
const lastState = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.states.at(-1));
const states = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.states);
const complaints = async (page: Page): Promise<string[]> => {
  const all = await page.evaluate(() => (globalThis as unknown as { harness: Harness }).harness.complaints);
  // What each page of these tests says of a violation is no complaint of its own.
  return all.map((complaint) => JSON.stringify(complaint)).filter((line) => !line.includes("policy violation"));
};

test("T-23 a page runs, keeps something in what it takes for storage, and says once each what went wrong and what it was not given", async () => {
  const { page, close } = await open("runs");
  const source = `<!doctype html><body style="background: teal"><button>0</button><script src="https://cdn.example/chart.js"></script>
<script>
const button = document.querySelector("button");
button.onclick = () => { localStorage.count = 0; localStorage.setItem("count", 1 + Number(button.textContent)); button.textContent = localStorage.getItem("count"); };
for (let again = 0; again < 3; again++) setTimeout(() => undefinedThing.call(), again);
console.error("not", new Error("well"));
Promise.reject(new Error("late"));
</script>`;
  await show(page, "html", source);
  await expect.poll(() => lastState(page)).toBe("running");
  const button = page.frameLocator("iframe").getByRole("button");
  await button.click();
  await button.click();
  await expect(button).toHaveText("2");
  await expect.poll(async () => (await complaints(page)).length).toBe(4);
  expect((await complaints(page)).sort()).toEqual([
    '{"kind":"blocked","address":"https://cdn.example/chart.js"}',
    '{"kind":"error","says":"late"}',
    '{"kind":"error","says":"not well"}',
    '{"kind":"error","says":"undefinedThing is not defined"}',
  ]);
  await show(
    page,
    "svg",
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>',
  );
  await expect.poll(() => lastState(page)).toBe("running");
  const picture = page.frameLocator("iframe").locator("img");
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await expect(page.locator("iframe")).toHaveCount(1);
  await close();
});

const greedy = {
  "loops for ever": "for (;;);",
  "takes a gigabyte": "const held = []; for (;;) held.push(new Uint8Array(2 ** 26).fill(1));",
  "talks without end": "setInterval(() => { for (let at = 0; at < 1e4; at++) console.error(at); });",
};

test("T-23 a page that loops, takes a gigabyte or talks without end is taken away, and what is typed meanwhile is there", async () => {
  const { page, close } = await open("greedy");
  for (const [what, script] of Object.entries(greedy)) {
    await show(page, "html", `<p>${what}</p><script>setTimeout(() => { ${script} }, 100)</script>`);
    // Of what it was until now, not of what it is: one that is taken away soon after it began is never seen running.
    await expect.poll(() => states(page), what).toContain("running");
    let typed = "";
    await expect
      .poll(
        async () => {
          typed += "x";
          await page.getByRole("textbox").fill(typed);
          return lastState(page);
        },
        { message: what, timeout: 60_000 },
      )
      .toMatch(/^(stuck|crashed)$/);
    await expect(page.getByRole("textbox")).toHaveValue(typed);
    await expect(page.locator("iframe")).toHaveCount(0);
  }
  // By hand it is tried once more.
  await show(page, "html", "<p>well</p>");
  await run(page);
  await expect(page.frameLocator("iframe").getByText("well")).toBeVisible();
  await close();
});

test("T-23 where the browser does not seal a frame, a page lies still until it is run by hand", async () => {
  const { page, context, close } = await open("still");
  await context.route("**/preview.html", async (route) => {
    const response = await route.fetch();
    const { "connection-allowlist": _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await show(
    page,
    "html",
    '<h1 onclick="1">Hello</h1><script>document.querySelector("h1").textContent = "ran"</script>',
  );
  await expect.poll(() => lastState(page)).toBe("still");
  await expect(page.frameLocator("iframe").getByText("Hello")).toBeVisible();
  await run(page);
  await expect(page.frameLocator("iframe").getByText("ran")).toBeVisible();
  await expect.poll(() => lastState(page)).toBe("running");
  await close();
});

test("T-23 PR3 a small app runs on the runtimes that the app has, and one that is not among them is told as blocked", async () => {
  const { page, close } = await open("runtimes");
  const asked: string[] = [];
  // What the policy refused is told here, too; it went nowhere.
  page.on("request", (request) => request.url().startsWith("runtime:") || asked.push(new URL(request.url()).origin));
  await show(
    page,
    "html",
    `<main></main><div id="chart"></div><script src="runtime:ui"></script><script src="runtime:chart"></script><script src="runtime:jquery"></script>
<script>
const { html, render, useState } = ui;
function Counter() { const [many, setMany] = useState(0); return html\`<button onClick=\${() => setMany(many + 1)}>Pressed \${many}</button>\`; }
render(html\`<\${Counter} />\`, document.querySelector("main"));
new uPlot({ width: 300, height: 120, series: [{}, { stroke: "teal" }] }, [[1, 2, 3], [4, 2, 6]], document.querySelector("#chart"));
</script>`,
  );
  const frame = page.frameLocator("iframe");
  await frame.getByRole("button", { name: "Pressed 0" }).click();
  await expect(frame.getByRole("button", { name: "Pressed 1" })).toBeVisible();
  await expect(frame.locator("#chart canvas")).toBeVisible();
  await expect.poll(() => complaints(page)).toEqual(['{"kind":"blocked","address":"runtime"}']);
  expect(asked.every((origin) => origin === host.origin)).toBe(true);
  await close();
});

test("T-23 S-04 a page that lies still, and a drawing, get 0 packets and 0 names out by what needs no script", async () => {
  const sink = await startSink();
  const netLog = join(folder, "still-net.json");
  const { page, context, close } = await open("egress", listening(netLog));
  // Without the header that would hold it: the page itself must ask for nothing.
  await context.route("**/preview.html", async (route) => {
    const response = await route.fetch();
    const { "connection-allowlist": _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await show(page, "html", egressMarkup(domain, sink.port));
  await expect.poll(() => lastState(page)).toBe("still");
  await expect(page.frameLocator("iframe").getByRole("heading", { name: "Still" })).toBeVisible();
  await page.frameLocator("iframe").getByText("a link").hover();
  await page.frameLocator("iframe").getByText("a link").click();
  await page.waitForTimeout(settleMs);
  expect(await lastState(page), "it led nowhere").toBe("still");
  await show(page, "svg", egressDrawing(domain, sink.port));
  await expect.poll(() => lastState(page)).toBe("running");
  await page.waitForTimeout(settleMs);
  await close();
  expect([...sink.heard], "over TCP").toEqual([]);
  expect(sink.datagrams(), "over UDP").toBe(0);
  expect(namesIn(netLog), "no name was looked up").toEqual([]);
  sink.close();
});

test("the still page's ways out leak where nothing holds them, so that their silence means something", async () => {
  const sink = await startSink();
  const { page, close } = await open("free", listening(join(folder, "free-net.json")));
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(egressMarkup(domain, sink.port)),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`, { waitUntil: "commit" });
  await expect.poll(() => sink.heard.size, { timeout: 60_000 }).toBeGreaterThan(12);
  await close();
  server.closeAllConnections();
  server.close();
  sink.close();
});
