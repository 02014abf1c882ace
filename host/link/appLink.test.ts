import { beforeAll, expect, it } from "vitest";
import { claimLinkFragment, createClaim, parseClaimLink } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { appLink, linkNotice } from "./appLink.ts";
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
