/** Each thing the doctor can find, on machines that are made up for it; and a host that really runs. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemRandom } from "#crypto/random.ts";
import { noteBackup, noteFailure, writeSchedule } from "../backup/schedule.ts";
import { createKey } from "../gateway/keys.ts";
import type { HostStatus } from "../hostStatus.ts";
import { runCli, startHostProcess } from "../testing/cliProcess.ts";
import { diagnose } from "./diagnose.ts";
import type { VaultView } from "./deviceFindings.ts";
import type { Finding } from "./finding.ts";
import type { Machine } from "./machine.ts";
import { socketsOf } from "./sockets.ts";

const nowMs = Date.UTC(2027, 0, 1);
const day = 86_400_000;
const part = (pid: number) => ({ state: "running" as const, pid, upSeconds: 60 });
const up: HostStatus = {
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
  backend: { kind: "ollama", label: "Ollama", models: ["small"], defaultModel: "small", remark: "" },
  https: null,
  parts: { relay: part(11), agent: part(12), gateway: part(13), https: null, push: null },
};
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, remote: string, state: string, inode: number): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0\n`;
/** Loopback, listening: what a host has at rest. */
const QUIET = { "/proc/10/net/tcp": HEAD + row("0100007F:1092", "00000000:0000", "0A", 77), "/proc/10/net/tcp6": HEAD };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-doctor-"));
  chmodSync(home, 0o700);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Shown {
  readonly files?: Readonly<Record<string, string>>;
  readonly machine?: Partial<Machine>;
  readonly environment?: Record<string, string>;
  readonly status?: HostStatus | null;
  readonly vault?: VaultView | null;
}

/** A machine in good order, but for what a test says. */
async function find({ files = {}, machine = {}, environment = {}, status = up, vault }: Shown = {}): Promise<
  readonly Finding[]
> {
  const texts: Readonly<Record<string, string>> = {
    ...QUIET,
    "/proc/swaps": "Filename Type Size Used Priority\n",
    "/proc/sys/kernel/core_pattern": "core\n",
    "/proc/self/limits": "Max core file size        0                    0                    bytes\n",
    ...Object.fromEntries(
      [10, 11, 12, 13].map((pid) => [
        `/proc/${pid}/limits`,
        "Max core file size        0                    0                    bytes\n",
      ]),
    ),
    "/proc/self/mounts": "/dev/mapper/root / ext4 rw 0 0\n",
    "/proc/self/status": "Seccomp:\t2\n",
    ...files,
  };
  return diagnose({
    environment: { SOVEREIGN_HOME: home, ...environment },
    withSecurity: true,
    ask: async () => status,
    ...(vault === undefined ? {} : { vault: async () => vault }),
    machine: {
      platform: "linux",
      uid: process.getuid?.() ?? 0,
      nowMs: () => nowMs,
      readText: (path) => texts[path] ?? null,
      list: (folder) => (folder === "/proc/10/fd" ? ["3", "4"] : []),
      linkTarget: (path) => (path.endsWith("/3") ? "socket:[77]" : "socket:[78]"),
      freeBytes: () => 100e9,
      ramBytes: 64e9,
      arch: "x64",
      run: async () => "yes\n",
      tailnet: async () => null,
      canListen: async () => true,
      ...machine,
    },
  });
}

const of = (findings: readonly Finding[], id: string): Finding | undefined => findings.find((each) => each.id === id);

