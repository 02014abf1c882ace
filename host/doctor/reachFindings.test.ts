/** How other devices reach a host, and what keeps them from it, on machines that are made up. */
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config.ts";
import type { HostStatus } from "../hostStatus.ts";
import type { Tailnet } from "../tailnet/findTailnet.ts";
import type { HttpsState } from "../tls/httpsState.ts";
import type { Finding } from "./finding.ts";
import { hostFindings } from "./hostFindings.ts";
import { thisMachine, type Machine } from "./machine.ts";
import { reachFindings } from "./reachFindings.ts";

const nowMs = Date.UTC(2027, 0, 1);
const day = 86_400_000;
const state: HttpsState = {
  way: "local",
  origins: ["https://gpu.tail1.ts.net:4242"],
  notAfter: Date.UTC(2028, 0, 2),
  authority: { page: "http://100.101.102.103:4242/certificate", fingerprint: "AB:CD" },
  missing: [],
};
const alone: HostStatus = {
  home: "",
  pid: 10,
  upSeconds: 600,
  port: 4242,
  claimed: true,
  devicesConnected: 1,
  invited: [],
  notices: [],
  services: [],
  incidents: [],
  tailnet: [],
  backend: null,
  https: null,
  parts: { relay: null, agent: null, gateway: null, https: null, push: null },
};
const reached = (https: HttpsState | null): HostStatus => ({ ...alone, tailnet: ["100.101.102.103"], https });

interface Shown {
  readonly status?: HostStatus;
  readonly machine?: Partial<Machine>;
  readonly environment?: Record<string, string>;
}

const find = ({ status = alone, machine = {}, environment = {} }: Shown): Promise<readonly Finding[]> =>
  reachFindings(parseConfig(environment), status, {
    ...thisMachine,
    platform: "linux",
    nowMs: () => nowMs,
    run: async () => "1.98.0",
    tailnet: async () => null,
    ...machine,
  });
const of = (findings: readonly Finding[], id: string): Finding | undefined => findings.find((each) => each.id === id);

describe("the doctor, of models", () => {
  it("DO18 names one that is larger than this machine, unless its server may be on another", async () => {
    const models = ["small", "llama3.1:8b", "gpt-oss:120b"];
    const backend = { kind: "ollama", label: "Ollama", models, defaultModel: "small", remark: "" } as const;
    const machine = { ...thisMachine, ramBytes: 16e9, run: async () => null, tailnet: async () => null };
    const fits = async (environment: Record<string, string>) =>
      (await hostFindings(parseConfig(environment), { ...alone, backend }, machine)).filter(({ id }) => id === "fit");
    expect(await fits({})).toMatchObject([
      { level: "warning", says: expect.stringMatching(/^gpt-oss:120b: It does not fit/) },
    ]);
    expect(await fits({ SOVEREIGN_BACKEND: "http://127.0.0.1:11434/v1, http://[::1]:8000/v1" })).toHaveLength(1);
    for (const away of ["http://gpu:8000/v1", "http://localhost:1/v1,https://127.evil.example/v1"])
      expect(await fits({ SOVEREIGN_BACKEND: away }), away).toEqual([]);
  });
});

