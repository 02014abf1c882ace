/**
 * backup: a year of chats in one sealed file, and back again. The log is the relay's own, of real envelopes. Beside it, of the same home: `tar` with gzip, which copies a file that a relay may be writing and seals it
 * to nobody, and SQLite's own backup, the least that a consistent copy costs. What comes back is held against what there was, row by row.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { stretchHere } from "#crypto/argon.ts";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { readLogState } from "../host/backup/logState.ts";
import { makeBackup } from "../host/backup/makeBackup.ts";
import { openWithSecret, restoreBackup } from "../host/backup/restoreBackup.ts";
import { openDatabase } from "../host/relay/database.ts";
import { createSqliteLogStore } from "../host/relay/sqliteLogStore.ts";
import { logFile, openRelaySeed } from "../host/relayHome.ts";
import { createTestAuthor, createTestVault } from "../host/testing/testRelay.ts";
import type { Bench, Question } from "./question.ts";

/** Five chats a day, of four questions each: every question lends the key, so the next begins an epoch. */
const year = { chats: 1_800, questions: 4, answerBytes: 2_400 };
const OURS = "Sovereign";
const TAR = "tar and gzip";
const SQLITE = "SQLite's backup";
const GOAL = "goal";
const passphrase = "a year in one file";

export const question: Question = {
  asks: "a year of chats as one sealed file, and back, beside tar with gzip and SQLite's own backup",
  run: async (bench) => {
    await sodiumReady;
    const home = join(bench.folder, "home");
    await writeYear(home, bench.isQuick ? 40 : year.chats);
    const { envelopes, bytes, digest } = readLogState(logFile(home));
    bench.say(`${envelopes} envelopes, ${Math.round(bytes / 1_000_000)} MB sealed`);
    for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 3); round++) {
      const subjects = [
        () => ours(bench, home, round, digest),
        () => tar(bench, home, round),
        () => sqlite(bench, home, round),
      ];
      for (const at of subjects.keys()) await subjects[(at + round + 1) % subjects.length]?.();
      if (round < 0) continue;
      bench.note(GOAL, "backup of a year", 10, "s");
      bench.note(GOAL, "restored", 10, "s");
    }
    bench.compare({ metric: "backup of a year", ours: OURS, theirs: GOAL, atMost: 1 });
    bench.compare({ metric: "restored", ours: OURS, theirs: GOAL, atMost: 1 });
    bench.compare({ metric: "backup of a year", ours: OURS, theirs: TAR });
    bench.compare({ metric: "backup of a year", ours: OURS, theirs: SQLITE });
    bench.compare({ metric: "size", ours: OURS, theirs: TAR });
  },
};

async function writeYear(home: string, chats: number): Promise<void> {
  mkdirSync(home, { recursive: true });
  openRelaySeed(home);
  const fail = (error: Error): void => {
    throw error;
  };
  const store = createSqliteLogStore(openDatabase({ file: logFile(home), onBroken: fail }));
  const vault = createTestVault();
  for (let chat = 0; chat < chats; chat++) {
    const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
    const written: Uint8Array[] = [];
    for (let asked = 1; asked <= year.questions; asked++) {
      written.push(author.rekey(vault.vaultKey, { epoch: asked }));
      // A question, what goes with it, and its answer.
      for (const size of [300, 120, year.answerBytes])
        written.push(author.next("update", { epoch: asked, body: systemRandom(size) }));
    }
    await Promise.all(
      written.map((envelope) => {
        const { doc, author: by, counter, prev } = parseEnvelope(envelope);
        const hash = envelopeHash(envelope);
        return store.append({
          vault: vault.id,
          doc,
          author: by,
          counter,
          prev,
          hash,
          envelope,
          accepts: null,
          replacesOwn: false,
        });
      }),
    );
  }
  await store.close();
}

async function ours(bench: Bench, home: string, round: number, digest: string): Promise<void> {
  if (!bench.wants(OURS)) return;
  const file = join(bench.folder, `year ${round}.backup`);
  const back = join(bench.folder, `back ${round}`);
  const common = { random: systemRandom, stretch: stretchHere, nowMs: Date.now() };
  const startedAt = performance.now();
  const { bytes } = await makeBackup({ ...common, home, file, passphrase, program: "benchmarks" });
  const madeAt = performance.now();
  const dataKey = (head: Parameters<typeof openWithSecret>[0]) =>
    openWithSecret(head, passphrase, wordlist, stretchHere);
  await restoreBackup({ file, home: back, isForced: false, nowMs: Date.now(), dataKey });
  const restoredAt = performance.now();
  if (readLogState(logFile(back)).digest !== digest) throw new Error("what came back is not what there was");
  rmSync(back, { recursive: true });
  rmSync(file);
  if (round < 0) return;
  bench.note(OURS, "backup of a year", (madeAt - startedAt) / 1_000, "s");
  bench.note(OURS, "restored", (restoredAt - madeAt) / 1_000, "s");
  bench.note(OURS, "size", bytes / 1_000_000, "MB");
}

function tar(bench: Bench, home: string, round: number): void {
  if (!bench.wants(TAR)) return;
  const file = join(bench.folder, `year ${round}.tar.gz`);
  const startedAt = performance.now();
  execFileSync("tar", ["-czf", file, "-C", home, "."]);
  const ms = performance.now() - startedAt;
  const { size } = statSync(file);
  rmSync(file);
  if (round < 0) return;
  bench.note(TAR, "backup of a year", ms / 1_000, "s");
  bench.note(TAR, "size", size / 1_000_000, "MB");
}

async function sqlite(bench: Bench, home: string, round: number): Promise<void> {
  if (!bench.wants(SQLITE)) return;
  const file = join(bench.folder, `year ${round}.sqlite`);
  const startedAt = performance.now();
  const source = new DatabaseSync(logFile(home), { readOnly: true });
  await backup(source, file, { rate: 2_147_483_647 });
  source.close();
  const ms = performance.now() - startedAt;
  rmSync(file);
  if (round >= 0) bench.note(SQLITE, "backup of a year", ms / 1_000, "s");
}
