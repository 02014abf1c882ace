/** Logging in at a tool server, and its prompts, as a person does it: the real command line, a real identity provider, a running host. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTemplates } from "#sync/docs/templates.ts";
import { listKeys } from "../mcp/keys/keyStore.ts";
import { startHttpServer } from "../mcp/testing/httpServer.ts";
import { startIdentityProvider } from "../mcp/testing/identityProvider.ts";
import { runCli, startCli, startHostProcess } from "../testing/cliProcess.ts";
import { startScriptedBackend } from "../testing/scriptedBackend.ts";
import { openDevice } from "./device.ts";
import { createTerminal } from "./terminal.ts";

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-tools-"));
  home = join(folder, "home");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tools = (words: readonly string[], input = "") => runCli(["tools", ...words], { home, input });

test("TA4 a server that is added with a login: its address is opened in a browser, its tools are looked at, and it is logged out", async () => {
  const identity = await startIdentityProvider();
  try {
    expect((await tools(["add", "wiki", identity.url], "yes\n")).errors).toMatch(/not added[^]*--login/);
    const adding = startCli(["tools", "add", "wiki", identity.url, "--login"], { home });
    const [address] = await adding.line(/^http:\/\/127\.0\.0\.1:\d+\/\S+$/m);
    const hears = async (words: RegExp): Promise<void> => {
      await expect.poll(() => adding.errors(), { timeout: 60_000 }).toMatch(words);
    };
    // What does not fit is said to be so, and the next line is for the next question.
    adding.type("not an address\n");
    await hears(/is not the address at which this login ends/);
    await fetch(await identity.visit(address));
    await hears(/You are logged in at wiki/);
    adding.type("yes\n");
    expect([await adding.exit, adding.out()]).toEqual([0, expect.stringMatching(/tools of wiki can be used/)]);
    expect((await tools(["test", "wiki"])).code).toBe(0);
    expect((await tools(["logout", "wiki"])).out).toContain("taken back there");
    expect(await tools(["test", "wiki"])).toMatchObject({
      code: 1,
      errors: expect.stringContaining("sovereign tools login wiki") as string,
    });
    expect([listKeys(home), (await tools(["logout", "wiki"])).code]).toEqual([[], 2]);
  } finally {
    await identity.close();
  }
}, 120_000);

test("TA5 a server's prompts: listed, as text, and as a template with places to fill in", async () => {
  const [server, backend] = [await startHttpServer(), await startScriptedBackend()];
  const host = await startHostProcess(folder, home, backend.url);
  try {
    expect((await tools(["add", "wiki", server.url], "yes\n")).code).toBe(0);
    expect((await tools(["prompts", "wiki"])).out).toMatch(/^summary {2}.*topic\n$/);
    expect((await tools(["prompts", "wiki", "summary", "topic=bees"])).out).toBe("Sum up what you know of bees.\n");
    expect((await tools(["prompts", "wiki", "other"])).code).toBe(2);
    expect((await tools(["prompts", "wiki", "summary", "bees"])).code).toBe(2);
    expect((await tools(["prompts", "wiki", "summary", "--template"])).code).toBe(3);
    expect((await runCli(["join", "--new"], { home, input: "" })).code).toBe(0);
    for (let time = 0; time < 2; time++)
      expect((await tools(["prompts", "wiki", "summary", "--template"])).errors).toContain('template "wiki-summary"');
    const device = await openDevice(home, createTerminal({ isJson: true }));
    const kept = createTemplates(device.vault.catalog.yDoc).list();
    await device.close();
    expect(kept).toMatchObject([{ name: "wiki-summary", text: "Sum up what you know of {{topic}}.", from: "wiki" }]);
  } finally {
    await host.stop();
    await Promise.all([server.close(), backend.close()]);
  }
}, 120_000);
