import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startFakeTailscaled } from "../testing/fakeTailscaled.ts";
import { makeComposeFiles } from "./compose.ts";
import { describeStopped } from "./describeStopped.ts";
import { findTailnet, parseTailnet } from "./findTailnet.ts";
import { joinCommand, preAuthKeyCommands } from "./joinCommands.ts";
import { makeHeadscalePolicy, makeTailscalePolicy } from "./policy.ts";

describe("finding the tailnet", () => {
  it("asks tailscaled on its socket; one that was stopped is not one that is missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sovereign-tailnet-"));
    const daemon = await startFakeTailscaled(join(folder, "tailscaled.sock"), {
      backendState: "Running",
      dnsName: "gpu.tail1234.ts.net",
      addresses: ["100.101.102.103", "fd7a:115c:a1e0::53"],
      certDomains: ["gpu.tail1234.ts.net"],
      cert: null,
    });
    expect(await findTailnet(daemon.socketPath)).toEqual({
      kind: "tailscale",
      controlUrl: null,
      state: "Running",
      name: "gpu.tail1234.ts.net",
      addresses: ["100.101.102.103", "fd7a:115c:a1e0::53"],
      hasMagicDns: true,
      certificateNames: ["gpu.tail1234.ts.net"],
    });
    daemon.state.backendState = "Stopped";
    const stopped = await findTailnet(daemon.socketPath);
    expect(stopped === null ? null : describeStopped(stopped)).toEqual({
      says: expect.stringMatching(/Tailscale is here but stopped/),
      mend: "sudo tailscale up",
    });
    await daemon.stop();
    expect(await findTailnet(daemon.socketPath)).toBeNull();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["https://controlplane.tailscale.com", "gpu.tail1.ts.net.", "tailscale"],
    ["https://headscale.example.org", "gpu.tailnet.internal.", "headscale"],
    ["https://controlplane.tailscale.com.evil.example", "gpu.x.", "headscale"],
    [undefined, "gpu.tailnet.internal.", "headscale"],
    [undefined, "gpu.tail1.ts.net.", "tailscale"],
  ])("control server %s, name %s: %s", (ControlURL, DNSName, kind) => {
    const status = JSON.stringify({ BackendState: "Running", Self: { DNSName } });
    expect(parseTailnet(status, JSON.stringify({ ControlURL }))?.kind).toBe(kind);
  });

  it("takes nothing from what is no answer", () => {
    expect(parseTailnet("<html>", "{}")).toBeNull();
    expect(parseTailnet("{}", "x")).toMatchObject({ state: "unknown", name: null, addresses: [] });
  });
});

describe("rules", () => {
  it("let the owner reach two ports of the host, and nobody else anything", () => {
    const tailscale = JSON.parse(makeTailscalePolicy({ owner: "me@example.org", port: 4242 }));
    expect(tailscale.grants[0]).toEqual({
      src: ["me@example.org"],
      dst: ["tag:sovereign"],
      ip: ["tcp:4242", "udp:3478"],
    });
    const headscale = JSON.parse(makeHeadscalePolicy({ owner: "me@", port: 4242 }));
    expect(headscale.acls.map(({ dst }: { dst: string[] }) => dst[0])).toEqual([
      "tag:sovereign:4242",
      "tag:sovereign:3478",
    ]);
    for (const policy of [tailscale, headscale])
      expect(JSON.stringify(policy)).not.toMatch(/"\*"|"\*:|autogroup:member/);
  });
});

describe("commands to paste", () => {
  it("bring a machine in", () => {
    expect(joinCommand({ loginServer: null, authKey: null, isHost: false })).toBe("sudo tailscale up");
    expect(joinCommand({ loginServer: "https://hs.example.org/", authKey: "hskey-auth-abc_123", isHost: true })).toBe(
      "sudo tailscale up --login-server=https://hs.example.org --auth-key=hskey-auth-abc_123 --advertise-tags=tag:sovereign",
    );
    expect(preAuthKeyCommands("me")?.[2]).toContain("preauthkeys create");
  });

  it("hold nothing that a shell would run", () => {
    for (const loginServer of ["https://x/$(id)", "javascript:1", "https://u:p@x", "; rm", "https://x`id`"]) {
      const command = joinCommand({ loginServer, authKey: null, isHost: false });
      if (command !== null) expect(command).toMatch(/^sudo tailscale up --login-server=https:\/\/[a-z0-9.:-]+$/);
    }
    for (const authKey of ["a b c d e f g h", "$(id)$(id)", "'; id; '", "short"])
      expect(joinCommand({ loginServer: null, authKey, isHost: false }), authKey).toBeNull();
    for (const user of ["", "a b", "$(id)", "-x"]) expect(preAuthKeyCommands(user), user).toBeNull();
  });
});

describe("files for one machine with both", () => {
  const wish = { serverUrl: "https://hs.example.org", baseDomain: "tailnet.internal", user: "me", port: 4242 };

  it("fit together", () => {
    const files = makeComposeFiles(wish);
    expect([...(files?.keys() ?? [])]).toEqual(["compose.yaml", "headscale/config.yaml", "headscale/policy.json"]);
    expect(files?.get("compose.yaml")).toContain("--login-server=https://hs.example.org ");
    expect(files?.get("headscale/config.yaml")).toMatch(/^server_url: https:\/\/hs\.example\.org$/m);
    expect(files?.get("headscale/config.yaml")).toMatch(/^ {2}base_domain: tailnet\.internal$/m);
    // Nothing is published but Headscale's own port, on loopback, for the owner's HTTPS in front of it.
    expect(files?.get("compose.yaml")?.match(/ports:.*/g)).toEqual(['ports: ["127.0.0.1:8080:8080"]']);
  });

  it.each([
    ["an address that is none", { serverUrl: "hs.example.org" }],
    ["a domain that is none", { baseDomain: "no domain" }],
    ["the server's own domain", { baseDomain: "example.org" }],
    ["a name with a line break", { user: "me\nroot" }],
  ])("are not made for %s", (_what, change) => {
    expect(makeComposeFiles({ ...wish, ...change })).toBeNull();
  });
});
