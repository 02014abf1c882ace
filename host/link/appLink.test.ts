import { beforeAll, expect, it } from "vitest";
import { claimLinkFragment, createClaim, parseClaimLink } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { HttpsState } from "../tls/httpsState.ts";
import { appLink, linkNotice, linksForOthers, trustNotice } from "./appLink.ts";
import { browserCommand } from "./openBrowser.ts";

beforeAll(() => sodiumReady);

it("is the link that crypto/claim.ts reads and writes, with the claim and without", () => {
  const { seed } = createClaim(systemRandom);
  const fingerprint = systemRandom(16);
  for (const each of [seed, null]) {
    const link = appLink(4242, each, fingerprint);
    expect(link).toBe(`http://localhost:4242/#${claimLinkFragment({ seed: each, fingerprint })}`);
    expect(parseClaimLink(new URL(link).hash)).toEqual({ seed: each, fingerprint });
  }
});

it("is given away by its HTTPS names where there are any, since no browser keeps a vault over plain HTTP", () => {
  const [seed, fingerprint] = [systemRandom(32), systemRandom(16)];
  const https: HttpsState = {
    way: "local",
    origins: ["https://gpu.tail1.ts.net:4242", "https://100.64.0.1:4242"],
    notAfter: 0,
    authority: { page: "http://100.64.0.1:4242/certificate", fingerprint: "AB:CD" },
    missing: [],
  };
  const tailnet = ["100.64.0.1", "fd7a:115c:a1e0::1"];
  const originsOf = (state: HttpsState | null, addresses = tailnet): readonly string[] =>
    linksForOthers({ tailnet: addresses, https: state, port: 4242 }, seed, fingerprint).map((link) => {
      expect(parseClaimLink(new URL(link).hash)).toEqual({ seed, fingerprint });
      return new URL(link).origin;
    });
  expect(originsOf(https)).toEqual(https.origins);
  const plain = ["http://100.64.0.1:4242", "http://[fd7a:115c:a1e0::1]:4242"];
  expect(originsOf({ ...https, origins: [] })).toEqual(plain);
  expect(originsOf(null)).toEqual(plain);
  expect(originsOf(null, [])).toEqual([]);
  expect(trustNotice(https)).toMatch(/open http:\/\/100\.64\.0\.1:4242\/certificate on it, and compare\nAB:CD/);
  expect([trustNotice({ ...https, authority: null }), trustNotice(null)]).toEqual([null, null]);
});

it("stands on a line of its own, above a QR code of itself", () => {
  const link = appLink(4242, systemRandom(32), systemRandom(16));
  const lines = linkNotice(link).split("\n");
  expect(lines).toContain(`Open: ${link}`);
  expect(lines.filter((line) => /^[█▀▄ ]{20,}$/.test(line)).length).toBeGreaterThan(10);
});

it.each([
  ["linux", {}, null],
  ["linux", { DISPLAY: ":0" }, "xdg-open"],
  ["linux", { WAYLAND_DISPLAY: "wayland-0" }, "xdg-open"],
  ["linux", { DISPLAY: "localhost:10.0", SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" }, null],
  ["darwin", {}, "open"],
  ["win32", {}, "rundll32"],
] as const)("on %s with %o, the browser is opened by %s", (platform, environment, program) => {
  const command = browserCommand(platform, environment, "http://localhost:4242/#h=x");
  expect(command?.[0] ?? null).toBe(program);
  expect(command?.at(-1) ?? null).toBe(program === null ? null : "http://localhost:4242/#h=x");
});
