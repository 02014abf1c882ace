/** What tools did at a host, as its owner checks and reads it in a terminal: processes, a running host, a model that calls a tool. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ledgerFile } from "../agent/vaultAgents.ts";
import { agentFolder } from "../agent/identity.ts";
import { callTools } from "../testing/callTool.ts";
import { runCli, startHostProcess } from "../testing/cliProcess.ts";
import { say, startScriptedBackend } from "../testing/scriptedBackend.ts";

test("LE4 sovereign audit: each entry is as it was written, reads for a device, and a missing end shows by the chats", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-audit-"));
  const home = join(folder, "home");
  const backend = await startScriptedBackend({
    ownedBy: "llamacpp",
    documents: { "GET /props": { chat_template_caps: { supports_tools: true } } },
    scripts: [callTools([{ name: "calculate", arguments: { expression: "2 + 2" } }]), say("Four.")],
  });
  const host = await startHostProcess(folder, home, backend.url);
  const cli = (...words: string[]) => runCli(words, { home, input: "" });
  try {
    expect((await cli("audit", "export")).code).toBe(3);
    expect((await cli("join", "--new")).code).toBe(0);
    expect(await cli("audit", "verify")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/No tool has done anything/) as unknown,
    });
    expect((await cli("chat", "How much is 2 + 2?")).out).toContain("Four.");
    expect(await cli("audit", "verify")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^2 entries, each as it was written\.\n$/) as unknown,
    });
    const lines = (await cli("audit", "export")).out.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { n: 1, what: "before", name: "calculate", arguments: '{"expression":"2 + 2"}', by: "policy" },
      { n: 2, what: "after", end: "done" },
    ]);
    const file = ledgerFile(agentFolder(home));
    const whole = new Uint8Array(readFileSync(file));
    writeFileSync(file, whole.subarray(0, 4 + new DataView(whole.buffer).getUint32(0)));
    expect(await cli("audit", "verify")).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/From entry 2 on.*gone from its end/) as unknown,
    });
    whole[300] = (whole[300] ?? 0) ^ 1;
    writeFileSync(file, whole);
    expect(await cli("audit", "verify")).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/From entry 1 on/) as unknown,
    });
    expect((await cli("audit", "export")).code).toBe(1);
  } finally {
    await host.stop();
    await backend.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
