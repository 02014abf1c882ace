/** Backups of a real relay's home, made while it runs, and what comes back. */
import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { stretchHere } from "#crypto/argon.ts";
import { createPieceOpener } from "#crypto/backupSeal.ts";
import { idToBytes, type DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createRecoverySecret, recoveryKeys, recoveryWords } from "#crypto/recovery.ts";
import { createSetRecovery } from "#crypto/rosterEntries.ts";
import { createVaultKey, type VaultKey } from "#crypto/vaultKeys.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { encodingsOf } from "#sync/testing/testDevice.ts";
import { HostError } from "../errors.ts";
import { logFile } from "../relayHome.ts";
import {
  claimHost,
  createTestAuthor,
  createTestVault,
  startTestRelay,
  type TestLink,
  type TestRelay,
  type TestVault,
} from "../testing/testRelay.ts";
import { forgetDocKeys, readDestroyed } from "./docKeys.ts";
import { openBackupFile } from "./format.ts";
import { isHomePath } from "./homeFiles.ts";
import { pieceBytes } from "./limits.ts";
import { followChains, readLogState } from "./logState.ts";
import { makeBackup } from "./makeBackup.ts";
import { openWithSecret, restoreBackup } from "./restoreBackup.ts";
import {
  backupName,
  isDue,
  noteBackup,
  noteFailure,
  pruneBackups,
  readLastBackup,
  readSchedule,
  writeSchedule,
} from "./schedule.ts";

const timeout = 120_000;
const madeMs = Date.UTC(2026, 10, 21, 9, 30);
let folder: string;
let relay: TestRelay;
let vault: TestVault;
let link: TestLink;
let words: string;
let vaultKey: VaultKey;
let request = 100;

