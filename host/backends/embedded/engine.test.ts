import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import { lendTestEngine, prepareTestEngine } from "../../testing/engineCache.ts";
import { tinyGguf, writeTinyGguf } from "../../testing/tinyGguf.ts";
import { BackendError, type AnswerPart, type Question, type ServedBy } from "../backend.ts";
import { openBackends } from "../open.ts";
import type { Pool } from "../pool.ts";
import { isEngineInstalled, lockFor, partsForHere } from "./engine.ts";

describe("what is installed", () => {
  test("every package of the lock is pinned by its SHA-512, and only this machine's parts are in it", () => {
    const { packages } = lockFor(["linux-x64"]);
    const parts = Object.keys(packages).filter((path) => path.includes("@node-llama-cpp/"));
    expect(parts).toEqual(["node_modules/@node-llama-cpp/linux-x64"]);
    for (const [path, locked] of Object.entries(packages)) {
      if (path !== "") expect([path, locked.integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
    }
    expect(Object.keys(packages["node_modules/node-llama-cpp"]?.optionalDependencies ?? {})).toEqual([
      "@node-llama-cpp/linux-x64",
    ]);
    expect(JSON.stringify(packages)).not.toContain('"resolved"');
  });

  test("it is not there until it was installed whole", () => {
    const home = mkdtempSync(join(tmpdir(), "sovereign-engine-"));
    expect(isEngineInstalled(home)).toBe(false);
    expect(Array.isArray(partsForHere())).toBe(true);
    rmSync(home, { recursive: true });
  });
});

const whyNot = await prepareTestEngine();
if (whyNot !== null) console.warn(whyNot);

describe.skipIf(whyNot !== null)("a model file, run by the real engine", { timeout: 120_000 }, () => {
  let home: string;
  let pool: Pool;
  const notices: string[] = [];
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "sovereign-engine-"));
    lendTestEngine(home);
    writeTinyGguf(join(home, "tiny.gguf"), 1);
    writeTinyGguf(join(home, "other.gguf"), 2);
    // It begins like one, and ends where its weights should be.
    writeFileSync(join(home, "cut-off.gguf"), tinyGguf(3).subarray(0, 20_000));
    writeFileSync(join(home, "no-model.gguf"), "something else");
    pool = await openBackends({
      clock: systemClock,
      home,
      configured: ["tiny", "other", "cut-off", "no-model"].map((name) => join(home, `${name}.gguf`)).join(","),
      ownPorts: [],
      role: "agent",
      notify: (says) => notices.push(says),
    });
    await vi.waitFor(() => expect(pool.backend.models).toHaveLength(3), 60_000);
  }, 120_000);
  afterAll(async () => {
    await pool?.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function ask(
    model: string,
    more: Partial<Question> = {},
    signal = new AbortController().signal,
  ): Promise<AnswerPart[]> {
    const parts: AnswerPart[] = [];
    const question = { model, turns: [{ role: "user" as const, text: "hello" }], ...more };
    const ending = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
    for await (const part of pool.backend.answer(question, ending)) parts.push(part);
    return parts;
  }
  const words = (parts: readonly AnswerPart[]): AnswerPart[] => parts.filter(({ kind }) => kind !== "usage");

  test("streams, with its usage, and says where it runs", async () => {
    expect(pool.backend).toMatchObject({ label: "Embedded engine", where: "Embedded engine on this host" });
    expect([pool.backend.contextTokens("tiny"), pool.backend.prefill("tiny")]).toEqual([2_048, true]);
    const controller = new AbortController();
    const parts: AnswerPart[] = [];
    for await (const part of pool.backend.answer(
      { model: "tiny", turns: [{ role: "user", text: "hello" }] },
      controller.signal,
    )) {
      parts.push(part);
      if (parts.length === 20) controller.abort();
    }
    // A word may be on its way while it is stopped.
    expect(parts.length).toBeGreaterThanOrEqual(20);
    expect(parts.length).toBeLessThan(60);
    expect(words(parts).every((part) => part.kind === "text")).toBe(true);
  });

  test("a file that is no model is left out, and said so", () => {
    expect(pool.members[0]?.says).toMatch(/no-model\.gguf is no model in the form GGUF/);
    expect(notices).toHaveLength(1);
  });

  test("an abort reaches it: the next question is not kept waiting", async () => {
    for (let at = 0; at < 3; at++) {
      const controller = new AbortController();
      for await (const _part of pool.backend.answer(
        { model: "tiny", turns: [{ role: "user", text: "hello" }] },
        controller.signal,
      )) {
        controller.abort();
      }
    }
    await vi.waitFor(() => expect(pool.members[0]?.taken).toBe(0), 20_000);
  });

  test("continues an answer that has begun", async () => {
    const turns = [
      { role: "user" as const, text: "hello" },
      { role: "assistant" as const, text: "the beginning of" },
    ];
    const controller = new AbortController();
    let text = "";
    for await (const part of pool.backend.answer({ model: "tiny", turns }, controller.signal)) {
      if (part.kind === "text") text += part.text;
      if (text.length > 10) controller.abort();
    }
    expect(text).not.toBe("");
    expect(text).not.toContain("the beginning of");
  });

  test("another file is loaded when it is asked for; one that is no model says so", async () => {
    const controller = new AbortController();
    let isAnswered = false;
    for await (const _part of pool.backend.answer(
      { model: "other", turns: [{ role: "user", text: "hello" }] },
      controller.signal,
    )) {
      isAnswered = true;
      controller.abort();
    }
    expect(isAnswered).toBe(true);
    await expect(ask("cut-off")).rejects.toMatchObject({ code: "backend-error" });
    await expect(ask("cut-off")).rejects.toThrow(/could not be loaded/);
  });

  test("a changed file is said beside its answers, or not used at all when changes block", async () => {
    writeTinyGguf(join(home, "other.gguf"), 4);
    await vi.waitFor(() => expect(notices.join("\n")).toMatch(/other\.gguf is not the one that was pinned/), 30_000);
    const controller = new AbortController();
    const by: ServedBy[] = [];
    const question = {
      model: "other",
      turns: [{ role: "user" as const, text: "hello" }],
      onServedBy: (one: ServedBy) => by.push(one),
    };
    for await (const _part of pool.backend.answer(question, controller.signal)) controller.abort();
    expect(by[0]?.where).toBe("Embedded engine on this host, from a model file that has changed");

    writeFileSync(join(home, "backends.json"), JSON.stringify({ onChange: "block" }));
    const strict = await openBackends({
      clock: systemClock,
      home,
      configured: join(home, "other.gguf"),
      ownPorts: [],
      role: "agent",
    });
    try {
      await vi.waitFor(() => expect(strict.members[0]?.says).toMatch(/It is not used/), {
        timeout: 20_000,
        interval: 200,
      });
      expect(strict.backend.models).toEqual([]);
      await expect(strict.pickBackend("other", "/v1/chat/completions")).rejects.toMatchObject({
        code: "backend-changed",
      });
    } finally {
      await strict.close();
      rmSync(join(home, "backends.json"));
    }
  });

  test("a question that does not fit is refused rather than cut", async () => {
    await expect(ask("tiny", { turns: [{ role: "user", text: "hello ".repeat(3_000) }] })).rejects.toMatchObject({
      code: "backend-refused",
    });
  });

  test("its process is killed: the answer ends with a sentence, the host goes on, and so does the engine", async () => {
    const { readdirSync, readFileSync } = await import("node:fs");
    const engine = readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .find((pid) => {
        try {
          const ours = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[3] === String(process.pid);
          return ours && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("engineMain.ts");
        } catch {
          return false;
        }
      });
    let failure: unknown = null;
    try {
      for await (const _part of pool.backend.answer(
        { model: "tiny", turns: [{ role: "user", text: "hello" }] },
        new AbortController().signal,
      )) {
        process.kill(Number(engine), "SIGKILL");
      }
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(BackendError);
    expect((failure as BackendError).code).toBe("backend-dropped");
    await vi.waitFor(() => expect(notices.join()).toContain("is started again"), 10_000);
    await vi.waitFor(
      async () => {
        const controller = new AbortController();
        let got = 0;
        for await (const _part of pool.backend.answer(
          { model: "tiny", turns: [{ role: "user", text: "hello" }] },
          controller.signal,
        )) {
          got += 1;
          controller.abort();
        }
        expect(got).toBeGreaterThan(0);
      },
      { timeout: 60_000, interval: 500 },
    );
  });
});
