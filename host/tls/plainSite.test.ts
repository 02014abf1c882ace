import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { describeHttps } from "./describe.ts";
import type { HttpsState } from "./httpsState.ts";
import { makeAppleProfile } from "./installPage.ts";
import { issueAuthority } from "./issue.ts";
import { fingerprintOf } from "./pair.ts";
import { answerPlain, type PlainAsk } from "./plainSite.ts";

const { certificate: authority } = await issueAuthority(["gpu.tail1.ts.net"], "Sovereign on gpu", Date.now());
const state: HttpsState = {
  way: "local",
  origins: ["https://gpu.tail1.ts.net:4242", "https://100.64.0.1:4242"],
  notAfter: Date.UTC(2030, 0, 2),
  authority: { page: "http://100.64.0.1:4242/certificate", fingerprint: fingerprintOf(authority) },
  missing: [],
};
const ask = (path: string, more: Partial<PlainAsk> = {}): PlainAsk => ({
  path,
  host: "100.64.0.1:4242",
  isOurs: true,
  agent: "",
  ...more,
});

describe("plain HTTP on the tailnet", () => {
  it.each([
    ["/", "https://100.64.0.1:4242/"],
    ["/chat/abc", "https://100.64.0.1:4242/chat/abc"],
    ["/x?y=1", "https://100.64.0.1:4242/x"],
    ["//evil.example/x", "https://100.64.0.1:4242/"],
    ["/\\evil.example", "https://100.64.0.1:4242/"],
    ["http://evil.example/", "https://100.64.0.1:4242/"],
    ["/certificate/other", "https://100.64.0.1:4242/certificate/other"],
  ])("shows the way from %s to HTTPS", (path, location) => {
    expect(answerPlain(ask(path), state, authority)).toMatchObject({ status: 308, headers: { location } });
  });

  it("leads to the name that was asked for, else to the best one", () => {
    const by = (host: string) => answerPlain(ask("/", { host }), state, authority).headers["location"];
    expect(by("GPU.tail1.ts.net:4242")).toBe("https://gpu.tail1.ts.net:4242/");
    expect(by("gpu:4242")).toBe("https://gpu.tail1.ts.net:4242/");
  });

  it("shows the certificate's page without script, with the fingerprint and this device's steps first", () => {
    const page = answerPlain(
      ask("/certificate", { agent: "Mozilla/5.0 (Linux; Android 16) Chrome/156" }),
      state,
      authority,
    );
    const html = String(page.body);
    expect(html.replaceAll("<wbr>", "")).toContain(fingerprintOf(authority));
    expect(/<details open><summary>([^<]+)/.exec(html)?.[1]).toBe("Android");
    expect(html).not.toMatch(/<script|\ssrc=|\son[a-z]+=/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
    expect(page.headers["content-security-policy"]).toContain(
      `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    );
  });

  it.each([
    ["iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)", "iPhone and iPad"],
    ["a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mac"],
    ["Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windows"],
    ["Firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"],
    ["Linux", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156", "Linux"],
    ["nothing known", "", "iPhone and iPad"],
  ])("opens the steps for %s", (_what, agent, name) => {
    const html = String(answerPlain(ask("/certificate", { agent }), state, authority).body);
    expect(/<details open><summary>([^<]+)/.exec(html)?.[1]).toBe(name);
  });

  it("gives the certificate as DER and as Apple's profile, and nothing where another way is in use", () => {
    const der = answerPlain(ask("/certificate/sovereign.crt"), state, authority);
    expect(der.headers["content-type"]).toBe("application/x-x509-ca-cert");
    const sum = createHash("sha256").update(der.body).digest("hex").toUpperCase();
    expect(fingerprintOf(authority).replaceAll(":", "")).toBe(sum);
    const profile = makeAppleProfile(authority);
    expect(profile).toContain(`<data>${Buffer.from(der.body as Uint8Array).toString("base64")}</data>`);
    expect(answerPlain(ask("/certificate"), { ...state, way: "tailscale", authority: null }, null).status).toBe(308);
  });

  it("asks for patience before there is a certificate", () => {
    expect(answerPlain(ask("/"), null, null).status).toBe(503);
    expect(answerPlain(ask("/"), { ...state, origins: [] }, null).status).toBe(503);
  });
});

describe("HTTPS in words", () => {
  it("says which way is in use and what is missing", () => {
    expect(describeHttps({ tailnet: ["100.64.0.1"], https: state }, "linux")).toMatchObject({
      way: "local",
      origin: "https://gpu.tail1.ts.net:4242",
      endsOn: "2030-01-02",
      install: state.authority,
      missing: [],
    });
    expect(describeHttps({ tailnet: [], https: null }, "linux")).toMatchObject({
      way: "none",
      missing: [expect.stringMatching(/No tailnet was found/)],
    });
    const nameless = { ...state, way: "files" as const, origins: [], authority: null, missing: ["It ends."] };
    expect(describeHttps({ tailnet: ["100.64.0.1"], https: nameless }, "linux").missing).toEqual([
      expect.stringMatching(/names neither/),
      "It ends.",
    ]);
  });
});