beforeAll(() => sodiumReady);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-backup-"));
  relay = await startTestRelay();
  writeFileSync(
    join(relay.home, "claim.json"),
    JSON.stringify({ publicKey: Buffer.from(relay.claimKey).toString("hex"), seed: null }),
  );
  mkdirSync(join(relay.home, "agent"));
  writeFileSync(join(relay.home, "agent/identity"), "an identity that nobody may read: canary-quince-3312");
  mkdirSync(join(relay.home, "cli"));
  writeFileSync(join(relay.home, "cli/lock.key"), "one history only");
  vault = createTestVault();
  link = await claimHost(relay, vault);
  vaultKey = vault.vaultKey;
  words = await setWords();
});
afterEach(async () => {
  link.close();
  await relay.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function setWords(): Promise<string> {
  const secret = createRecoverySecret(systemRandom);
  const { sign, box } = recoveryKeys(secret);
  const newVaultKey = createVaultKey(systemRandom);
  const entry = createSetRecovery({
    roster: vault.roster(),
    by: vault.device,
    recovery: { signKey: sign.publicKey, boxKey: box.publicKey },
    vaultKey,
    newVaultKey,
    random: systemRandom,
  });
  link.send({ type: "rosterCas", request: ++request, prevSeq: vault.entries.length, entry, claim: null });
  await link.next("rosterAck");
  vault.entries.push(entry);
  vaultKey = newVaultKey;
  return recoveryWords(secret, wordlist).join(" ");
}

/** So many envelopes in docs of their own. */
async function write(docs: number, each: number): Promise<void> {
  for (let doc = 0; doc < docs; doc += 1) {
    const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
    for (let at = 0; at < each; at += 1) {
      const envelope =
        at === 0 ? author.rekey(vaultKey, { generation: vault.roster().generation }) : author.next("update");
      link.send({ type: "append", request: ++request, envelope });
      await link.next("ack");
    }
  }
}

/** A doc of its own: its REKEY, and something written under it. */
async function writeOne(): Promise<{ readonly doc: DocId; readonly envelopes: readonly Uint8Array[] }> {
  const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
  const { generation } = vault.roster();
  const envelopes = [author.rekey(vaultKey, { generation }), author.next("update", { body: systemRandom(200) })];
  for (const envelope of envelopes) {
    link.send({ type: "append", request: ++request, envelope });
    await link.next("ack");
  }
  return { doc: author.doc, envelopes };
}

/** All that lies in it, as who has the words reads it. */
async function openBody(file: string): Promise<Buffer> {
  const reader = openBackupFile(file);
  const dataKey = await openWithSecret(reader.head, words, wordlist, stretchHere);
  reader.open((headBytes) => createPieceOpener(dataKey, headBytes));
  const parts: Uint8Array[] = [];
  try {
    for (;;) parts.push(reader.some(pieceBytes).slice());
  } catch {
    // reason: after the last piece there is no next one.
  }
  reader.close();
  return Buffer.concat(parts);
}

const make = (file = join(folder, "one.backup"), passphrase: string | null = null) =>
  makeBackup({
    home: relay.home,
    file,
    passphrase,
    program: "test",
    stretch: stretchHere,
    random: systemRandom,
    nowMs: madeMs,
  });

function restore(file: string, options: { secret?: string; home?: string; isForced?: boolean } = {}) {
  const { secret = words, home = join(folder, "back"), isForced = false } = options;
  return restoreBackup({
    file,
    home,
    isForced,
    nowMs: madeMs,
    dataKey: (head) => openWithSecret(head, secret, wordlist, stretchHere),
  });
}

describe("a project that was destroyed", () => {
  const destroy = async (docs: readonly DocId[]): Promise<void> => {
    link.send({ type: "destroy", request: ++request, docs });
    await link.next("ack");
  };

  it(
    "BK16 gives up its keys in a backup that nobody there can open, and does not come back; all else does",
    { timeout },
    async () => {
      const [gone, kept] = [await writeOne(), await writeOne()];
      const made = await make();
      const before = readFileSync(made.file);
      await destroy([gone.doc]);
      const destroyed = readDestroyed(logFile(relay.home));
      expect(destroyed).toEqual([gone.doc]);
      expect(forgetDocKeys(made.file, destroyed)).toBe(1);
      expect(forgetDocKeys(made.file, destroyed)).toBe(0);
      const after = readFileSync(made.file);
      expect(after.length).toBe(before.length);
      // One entry was written over, and nothing else was touched.
      expect([...after].filter((byte, at) => byte !== before[at]).length).toBeLessThanOrEqual(48);

      const back = await restore(made.file);
      expect(back.destroyed).toBe(1);
      const log = readFileSync(logFile(join(folder, "back")));
      for (const envelope of kept.envelopes) expect(log.includes(Buffer.from(envelope))).toBe(true);
      for (const envelope of gone.envelopes) expect(log.includes(Buffer.from(envelope))).toBe(false);
      expect(readDestroyed(logFile(join(folder, "back")))).toEqual([gone.doc]);
      expect(followChains(logFile(join(folder, "back")))).toBe(kept.envelopes.length);
    },
  );

  it("BK16 stays whole where only the device of another vault names it as destroyed", { timeout }, async () => {
    const kept = await writeOne();
    await destroy([]);
    const log = new DatabaseSync(logFile(relay.home));
    log
      .prepare("INSERT INTO destroyed (vault, doc) VALUES (?, ?)")
      .run(new Uint8Array(16).fill(7), idToBytes(kept.doc));
    log.close();
    expect(readDestroyed(logFile(relay.home))).toEqual([]);
  });

  it("BK17 not even who opens the backup finds a key of it", { timeout }, async () => {
    const gone = await writeOne();
    const made = await make();
    await destroy([gone.doc]);
    const whole = await openBody(made.file);
    // What is no key is in it as it was; the REKEY, which carries one, is not.
    expect(gone.envelopes.map((envelope) => whole.includes(Buffer.from(envelope.subarray(120))))).toEqual([
      false,
      true,
    ]);
    // With its entry, it comes back; that is what is written over.
    expect((await restore(made.file)).destroyed).toBe(0);
    expect(readFileSync(logFile(join(folder, "back"))).includes(Buffer.from(gone.envelopes[0] ?? []))).toBe(true);
    forgetDocKeys(made.file, [gone.doc]);
    expect((await restore(made.file, { home: join(folder, "again") })).destroyed).toBe(1);
  });

  it("BK18 its keys are in no later backup", { timeout }, async () => {
    const gone = await writeOne();
    await destroy([gone.doc]);
    const made = await make();
    const whole = await openBody(made.file);
    for (const envelope of gone.envelopes) expect(whole.includes(Buffer.from(envelope.subarray(120)))).toBe(false);
    expect(forgetDocKeys(made.file, [gone.doc])).toBe(0);
    expect((await restore(made.file)).destroyed).toBe(0);
  });

  it("BK19 a key that was changed, moved or cut off restores nothing", { timeout }, async () => {
    await writeOne();
    await writeOne();
    const made = await make();
    const bytes = readFileSync(made.file);
    const harmed = (change: (copy: Buffer) => Buffer): string => {
      const file = join(folder, `harmed-${randomBytes(4).toString("hex")}.backup`);
      writeFileSync(file, change(Buffer.from(bytes)));
      return file;
    };
    const flipped = harmed((copy) => {
      copy[copy.length - 5] = (copy.at(-5) ?? 0) ^ 1;
      return copy;
    });
    const swapped = harmed((copy) => {
      const [one, two] = [copy.length - 128 + 16, copy.length - 64 + 16];
      const key = Buffer.from(copy.subarray(one, one + 48));
      copy.copy(copy, one, two, two + 48);
      key.copy(copy, two);
      return copy;
    });
    for (const file of [
      flipped,
      swapped,
      harmed((copy) => copy.subarray(0, -64)),
      harmed((copy) => copy.subarray(0, -1)),
    ])
      await expect(restore(file)).rejects.toThrow(/damaged/);
    expect(existsSync(join(folder, "back"))).toBe(false);
  });
});

describe("a backup", () => {
  it(
    "BK1 made while the relay runs comes back equal: every row of its log, every chain, every file",
    { timeout },
    async () => {
      await write(3, 20);
      const made = await make();
      expect(made.log).toMatchObject({ docs: 3, envelopes: 60, vaults: 1 });
      const { manifest, movedTo } = await restore(made.file);
      expect(movedTo).toBeNull();
      expect(manifest.log).toEqual(made.log);
      const home = join(folder, "back");
      expect(readLogState(logFile(home))).toEqual(readLogState(logFile(relay.home)));
      expect(followChains(logFile(home))).toBe(60);
      for (const path of ["relay/key", "agent/identity", "claim.json"])
        expect(readFileSync(join(home, path)), path).toEqual(readFileSync(join(relay.home, path)));
      expect(statSync(join(home, "agent/identity")).mode & 0o077).toBe(0);
      // A device has one history: what the terminal keeps of its own is no part of it.
      expect(existsSync(join(home, "cli"))).toBe(false);
      expect(readdirSync(folder).sort()).toEqual(["back", "one.backup"]);
      expect(readdirSync(join(relay.home, "backup"))).toEqual([]);
    },
  );

  it("BK2 is one consistent state, whatever is written while it is made", { timeout }, async () => {
    await write(2, 20);
    const writing = write(4, 20);
    const made = await make();
    await writing;
    await restore(made.file);
    const file = logFile(join(folder, "back"));
    expect(readLogState(file)).toEqual(made.log);
    expect(followChains(file)).toBe(made.log.envelopes);
    expect(made.log.envelopes).toBeLessThan(120);
  });

  it("BK3 shows nothing of what it holds to who has the file alone", { timeout }, async () => {
    const made = await make();
    const bytes = readFileSync(made.file);
    for (const form of encodingsOf("canary-quince-3312")) expect(bytes.includes(form)).toBe(false);
    expect(bytes.includes(readFileSync(join(relay.home, "relay/key")))).toBe(false);
    expect(statSync(made.file).mode & 0o077).toBe(0);
  });

  it(
    "BK4 opens with the words that counted when it was made, or with its passphrase, and says what else was typed",
    { timeout },
    async () => {
      const made = await make(join(folder, "both.backup"), "eleven geese by the mill");
      const later = await setWords();
      const other = recoveryWords(createRecoverySecret(systemRandom), wordlist).join(" ");
      const home = join(folder, "back");
      const list = words.split(" ");
      for (const [secret, says] of [
        [later, /words of another vault, or new ones/],
        [other, /words of another vault/],
        ["eleven geese by the hill", /24 words of your vault, or the passphrase/],
        [list.slice(1).join(" "), /Those were 23/],
        [["zzzz", ...list.slice(1)].join(" "), /Word 1, "zzzz"/],
      ] as const) {
        await expect(restore(made.file, { secret }), secret).rejects.toThrow(says);
        expect(existsSync(home)).toBe(false);
      }
      await restore(made.file, { secret: words.toUpperCase().split(" ").join("\n") });
      await restore(made.file, { secret: "eleven geese by the mill", home: join(folder, "again") });
      expect(readLogState(logFile(join(folder, "again")))).toEqual(made.log);
    },
  );

  it("BK5 any byte changed, or the end cut off, and nothing is restored", { timeout }, async () => {
    await write(1, 10);
    const { file } = await make();
    const whole = readFileSync(file);
    const damaged = join(folder, "damaged.backup");
    const places = [
      ...Array.from({ length: 24 }, () => randomBytes(4).readUInt32BE() % whole.length),
      0,
      16,
      17,
      40,
      whole.length - 1,
    ];
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(damaged, bytes);
      await expect(restore(damaged), `byte ${at}`).rejects.toThrow(Error);
    }
    for (const bytes of [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 100),
      Buffer.concat([whole, Buffer.from("x")]),
    ]) {
      writeFileSync(damaged, bytes);
      await expect(restore(damaged)).rejects.toThrow(HostError);
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("back"))).toEqual([]);
  });

  it(
    "BK6 a home that is not empty is refused, or moved aside when that is said; one with a running host never",
    { timeout },
    async () => {
      const { file } = await make();
      const home = join(folder, "taken");
      mkdirSync(home);
      await restore(file, { home });
      writeFileSync(join(home, "note"), "mine");
      await expect(restore(file, { home })).rejects.toThrow(/is not empty.*--force/);
      const { movedTo } = await restore(file, { home, isForced: true });
      expect(readFileSync(join(movedTo ?? "", "note"), "utf8")).toBe("mine");
      expect(existsSync(join(home, "note"))).toBe(false);
      const holder = new DatabaseSync(join(home, "lock"));
      holder.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE;");
      await expect(restore(file, { home, isForced: true })).rejects.toThrow(/already running/);
      holder.close();
    },
  );

  it(
    "BK7 one from a newer version, another file, and a log of newer tables are each a sentence",
    { timeout },
    async () => {
      const { file } = await make();
      const bytes = readFileSync(file);
      bytes[16] = 3;
      writeFileSync(join(folder, "newer.backup"), bytes);
      await expect(restore(join(folder, "newer.backup"))).rejects.toThrow(/newer version of Sovereign/);
      writeFileSync(join(folder, "other.backup"), "PK not ours");
      await expect(restore(join(folder, "other.backup"))).rejects.toThrow(/no backup of Sovereign/);
      const grown = new DatabaseSync(logFile(relay.home));
      grown.exec("PRAGMA user_version = 99");
      grown.close();
      const future = await make(join(folder, "future.backup"));
      await expect(restore(future.file)).rejects.toThrow(/newer version of Sovereign \(test\)/);
    },
  );

  it("BK8 without words or a passphrase none is made: nobody could open it", { timeout }, async () => {
    const bare = await startTestRelay();
    try {
      const none = makeBackup({
        home: bare.home,
        file: join(folder, "x"),
        passphrase: null,
        program: "test",
        stretch: stretchHere,
        random: systemRandom,
        nowMs: madeMs,
      });
      await expect(none).rejects.toThrow(/24 words.*--passphrase/);
      expect(existsSync(join(folder, "x"))).toBe(false);
      const empty = makeBackup({
        home: join(folder, "nowhere"),
        file: join(folder, "x"),
        passphrase: null,
        program: "test",
        stretch: stretchHere,
        random: systemRandom,
        nowMs: madeMs,
      });
      await expect(empty).rejects.toThrow(/nothing to back up/);
    } finally {
      await bare.dispose();
    }
  });

  it("BK9 a log whose chain was broken is found by following it", { timeout }, async () => {
    await write(1, 10);
    const copy = join(folder, "copy");
    const { file } = await make();
    await restore(file, { home: copy });
    const mend = (sql: string): void => {
      cpSync(logFile(join(folder, "copy")), join(folder, "broken.sqlite"));
      const log = new DatabaseSync(join(folder, "broken.sqlite"));
      log.exec(`DROP TRIGGER usage_changed; ${sql}`);
      log.close();
    };
    for (const [sql, says] of [
      [
        "UPDATE envelope SET envelope = (SELECT envelope FROM envelope WHERE counter = 4) WHERE counter = 5",
        /not the one that was stored/,
      ],
      ["UPDATE envelope SET hash = x'00' WHERE counter = 5", /not the one that was stored/],
      ["UPDATE tip SET counter = 3", /another end/],
      ["UPDATE tip SET hash = zeroblob(32)", /another end/],
    ] as const) {
      mend(sql);
      expect(() => followChains(join(folder, "broken.sqlite")), sql).toThrow(says);
    }
  });

  it("BK10 paths that are no home's are refused", () => {
    for (const path of ["relay/key", "agent/vaults/0f/roster", "tls/host.example-1.pem", "backends.json"])
      expect(isHomePath(path), path).toBe(true);
    for (const path of [
      "",
      "/etc/passwd",
      "../x",
      "a/../b",
      "a//b",
      "a\\b",
      "C:x",
      "a/./b",
      ".ssh/x",
      "a/b.",
      "nul",
      "com1.txt",
      "a\0b",
      "x".repeat(600),
      "a b",
      "é",
    ])
      expect(isHomePath(path), JSON.stringify(path)).toBe(false);
  });

  it("BK11 its head names no vault and no key of ours", { timeout }, async () => {
    const { file } = await make();
    const { head, close } = openBackupFile(file);
    close();
    expect(head).toMatchObject({ madeMs, program: "test", passphrase: null });
    expect(readFileSync(file).includes(vault.id)).toBe(false);
  });
});

