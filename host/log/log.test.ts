/** The log as files: what goes in comes out, nothing else can be read, and it has an end. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fromAgent } from "../ipc.ts";
import type { LogEvent } from "./events.ts";
import { logFolder, openHostLog } from "./hostLog.ts";
import { logBytesMax, logDaysMax, logFileBytesMax, logFilesMax } from "./limits.ts";
import { beginLineFile, listLineFiles, readLineKey } from "./lineFolder.ts";
import { createLogReader, followLog } from "./readLog.ts";
import { sayEvent } from "./say.ts";
import { headBytes, readLineFile } from "./sealedLines.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-log-"));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const canary = "canary-heliotrope-0417";
const started: LogEvent = { type: "part-started", part: "relay", pid: 17 };
const newest = (): string => listLineFiles(logFolder(home)).at(-1)!.path;
const allBytes = (): Buffer =>
  Buffer.concat(readdirSync(logFolder(home)).map((name) => readFileSync(join(logFolder(home), name))));

it("LG1 what was written is read in order, with its time and level, also while the host goes on writing", async () => {
  let now = 1_000;
  const log = openHostLog(home, () => now);
  const reader = createLogReader(home);
  expect(reader.read()).toEqual([]);
  log.write(started);
  now = 1_001;
  log.write({ type: "part-stopped", part: "relay", exitCode: null, signal: "SIGKILL", upMs: 12.7, asked: false });
  expect(reader.read()).toEqual([
    { time: 1_000, level: "info", event: started },
    {
      time: 1_001,
      level: "error",
      event: { type: "part-stopped", part: "relay", exitCode: null, signal: "SIGKILL", upMs: 13, asked: false },
    },
  ]);
  expect(reader.read()).toEqual([]);
  const enough = new AbortController();
  const followed: LogEvent[] = [];
  const following = (async () => {
    for await (const { event } of followLog(reader, enough.signal)) {
      followed.push(event);
      enough.abort();
    }
  })();
  // Another process's file: a command that fetches a model writes beside the host.
  const other = openHostLog(home);
  other.write({ type: "vault-claimed" });
  await following;
  expect(followed).toEqual([{ type: "vault-claimed" }]);
  expect(listLineFiles(logFolder(home))).toHaveLength(2);
  other.close();
  log.close();
});

it("LG2 without the key not even the names of events can be read, and only the owner may open the files", () => {
  const log = openHostLog(home);
  for (let at = 0; at < 50; at++) log.write(started);
  log.close();
  for (const word of ["part", "relay", "started", "info", "time"]) expect(allBytes().includes(word)).toBe(false);
  for (const name of readdirSync(logFolder(home)))
    expect(statSync(join(logFolder(home), name)).mode & 0o777).toBe(0o600);
  expect(statSync(logFolder(home)).mode & 0o777).toBe(0o700);
  // Crypto-shredding: with the key, all that was goes.
  rmSync(join(logFolder(home), "key"));
  expect(createLogReader(home).read()).toEqual([]);
});

it("LG3 a line that was changed, taken out, moved or brought from another file ends the reading there", () => {
  const log = openHostLog(home, () => 5);
  for (let pid = 1; pid <= 3; pid++) log.write({ ...started, pid });
  log.close();
  const key = readLineKey(logFolder(home))!;
  const file = readFileSync(newest());
  const length = (file.length - headBytes) / 3;
  const [head, ...records] = [
    file.subarray(0, headBytes),
    ...[0, 1, 2].map((at) => file.subarray(headBytes + at * length, headBytes + (at + 1) * length)),
  ];
  const read = (parts: readonly Uint8Array[]): [number, boolean] => {
    const { lines, isDamaged } = readLineFile(Buffer.concat([head, ...parts]), key);
    return [lines.length, isDamaged];
  };
  const [a, b, c] = records as [Buffer, Buffer, Buffer];
  expect(read([a, b, c])).toEqual([3, false]);
  const flipped = Buffer.from(b);
  flipped[20]! ^= 1;
  expect(read([a, flipped, c])).toEqual([1, true]);
  expect(read([a, c])).toEqual([1, true]);
  expect(read([b, a, c])).toEqual([0, true]);
  expect(read([a, a])).toEqual([1, true]);
  // Cut at the end: a host that was killed while it wrote, which is no damage.
  for (let cut = 1; cut < length; cut++) expect(read([a, b, c.subarray(0, cut)])).toEqual([2, false]);
  openHostLog(home, () => 5).write(started);
  const others = readFileSync(newest());
  expect(read([a, others.subarray(headBytes)])).toEqual([1, true]);
  // The rest of the log is still read.
  writeFileSync(listLineFiles(logFolder(home))[0]!.path, Buffer.concat([head!, a, flipped]));
  const reader = createLogReader(home);
  expect(reader.read()).toHaveLength(2);
  expect(reader.damaged).toBe(1);
});

it("LG4 a full file is followed by the next, and the oldest go: by size, by count, by age", () => {
  const log = openHostLog(home, Date.now, 4_096);
  let written = 0;
  while (listLineFiles(logFolder(home)).length < 2) {
    log.write(started);
    written += 1;
  }
  log.close();
  expect(statSync(listLineFiles(logFolder(home))[0]!.path).size).toBeLessThanOrEqual(4_096);
  expect(createLogReader(home).read()).toHaveLength(written);
  const begin = (): void => beginLineFile(logFolder(home), Date.now()).close();
  for (let at = 0; at < logFilesMax + 5; at++) begin();
  expect(listLineFiles(logFolder(home))).toHaveLength(logFilesMax);
  const [oldest] = listLineFiles(logFolder(home));
  utimesSync(oldest!.path, new Date(), new Date(Date.now() - (logDaysMax + 1) * 86_400_000));
  const next = listLineFiles(logFolder(home))[1]!;
  begin();
  expect(listLineFiles(logFolder(home))[0]).toEqual(next);
  for (const { path } of listLineFiles(logFolder(home)).slice(0, 20))
    writeFileSync(path, Buffer.alloc(logFileBytesMax));
  begin();
  const bytes = listLineFiles(logFolder(home)).reduce((sum, { path }) => sum + statSync(path).size, 0);
  expect(bytes).toBeLessThanOrEqual(logBytesMax + headBytes);
});

it("LG5 no text has a way in: neither as a field, nor as an event, nor by a part's message", () => {
  const log = openHostLog(home);
  const hostile: readonly unknown[] = [
    { type: canary },
    { type: "part-started", part: canary, pid: 1 },
    { type: "part-started", part: "relay", pid: canary },
    { type: "part-started", part: "relay", pid: 1, [canary]: canary, says: canary },
    { type: "run-ended", end: canary },
    { type: "__proto__", says: canary },
  ];
  for (const event of hostile) {
    log.write(event as LogEvent);
    const message = fromAgent.parse({ type: "logged", event });
    expect(JSON.stringify(message)).not.toContain(canary);
    log.write((message as Extract<typeof message, { type: "logged" }>).event);
  }
  for (const event of [null, "x", 7, [canary]])
    expect(fromAgent.parse({ type: "logged", event })).toEqual({ type: "logged", event: { type: "line-refused" } });
  log.close();
  const lines = createLogReader(home).read();
  expect(lines).toHaveLength(2 * hostile.length);
  expect(JSON.stringify(lines)).not.toContain(canary);
  expect(lines.filter(({ event }) => event.type === "line-refused")).toHaveLength(2 * hostile.length - 2);
});

it("LG6 a disk that takes nothing stops nobody, and what was lost is counted once it takes again", () => {
  // A file where the folder has to be: as a full disk, for every user, root too.
  writeFileSync(logFolder(home), "");
  const log = openHostLog(home);
  for (let at = 0; at < 3; at++) log.write(started);
  rmSync(logFolder(home));
  log.write({ type: "host-stopping" });
  log.write({ type: "vault-claimed" });
  log.close();
  expect(
    createLogReader(home)
      .read()
      .map(({ event }) => event),
  ).toEqual([{ type: "lines-lost", lines: 3 }, { type: "host-stopping" }, { type: "vault-claimed" }]);
});

it("LG7 what a person reads are sentences without a hole", () => {
  const run = { type: "run-ended", end: "done", queueMs: 0, totalMs: 2_100 } as const;
  const none = { firstTokenMs: null, promptTokens: null, completionTokens: null };
  expect(sayEvent({ ...run, ...none })).toBe("A device's question: answered after 2.1 s.");
  expect(sayEvent({ ...run, queueMs: 12_000, firstTokenMs: 300, promptTokens: 9, completionTokens: 1 })).toBe(
    "A device's question: answered after 2.1 s (the first word after 0.3 s, 1 token, 12 s in the queue).",
  );
  expect(
    sayEvent({ type: "part-stopped", part: "agent", exitCode: null, signal: "SIGKILL", upMs: 61_000, asked: false }),
  ).toBe("The agent stopped by itself (SIGKILL), after 61 s.");
});