describe("the doctor, of who reaches the host", () => {
  it("DO14 by which certificate other devices come, and until when", async () => {
    const local = await find({ status: reached(state) });
    expect(of(local, "tailnet")).toMatchObject({ level: "ok", says: expect.stringMatching(/100\.101\.102\.103/) });
    expect(of(local, "https")).toMatchObject({ level: "ok", mend: null });
    for (const part of [/signs itself/, /https:\/\/gpu\.tail1\.ts\.net:4242/, /2028-01-02/, /:4242\/certificate/])
      expect(of(local, "https")?.says).toMatch(part);
    const theirs = await find({ status: reached({ ...state, way: "tailscale", authority: null }) });
    expect(of(theirs, "https")?.says).toMatch(/Tailscale's certificate/);
    expect(of(theirs, "https-missing") ?? of(theirs, "https-better")).toBeUndefined();
  });

  it("DO15 a certificate that has ended, or soon will, whoever made it", async () => {
    for (const [way, mend] of [
      ["tailscale", /tailscale cert/],
      ["files", /SOVEREIGN_TLS_CERT/],
      ["local", /clock right/],
    ] as const) {
      const endsIn = async (ms: number) =>
        of(await find({ status: reached({ ...state, way, notAfter: nowMs + ms }) }), "https");
      expect(await endsIn(-day), way).toMatchObject({
        level: "problem",
        says: expect.stringMatching(/ended on 2026-12-31/),
      });
      expect(await endsIn(9 * day), way).toMatchObject({
        level: "warning",
        says: expect.stringMatching(/ends on 2027-01-10/),
      });
      expect((await endsIn(-day))?.mend).toMatch(mend);
      expect((await endsIn(15 * day))?.level).toBe("ok");
    }
  });

  it("DO16 what HTTPS lacks: a better way is good to know, files that are wrong or a silent tailscaled are more, no origin is a problem", async () => {
    const missing = ["Switch on HTTPS Certificates."];
    expect(of(await find({ status: reached({ ...state, missing }) }), "https-better")).toMatchObject({
      level: "note",
      says: missing[0],
    });
    const environment = { SOVEREIGN_TLS_CERT: "/c.pem", SOVEREIGN_TLS_KEY: "/k.pem" };
    expect(of(await find({ status: reached({ ...state, missing }), environment }), "https-missing")?.level).toBe(
      "warning",
    );
    const silent = { ...state, way: "tailscale" as const, authority: null, missing: ["Tailscale does not answer."] };
    expect(of(await find({ status: reached(silent) }), "https-missing")).toMatchObject({
      level: "warning",
      says: "Tailscale does not answer.",
    });
    expect(of(await find({ status: reached({ ...state, origins: [] }) }), "https")).toMatchObject({
      level: "problem",
      says: expect.stringMatching(/names neither/),
    });
    expect(of(await find({ status: reached(null) }), "https")).toMatchObject({
      level: "problem",
      says: expect.stringMatching(/not running yet/),
    });
    const windows = await find({ status: reached(null), machine: { platform: "win32" } });
    expect(of(windows, "https")?.says).toMatch(/On Windows the host has no HTTPS.*WSL 2/);
  });

  it("DO17 no device reaches it: no tailnet, one that is stopped or signed out, a service that does not answer, a WireGuard that is down", async () => {
    const there: Tailnet = {
      kind: "tailscale",
      controlUrl: null,
      state: "Running",
      name: null,
      addresses: ["100.64.0.9"],
      hasMagicDns: true,
      certificateNames: [],
    };
    const seen = async (found: Partial<Tailnet> | null, machine: Partial<Machine> = {}) =>
      of(
        await find({ machine: { tailnet: async () => (found === null ? null : { ...there, ...found }), ...machine } }),
        "tailnet",
      );
    expect(await seen({ state: "Stopped" })).toMatchObject({
      level: "warning",
      says: expect.stringMatching(/stopped.*only this machine/),
      mend: "sudo tailscale up",
    });
    expect((await seen({ state: "NeedsLogin" }))?.says).toMatch(/signed out/);
    expect((await seen({ state: "Odd" }))?.says).toMatch(/says "Odd"/);
    const headscale = { kind: "headscale" as const, controlUrl: "https://hs.example.org", state: "Stopped" };
    expect((await seen(headscale))?.mend).toBe("sudo tailscale up --login-server https://hs.example.org");
    expect((await seen({}))?.says).toMatch(
      /Tailscale runs, and the host has not found its interface with 100\.64\.0\.9/,
    );
    expect(await seen(null)).toMatchObject({ level: "warning", mend: "sudo systemctl start tailscaled" });
    expect(await seen(null, { run: async () => null })).toMatchObject({
      level: "note",
      says: expect.stringMatching(/No tailnet was found/),
    });
    const down = await find({ environment: { SOVEREIGN_WIREGUARD: "wg0" } });
    expect(of(down, "tailnet")).toMatchObject({ level: "warning", says: expect.stringMatching(/wg0 is not up/) });
  });
});
