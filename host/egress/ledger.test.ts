import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCli } from "../testing/cliProcess.ts";
import type { Calls } from "./calls.ts";
import { openLedger, readLedger } from "./ledger.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-ledger-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const asked: Calls = { why: "backend", to: "gpu.example.org:443", calls: 2, bytesOut: 5_000, bytesIn: 2_000_000 };
const within: Calls = { ...asked, to: "[::1]:11434", calls: 1 };

it("EG6 what left is read as it was told, and stands nowhere on the disk to be read", () => {
  const ledger = openLedger(home, () => 1_000);
  ledger.add("agent", [asked, within]);
  ledger.close();
  const again = openLedger(home, () => 2_000);
  again.add("gateway", [asked]);
  again.close();
  expect(readLedger(home)).toEqual({
    rows: [
      { time: 1_000, by: "agent", ...asked },
      { time: 1_000, by: "agent", ...within },
      { time: 2_000, by: "gateway", ...asked },
    ],
    damaged: 0,
  });
  const folder = join(home, "egress");
  const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  expect(bytes.includes("gpu.example.org")).toBe(false);
  expect(bytes.includes("backend")).toBe(false);
});

it(
  "EG7 the command sums a day up, leaves out what stayed on this machine, and says when nothing left",
  { timeout: 90_000 },
  async () => {
    const cli = (...words: readonly string[]) => runCli(["egress", ...words], { home, input: "" });
    expect((await cli()).errors).toMatch(/no host has told of anything yet/);
    expect(existsSync(join(home, "egress")), "looking makes nothing").toBe(false);
    const ledger = openLedger(home);
    ledger.add("agent", [within]);
    expect((await cli()).errors).toMatch(/^Nothing left this machine by the host since 20/m);
    ledger.add("agent", [asked]);
    ledger.add("agent", [{ ...asked, calls: 1 }]);
    ledger.add("gateway", [{ why: "refused", to: "home.example.com:443", calls: 3, bytesOut: 0, bytesIn: 0 }]);
    ledger.close();
    const { out } = await cli();
    expect(out).toMatch(
      /gpu\.example\.org:443 {2}questions to a backend\n.*by the agent · 3 connections · 10\.0 kB out, 4\.0 MB in/,
    );
    expect(out).toMatch(/home\.example\.com:443 {2}REFUSED/);
    expect(out).not.toContain("11434");
    const all = (await cli("--all", "--json")).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(all).toHaveLength(3);
    expect(all[0]).toMatchObject({ to: "[::1]:11434", isThisMachine: true, why: "backend", by: "agent" });
    expect((await cli("--since", "yesterday")).code).toBe(2);
  },
);