describe("the doctor", () => {
  it("DO1 finds nothing to mend on a machine in good order, and says what it looked at", async () => {
    noteBackup(home, { madeMs: nowMs - day, file: join(home, "lock"), bytes: 1 });
    writeFileSync(join(home, "lock"), "", { mode: 0o600 });
    const findings = await find({ machine: { uid: process.getuid?.() ?? null } });
    const bad = findings.filter(({ level, id }) => level !== "ok" && id !== "root" && id !== "tailnet");
    expect(bad).toEqual([]);
    expect(findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        "host",
        "vault",
        "backend",
        "bindings",
        "home",
        "permissions",
        "disk",
        "clock",
        "backup",
        "core-dumps",
        "swap",
        "disk-seal",
        "egress",
        "keys",
        "debug",
      ]),
    );
  });

  it("DO2 a setting that makes no sense is the one thing it says", async () => {
    const findings = await find({ environment: { SOVEREIGN_PORT: "http" } });
    expect(findings).toMatchObject([{ id: "config", level: "problem" }]);
    expect(findings[0]?.says).toMatch(/which is no port/);
  });

  it("DO3 a host that does not run, and ports that others hold", async () => {
    const findings = await find({ status: null, machine: { canListen: async (port) => port !== 4242 } });
    expect(of(findings, "host")).toMatchObject({ level: "note", mend: "sovereign up" });
    expect(of(findings, "port")).toMatchObject({ level: "problem", mend: "SOVEREIGN_PORT=4243 sovereign up" });
    expect(of(findings, "gateway-port")).toBeUndefined();
    const other = await find({ status: null, machine: { canListen: async (port) => port !== 1234 } });
    expect([of(other, "port"), of(other, "gateway-port")?.level]).toEqual([undefined, "note"]);
  });

  it("DO4 a part that is down, no vault, no model", async () => {
    const agent = { ...part(12), state: "stopped" as const, pid: null };
    const findings = await find({
      status: {
        ...up,
        claimed: false,
        backend: { kind: "guide", label: "Guide", models: ["guide"], defaultModel: "guide", remark: "" },
        parts: { ...up.parts, agent },
      },
    });
    expect(of(findings, "host")).toMatchObject({ level: "problem", says: expect.stringMatching(/agent is stopped/) });
    expect(of(findings, "vault")?.level).toBe("warning");
    expect(of(findings, "backend")).toMatchObject({ level: "warning", says: expect.stringMatching(/guide/) });
    expect(of(await find({ status: { ...up, backend: { ...up.backend!, models: [] } } }), "backend")?.level).toBe(
      "problem",
    );
    const remark = "vLLM at 10.0.0.2:8000 does not answer. Start it, then choose Try again.";
    const away = await find({ status: { ...up, backend: { ...up.backend!, models: [], remark } } });
    expect(of(away, "backend")).toMatchObject({
      level: "problem",
      says: remark,
      mend: expect.stringMatching(/^start it/),
    });
    expect(of(await find({ status: { ...up, backend: null } }), "backend")?.level).toBe("warning");
  });

  it("DO21 a vault that is nearly full, and one that is: how to give it more, and how to take something out of it", async () => {
    const at = async (bytes: number): Promise<Finding | undefined> =>
      of(await find({ status: { ...up, share: { bytes, bytesMax: 48 * 1024 ** 3 } } }), "share");
    expect(await at(1.24 * 1024 ** 3)).toMatchObject({ level: "ok", says: expect.stringContaining("1.2 of 48 GB") });
    expect((await at(43 * 1024 ** 3))?.level).toBe("ok");
    expect(await at(44 * 1024 ** 3)).toMatchObject({
      level: "warning",
      says: expect.stringContaining("44.0 of 48 GB"),
      mend: expect.stringMatching(/SOVEREIGN_VAULT_GB.*sovereign projects/),
    });
    expect((await at(48 * 1024 ** 3))?.level).toBe("problem");
    expect(of(await find({ status: { ...up, share: null } }), "share")).toBeUndefined();
  });

  it("DO19 a backend that is missed, an agent that stands still, and a day on which much went wrong", async () => {
    const line = { state: "trouble", since: 1, heard: 1, waiting: 0, oldestMs: 0, restarts: 0 } as const;
    const says = "It does not answer. Start it, then try again.";
    const backend = { ...line, kind: "backend", name: "vLLM at 10.0.0.2:8000", trouble: "unreachable" } as const;
    const services = [{ ...backend, lastError: { at: 1, says } }];
    const fell = (hours: number) =>
      ({ kind: "relay", trouble: "crashed", from: 1, to: nowMs - hours * 3_600_000 }) as const;
    const findings = await find({ status: { ...up, services, incidents: [fell(1), fell(2), fell(30)] } });
    expect(of(findings, "service")).toMatchObject({ level: "warning", says: `vLLM at 10.0.0.2:8000: ${says}` });
    expect(of(findings, "incidents"), "two in a day are looked after").toBeUndefined();
    const stalled = { ...line, kind: "agent", trouble: "stalled", lastError: null } as const;
    const bad = await find({ status: { ...up, services: [stalled], incidents: [fell(1), fell(2), fell(3)] } });
    expect(of(bad, "service")?.says).toBe("The agent: stalled");
    expect(of(bad, "incidents")?.level).toBe("warning");
  });

  it("DO5 a socket that listens where neither this machine nor the tailnet is", async () => {
    const listening = (address: string, table: "tcp" | "tcp6" = "tcp") =>
      find({
        files: { [`/proc/10/net/${table}`]: HEAD + row(`${address}:1092`, "00000000:0000", "0A", 77) },
        status: { ...up, tailnet: ["100.101.102.103"] },
      });
    expect(of(await listening("67666564"), "bindings")?.level).toBe("ok");
    for (const [address, table] of [
      ["00000000", "tcp"],
      ["0100A8C0", "tcp"],
      ["00000000000000000000000000000000", "tcp6"],
    ] as const)
      expect(of(await listening(address, table), "bindings"), address).toMatchObject({ level: "problem" });
    expect(of(await find({ machine: { list: () => [] } }), "bindings")?.level).toBe("note");
  });

  it("DO6 a disk that is full or nearly, and a home that others can read", async () => {
    expect(of(await find({ machine: { freeBytes: () => 1e8 } }), "disk")?.level).toBe("problem");
    expect(of(await find({ machine: { freeBytes: () => 1e9 } }), "disk")?.level).toBe("warning");
    mkdirSync(join(home, "agent"), { mode: 0o700 });
    writeFileSync(join(home, "agent/identity"), "x");
    chmodSync(join(home, "agent/identity"), 0o644);
    expect(of(await find(), "permissions")).toMatchObject({ level: "warning", mend: `chmod -R go-rwx '${home}'` });
    expect(of(await find({ machine: { uid: 4_294_000 } }), "owner")?.level).toBe("problem");
  });

  it("DO7 a clock that was set back, and one that nothing keeps", async () => {
    writeFileSync(join(home, "lock"), "", { mode: 0o600 });
    const later = new Date(nowMs + 3_600_000);
    utimesSync(join(home, "lock"), later, later);
    expect(of(await find(), "clock")).toMatchObject({
      level: "problem",
      says: expect.stringMatching(/60 minutes from now/),
    });
    rmSync(join(home, "lock"));
    expect(of(await find({ machine: { run: async () => "no\n" } }), "clock")?.level).toBe("warning");
    expect(of(await find({ machine: { run: async () => null } }), "clock")?.level).toBe("ok");
  });

  it("DO8 no backup, an old one, one that failed, one that is gone, one on the same disk", async () => {
    expect(of(await find(), "backup")).toMatchObject({ level: "warning", mend: "sovereign backup --to FOLDER" });
    noteBackup(home, { madeMs: nowMs - 9 * day, file: home, bytes: 1 });
    expect(of(await find(), "backup")?.says).toMatch(/9 days old/);
    noteBackup(home, { madeMs: nowMs - day, file: join(home, "gone"), bytes: 1 });
    expect(of(await find(), "backup")?.says).toMatch(/not where it was written/);
    noteFailure(home, nowMs, "The disk is full.");
    expect(of(await find(), "backup-failed")?.says).toMatch(/The disk is full/);
    writeSchedule(home, { folder: home, everyHours: 24, keep: 3, weeks: 0, months: 0 });
    expect(of(await find(), "backup-disk")?.level).toBe("note");
  });

  it("DO20 devices that were not seen for two months, and what this terminal did not hand over", async () => {
    const device = { id: "abcdef0123456789", name: "Phone", role: "device", isThis: false, seenAt: nowMs - day };
    const own = { ...device, id: "00", name: "Terminal", isThis: true };
    const vault: VaultView = { isLive: false, unsent: 0, devices: [own, device] };
    const good = await find({ vault });
    expect([of(good, "devices")?.level, of(good, "unsynced")?.level]).toEqual(["ok", "ok"]);
    const old = { ...device, seenAt: nowMs - 61 * day };
    expect(of(await find({ vault: { ...vault, devices: [own, old] } }), "devices")).toMatchObject({
      ...{ level: "warning", mend: "sovereign devices remove abcdef01" },
      says: expect.stringMatching(/"Phone" was not seen for 61 days/),
    });
    // One that has never been seen is new; a host is no device; and the terminal itself is here.
    const never = [
      { ...own, seenAt: 1 },
      { ...device, seenAt: null },
      { ...old, role: "host" },
    ];
    expect(of(await find({ vault: { ...vault, devices: never } }), "devices")?.level).toBe("ok");
    expect(of(await find({ vault: { ...vault, unsent: 3 } }), "unsynced")).toMatchObject({
      ...{ level: "warning", mend: "sovereign up" },
      says: expect.stringMatching(/^3 changes of this terminal are/),
    });
    expect(of(await find({ vault: null }), "devices")).toMatchObject({
      ...{ level: "note", mend: expect.stringMatching(/sovereign join LINK/) },
    });
  });

  it("DO9 memory that would reach the disk: core dumps and swap", async () => {
    const limits = (soft: string) =>
      `Max core file size        ${soft}                    unlimited            bytes\n`;
    expect(of(await find({ files: { "/proc/12/limits": limits("unlimited") } }), "core-dumps")?.level).toBe("warning");
    const piped = { "/proc/sys/kernel/core_pattern": "|/usr/lib/systemd/systemd-coredump %P\n" };
    expect(of(await find({ files: piped }), "core-dumps")?.says).toMatch(/systemd-coredump/);
    expect(of(await find({ files: { "/proc/sys/kernel/core_pattern": "|/bin/false\n" } }), "core-dumps")?.level).toBe(
      "ok",
    );
    const swaps = (name: string) => ({ "/proc/swaps": `Filename Type Size Used Priority\n${name} partition 1 0 -2\n` });
    expect(of(await find({ files: swaps("/dev/sda2") }), "swap")).toMatchObject({ level: "warning" });
    for (const name of ["/dev/zram0", "/dev/dm-1"])
      expect(of(await find({ files: swaps(name) }), "swap")?.level).toBe("ok");
  });

  it("DO10 what leaves the machine now, keys of tools, words in logs, root, a bare disk, a bare container", async () => {
    const away =
      HEAD + row("0100007F:1092", "00000000:0000", "0A", 77) + row("0200000A:C000", "08080808:01BB", "01", 78);
    expect(of(await find({ files: { "/proc/10/net/tcp": away } }), "egress")).toMatchObject({
      level: "note",
      says: expect.stringMatching(/8\.8\.8\.8:443/),
    });
    const inside =
      HEAD + row("0100007F:1092", "0100007F:C001", "01", 77) + row("0200000A:C000", "05404064:1092", "01", 78);
    expect(of(await find({ files: { "/proc/10/net/tcp": inside } }), "egress")?.level).toBe("ok");
    await createKey({ home, name: "OpenCode", random: systemRandom, nowMs });
    expect(of(await find(), "keys")?.says).toMatch(/OpenCode/);
    expect(of(await find({ environment: { SOVEREIGN_DEBUG: "1" } }), "debug")?.level).toBe("problem");
    expect(of(await find({ machine: { uid: 0 } }), "root")?.level).toBe("warning");
    expect(of(await find({ files: { "/proc/self/mounts": "/dev/sda1 / ext4 rw 0 0\n" } }), "disk-seal")?.level).toBe(
      "note",
    );
    const bare = { "/.dockerenv": "", "/proc/self/status": "Seccomp:\t0\n" };
    expect(of(await find({ files: bare }), "container")?.level).toBe("warning");
  });

  it("DO11 says the worst first, and everything that is amiss has a way to mend it", async () => {
    const findings = await find({ status: { ...up, claimed: false }, machine: { freeBytes: () => 1e8, uid: 0 } });
    const order = findings.map(({ level }) => ["problem", "warning", "note", "ok"].indexOf(level));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    for (const { level, mend, says } of findings) {
      expect(says).toMatch(/[.)]$/);
      if (level === "problem" || level === "warning") expect(mend).toMatch(/\w/);
    }
  });

  it("DO12 reads addresses of both families from the kernel's tables, each in one spelling", () => {
    const tables = {
      "/proc/10/net/tcp": HEAD + row("0100007F:1092", "00000000:0000", "0A", 77),
      "/proc/10/net/tcp6":
        HEAD + row("00000000000000000000000001000000:1092", "00000000000000000000000000000000:0000", "0A", 78),
    };
    const machine = {
      platform: "linux",
      list: () => ["3", "4"],
      linkTarget: (path: string) => `socket:[${path.endsWith("3") ? 77 : 78}]`,
      readText: (path: string) => tables[path as keyof typeof tables] ?? null,
    } as unknown as Machine;
    expect(socketsOf(machine, [10])?.map(({ address, port }) => [address, port])).toEqual([
      ["127.0.0.1", 4242],
      ["::1", 4242],
    ]);
  });
});

describe("sovereign doctor", () => {
  it(
    "DO13 looks at a host that runs, prints what scripts read, and ends with 1 for a problem alone",
    { timeout: 60_000 },
    async () => {
      const folder = join(home, "x");
      mkdirSync(folder);
      const host = await startHostProcess(folder, join(home, "home"), "http://127.0.0.1:9/v1");
      try {
        const result = await runCli(["doctor", "--security", "--json"], { home: join(home, "home") });
        const { findings } = JSON.parse(result.out) as { findings: Finding[] };
        expect(of(findings, "bindings"), result.out).toMatchObject({ level: "ok" });
        expect(of(findings, "egress")).toMatchObject({ level: "ok" });
        expect(of(findings, "vault")).toMatchObject({ level: "warning" });
        expect(result.code).toBe(findings.some(({ level }) => level === "problem") ? 1 : 0);
        const words = await runCli(["doctor"], { home: join(home, "home"), environment: { SOVEREIGN_PORT: "x" } });
        expect(words.code).toBe(1);
      } finally {
        await host.stop();
      }
    },
  );
});
