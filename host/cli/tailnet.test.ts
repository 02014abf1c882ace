import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, type CliResult } from "../testing/cliProcess.ts";
import { linkUrlOf } from "./device.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-cli-tailnet-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
const cli = (...words: readonly string[]): Promise<CliResult> => runCli(["tailnet", ...words], { home, input: "" });

describe("sovereign tailnet", () => {
  it("CL30 says what is missing where no host runs, and changes nothing", async () => {
    const result = await cli("--json");
    expect(result.code).toBe(4);
    expect(JSON.parse(result.out)).toMatchObject({ running: false, https: null });
    expect(existsSync(join(home, "tls"))).toBe(false);
  });

  it("CL31 prints rules for whom they let in, and asks when nobody is named", async () => {
    const acl = await cli("acl", "--owner", "me@example.org");
    expect(acl.code).toBe(0);
    expect(JSON.parse(acl.out)).toMatchObject({ tagOwners: { "tag:sovereign": ["me@example.org"] } });
    const policy = await cli("policy", "--owner", "me");
    expect(JSON.parse(policy.out)).toMatchObject({ tagOwners: { "tag:sovereign": ["me@"] } });
    for (const words of [["acl"], ["policy"], ["acl", "--owner", 'x"; $(id)']]) {
      const refused = await cli(...words);
      expect([refused.code, refused.out]).toEqual([2, ""]);
      expect(refused.errors).toMatch(/Say who may reach the host/);
    }
  });

  it("CL32 prints the line that brings a machine in, and files for one machine with both", async () => {
    const join1 = await cli(
      "join",
      "--login-server",
      "https://hs.example.org",
      "--auth-key",
      "hskey-auth-1234",
      "--json",
    );
    expect(JSON.parse(join1.out)).toMatchObject({
      command: "sudo tailscale up --login-server=https://hs.example.org --auth-key=hskey-auth-1234",
    });
    const folder = join(home, "both");
    const made = await cli("compose", folder, "--login-server", "https://hs.example.org", "--owner", "me");
    expect(made.code).toBe(0);
    expect(readFileSync(join(folder, "headscale/config.yaml"), "utf8")).toContain("server_url: https://hs.example.org");
    const again = await cli("compose", folder, "--login-server", "https://hs.example.org", "--owner", "me");
    expect(again.code).toBe(1);
    expect(again.errors).toMatch(/is there already/);
  });

  it.each([
    ["http://localhost:4242", "ws://localhost:4242/link"],
    ["https://gpu.tail1.ts.net:4242", "ws://gpu.tail1.ts.net:4242/link"],
    ["https://ai.example.org", "ws://ai.example.org:443/link"],
    ["https://[fd7a:115c:a1e0::1]:4242", "ws://[fd7a:115c:a1e0::1]:4242/link"],
  ])("a terminal reaches the host of %s by %s", (origin, url) => {
    expect(linkUrlOf(origin)).toBe(url);
  });
});
