/** A host that dies at any point of a call of tools that change something: the real one that writes files, over a real ledger. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { runIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { defaultToolPolicy } from "#sync/docs/toolPolicy.ts";
import { readCalls, type ToolStep } from "#sync/docs/toolSteps.ts";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { callKey, createDispatcher } from "./dispatch.ts";
import { createFolderTools } from "./folders/folderTools.ts";
import { lendFolder } from "./folders/settings.ts";
import { openLedger, readLedger } from "./ledger.ts";
import type { Tool } from "./tool.ts";

const owner = createDeviceKeys(systemRandom);
const host = createDeviceKeys(systemRandom);
const run = runIdFromBytes(new Uint8Array(16).fill(1));
const never = new AbortController().signal;
const args = { path: "notes/plan.md", text: "new words" };

test("FO12 200 deaths around a write: the old file or the new one, an entry before each write, and none a second time without a word", async () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "deaths-")));
  const [home, notes] = [join(base, "home"), join(base, "notes")];
  mkdirSync(home);
  mkdirSync(notes);
  lendFolder(home, "notes", notes, true);
  const [real] = createFolderTools(home)
    .tools()
    .filter(({ name }) => name === "folder_write");
  if (real === undefined) throw new Error("There is no tool.");
  const seen = { written: 0, asked: 0, dead: 0 };
  for (let seed = 0; seed < 200; seed++) {
    const place = `seed ${seed}`;
    const file = join(base, `ledger-${seed}`);
    rmSync(join(notes, "plan.md"), { force: true });
    if (seed % 2 === 0) writeFileSync(join(notes, "plan.md"), "old words");
    const steps: ToolStep[] = [];
    let [writes, asked, left] = [0, 0, 1 + (seed % 9)];
    const entries = (): readonly string[] =>
      existsSync(file) ? readLedger(readFileSync(file), owner).map((each) => each ?? "") : [];
    /** Where it dies, nothing of what comes after is done. */
    const point = (isMortal: boolean): void => {
      if (isMortal && --left === 0) throw new Error("dead");
    };
    const life = async (isMortal: boolean, mayHaveRun: ReadonlySet<string>): Promise<void> => {
      const ledger = openLedger({
        ...{
          file,
          vault: vaultIdFromBytes(new Uint8Array(32)),
          keys: host,
          clock: createManualClock(),
          random: systemRandom,
        },
        to: () => [{ id: owner.id, boxKey: owner.box.publicKey }],
      });
      const dying = Promise.withResolvers<string>();
      const tool: Tool = {
        ...real,
        run: async (given, context) => {
          expect(
            entries().some((entry) => entry.includes('"before"')),
            place,
          ).toBe(true);
          writes += 1;
          const result = await real.run(given, context);
          // It may die once the file is there and nobody was told.
          if (!isMortal || left !== 1) return result;
          dying.resolve("dead");
          return new Promise(() => {});
        },
      };
      const dispatcher = createDispatcher({
        tools: () => [tool],
        policy: () => ({ ...defaultToolPolicy, tools: { folder_write: "allow" } }),
        ledger: {
          append: (what) => {
            point(isMortal);
            return ledger.append(what);
          },
          begin: (what) => {
            point(isMortal);
            return ledger.begin(what);
          },
        },
        ...{ place: { run }, host: host.id, clock: createManualClock(), random: systemRandom },
        askOwner: () => {
          asked += 1;
          return Promise.resolve(null);
        },
        write: (step) => {
          point(isMortal);
          return steps.push(step) > 0;
        },
        stored: () => {
          point(isMortal);
          return Promise.resolve(true);
        },
        ...{ isUnattended: false, isTainted: false, mayHaveRun },
      });
      const work = dispatcher.call("folder_write", args, never).then(
        () => "over",
        () => "dead",
      );
      if ((await Promise.race([work, dying.promise])) === "dead") seen.dead += 1;
    };
    await life(true, new Set());
    const [first] = readCalls({ run, isOver: true, steps });
    const mayHaveRun = new Set(
      first?.status === "may-have-run" ? [callKey(first.name, first.arguments, first.cut)] : [],
    );
    const before = writes;
    if (first?.status !== "done") await life(false, mayHaveRun);
    expect(writes, place).toBeLessThanOrEqual(1);
    if (before === 1 && first?.status !== "done") expect(asked, place).toBe(1);
    const stands = existsSync(join(notes, "plan.md")) ? readFileSync(join(notes, "plan.md"), "utf8") : null;
    expect(stands, place).toBe(writes === 1 ? "new words" : seed % 2 === 0 ? "old words" : null);
    expect(readdirSync(notes).filter((name) => name !== "plan.md")).toEqual([]);
    seen.written += writes;
    seen.asked += asked;
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
}, 60_000);