describe("backups by themselves", () => {
  const plan = { folder: "/backups", everyHours: 24, keep: 3, weeks: 0, months: 2 };
  const hour = 3_600_000;

  it("BK12 are due at the first look, a day after the last, an hour after one that failed, and when the clock was set back", () => {
    const last = (madeAt: number | null, failedAt: number | null = null) => ({
      madeMs: madeAt,
      failedMs: failedAt,
      file: null,
      bytes: null,
      says: null,
    });
    const now = 1_000 * hour;
    expect(isDue(plan, last(null), now)).toBe(true);
    expect(isDue(plan, last(now - 23 * hour), now)).toBe(false);
    expect(isDue(plan, last(now - 24 * hour), now)).toBe(true);
    expect(isDue(plan, last(now - 30 * hour, now - hour / 2), now)).toBe(false);
    expect(isDue(plan, last(now - 30 * hour, now - hour), now)).toBe(true);
    expect(isDue(plan, last(now + hour / 2), now)).toBe(false);
    expect(isDue(plan, last(now + 900 * hour), now)).toBe(true);
    expect(isDue(plan, last(null, now + 900 * hour), now)).toBe(true);
  });

  it("BK13 keep the newest, and touch nothing that is not theirs", () => {
    const names = [1, 2, 3, 4, 5].map((day) => backupName(Date.UTC(2026, 10, day)));
    for (const name of [...names, "mine.backup", "sovereign-notes.txt"]) writeFileSync(join(folder, name), "");
    const newest = { keep: 3, weeks: 0, months: 0 };
    expect(pruneBackups(folder, newest)).toEqual(names.slice(0, 2));
    expect(readdirSync(folder).sort()).toEqual([...names.slice(2), "mine.backup", "sovereign-notes.txt"].sort());
    expect(pruneBackups(folder, newest)).toEqual([]);
  });

  it("BK15 of older ones the newest of each week and month stay, for as many as are kept, whatever the clock says now", () => {
    const days = Array.from({ length: 400 }, (_, day) => backupName(Date.UTC(2025, 0, 1) + day * 86_400_000));
    for (const name of days) writeFileSync(join(folder, name), "");
    const kept = { keep: 7, weeks: 4, months: 6 };
    // As it happens: one a day, pruned each time.
    pruneBackups(folder, kept);
    const left = readdirSync(folder)
      .filter((name) => name.startsWith("sovereign-"))
      .sort();
    expect(left.slice(-7)).toEqual(days.slice(-7));
    expect(left.map((name) => name.slice(10, 20))).toEqual([
      ...["2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31"],
      // Weeks end on Wednesday here: the last full ones before the newest seven, and the one that is under way.
      ...["2026-01-14", "2026-01-21", "2026-01-28", "2026-01-29", "2026-01-30", "2026-01-31"],
      ...["2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"],
    ]);
    expect(pruneBackups(folder, kept)).toEqual([]);
  });

  it("BK14 what is planned and how the last one went is there after a restart; nonsense in the files is none", () => {
    const home = join(folder, "home");
    mkdirSync(home);
    expect(readSchedule(home)).toBeNull();
    writeSchedule(home, plan);
    noteBackup(home, { madeMs: 5, file: "/backups/x", bytes: 7 });
    noteFailure(home, 9, "The disk is full.");
    expect(readSchedule(home)).toEqual(plan);
    expect(readLastBackup(home)).toEqual({
      madeMs: 5,
      file: "/backups/x",
      bytes: 7,
      failedMs: 9,
      says: "The disk is full.",
    });
    noteBackup(home, { madeMs: 11, file: "/backups/y", bytes: 7 });
    expect(readLastBackup(home)).toMatchObject({ madeMs: 11, failedMs: null, says: null });
    for (const nonsense of ["", "{", "[]", '{"folder":7}', '{"folder":"/x","everyHours":-1,"keep":1}']) {
      writeFileSync(join(home, "backup/schedule.json"), nonsense);
      expect(readSchedule(home), nonsense).toBeNull();
    }
    writeSchedule(home, null);
    expect(existsSync(join(home, "backup/schedule.json"))).toBe(false);
  });
});
