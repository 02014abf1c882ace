import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import {
  dropAfter,
  fail,
  failAfter,
  hang,
  hangAfter,
  redirectTo,
  say,
  startScriptedBackend,
  webPage,
  type ScriptedBackend,
} from "../testing/scriptedBackend.ts";
import { BackendError, type ServedBy } from "./backend.ts";
import { backendLimits, type BackendLimits } from "./limits.ts";
import { openPool, type Pool, type PoolOptions } from "./pool.ts";
import type { BackendSettings, PoolSettings } from "./settings.ts";

let one: ScriptedBackend;
let two: ScriptedBackend;
let pool: Pool;
beforeEach(async () => {
  one = await startScriptedBackend({
    models: ["shared", "only-one"],
    ownedBy: "vllm",
    entry: { max_model_len: 8_192 },
  });
  two = await startScriptedBackend({
    models: ["shared", "only-two"],
    ownedBy: "vllm",
    entry: { max_model_len: 4_096 },
  });
});
afterEach(async () => {
  await pool.close();
  await one.close();
  await two.close();
});

const limits: BackendLimits = { ...backendLimits, firstTokenMs: 10_000, idleMs: 10_000, busyRetryMs: [5] };

function settingsOf(
  more: Partial<Record<"one" | "two", Partial<BackendSettings>>> = {},
  routes: PoolSettings["routes"] = new Map(),
): PoolSettings {
  const server = (name: "one" | "two", baseUrl: string): BackendSettings => ({
    ...{ name, baseUrl, keyFile: null, place: "local", maxConcurrent: 4 },
    ...more[name],
  });
  return { backends: [server("one", one.url), server("two", two.url)], files: [], routes, onChange: "warn" };
}

async function open(settings: PoolSettings = settingsOf(), more: Partial<PoolOptions> = {}): Promise<Pool> {
  pool = await openPool({ clock: systemClock, settings, ownPorts: [], limits, ...more });
  return pool;
}

interface Outcome {
  text: string;
  by: ServedBy[];
  error: BackendError | null;
}

async function ask(model: string | null, signal = new AbortController().signal): Promise<Outcome> {
  const outcome: Outcome = { text: "", by: [], error: null };
  const question = {
    model,
    turns: [{ role: "user" as const, text: "Hi" }],
    onServedBy: (by: ServedBy) => outcome.by.push(by),
  };
  try {
    for await (const part of pool.backend.answer(question, signal)) if (part.kind === "text") outcome.text += part.text;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    outcome.error = error;
  }
  return outcome;
}

/** Time goes on only when a test says so. */
function manualClock(): { clock: Clock; pass: (ms: number) => Promise<void> } {
  let nowMs = 0;
  let timers: { atMs: number; callback: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    const before = timers.length;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { callback } of due) callback();
    // Each look sets its next timer when it is over.
    await vi.waitFor(() => expect(timers).toHaveLength(before), 10_000);
  };
  return { clock, pass };
}

describe("the list of models", () => {
  test("is one: each name once, with all who serve it and what holds at any of them", async () => {
    await open();
    expect(pool.models.map(({ id, backends }) => [id, backends])).toEqual([
      ["shared", ["one", "two"]],
      ["only-one", ["one"]],
      ["only-two", ["two"]],
    ]);
    expect(pool.backend).toMatchObject({
      kind: "model",
      label: "vLLM",
      models: ["shared", "only-one", "only-two"],
      defaultModel: "shared",
    });
    expect(pool.backend.contextTokens("shared")).toBe(4_096);
    expect(pool.backend.contextTokens("only-one")).toBe(8_192);
    expect(pool.backend.prefill("shared")).toBe(true);
    expect([pool.backend.describe("gone"), pool.backend.contextTokens("gone"), pool.backend.prefill("gone")]).toEqual([
      null,
      null,
      false,
    ]);
  });

  test("holds routes, which do not answer by default", async () => {
    await open(
      settingsOf(
        {},
        new Map([
          [
            "fast",
            [
              { backend: "two", model: "shared" },
              { backend: null, model: "only-one" },
            ],
          ],
          ["dead", [{ backend: null, model: "x" }]],
        ]),
      ),
    );
    expect(pool.models.map(({ id, backends, isRoute }) => [id, backends, isRoute])[0]).toEqual([
      "fast",
      ["two", "one"],
      true,
    ]);
    expect(pool.backend.models).toEqual(["shared", "fast", "only-one", "only-two"]);
    expect(pool.backend.contextTokens("fast")).toBe(4_096);
  });

  test("embedding models are for embeddings only", async () => {
    one.setModels(["nomic-embed"]);
    two.setModels(["chat"]);
    await open();
    expect(pool.backend.models).toEqual(["chat"]);
    await expect(pool.pickBackend("nomic-embed", "/v1/chat/completions")).rejects.toMatchObject({
      code: "backend-model",
    });
    const picked = await pool.pickBackend("nomic-embed", "/v1/embeddings");
    expect(picked).toMatchObject({ backend: "one", model: "nomic-embed", baseUrl: one.url, headers: {} });
    picked.release();
  });
});

describe("without configuration", () => {
  const empty: PoolSettings = { backends: [], files: [], routes: new Map(), onChange: "warn" };
  const ports = () => [
    { port: one.port, product: "First" },
    { port: two.port, product: "Second" },
  ];

  test("all that is found on the usual ports answers, and never our own", async () => {
    await open(empty, { ports: ports() });
    expect(pool.backend.models).toEqual(["shared", "only-one", "only-two"]);
    await pool.close();
    await open(empty, { ports: ports(), ownPorts: [one.port] });
    expect(pool.backend.models).toEqual(["shared", "only-two"]);
  });

  test("another Sovereign is no backend, and with nothing there is the guide", async () => {
    await one.close();
    await two.close();
    one = await startScriptedBackend({ ownedBy: "sovereign" });
    two = await startScriptedBackend({ models: [] });
    await open(empty, { ports: ports() });
    expect(pool.backend).toMatchObject({ kind: "guide", label: "Guide, not a model" });
    await expect(pool.pickBackend(null, "/v1/chat/completions")).rejects.toMatchObject({ code: "backend-model" });
  });
});

describe("failover", () => {
  test.each([
    ["is away", null],
    ["is busy", fail(503, "loading")],
    ["reports an error", fail(500, "no GPU")],
    ["asks for a key", fail(401, "who are you")],
    ["lacks the model", fail(404, "no such model")],
    ["sends a web page", webPage],
    ["redirects", redirectTo("http://169.254.169.254/")],
    ["breaks off before the first word", dropAfter("")],
  ])("one that %s before its first word: another is asked", async (_name, script) => {
    await open();
    if (script === null) await one.close();
    else one.script(script);
    two.script(say("From two."));
    const outcome = await ask("shared");
    expect(outcome).toMatchObject({ text: "From two.", error: null });
    expect(outcome.by).toEqual([{ label: "vLLM", where: `vLLM at 127.0.0.1:${two.port}`, model: "shared" }]);
    if (script === null) one = await startScriptedBackend();
  });

  test("one that is silent before its first word: another is asked", async () => {
    await open(settingsOf(), { limits: { ...limits, firstTokenMs: 200 } });
    one.script(hang);
    two.script(say("From two."));
    expect(await ask("shared")).toMatchObject({ text: "From two.", error: null });
  });

  test.each([
    ["breaks off", dropAfter("Some words"), "backend-dropped"],
    ["reports an error", failAfter("Some words", "crashed"), "backend-error"],
  ])("one that %s after its first word: nobody else is asked, and what came stays", async (_name, script, code) => {
    await open();
    one.script(script);
    const outcome = await ask("shared");
    expect([outcome.text, outcome.error?.code, outcome.by.length]).toEqual(["Some words", code, 1]);
    expect(two.requests).toHaveLength(0);
  });

  test("a question that is not accepted is not passed on", async () => {
    await open();
    one.script(fail(400, "context length exceeded"));
    expect((await ask("shared")).error?.code).toBe("backend-refused");
    expect(two.requests).toHaveLength(0);
  });

  test("when all fail, the last failure is what is said, with who failed", async () => {
    await open();
    one.script(fail(500, "first"));
    two.script(fail(500, "second"));
    const outcome = await ask("shared");
    expect(outcome.error?.ownerSentence).toContain("second");
    expect(outcome.by).toEqual([]);
  });

  test("a busy one is asked again only when nobody else is left", async () => {
    await open();
    one.script(fail(503, "loading"));
    two.script(fail(503, "loading"), say("Ready."));
    expect(await ask("shared")).toMatchObject({ text: "Ready.", error: null });
    expect([one.requests.length, two.requests.length]).toEqual([1, 2]);
  });

  test("a route goes to its fallbacks in order, by each one's own name for the model", async () => {
    await open(
      settingsOf(
        {},
        new Map([
          [
            "fast",
            [
              { backend: "two", model: "only-two" },
              { backend: "one", model: "only-one" },
            ],
          ],
        ]),
      ),
    );
    two.script(say("Primary."));
    expect((await ask("fast")).text).toBe("Primary.");
    two.script(fail(500, "no"));
    one.script(say("Fallback."));
    const outcome = await ask("fast");
    expect([outcome.text, outcome.by[0]?.model, one.requests[0]?.body.model]).toEqual([
      "Fallback.",
      "only-one",
      "only-one",
    ]);
  });

  test("an abort before the first word ends it, without an error and without asking anybody else", async () => {
    await open();
    one.script(hang);
    const controller = new AbortController();
    const asked = ask("shared", controller.signal);
    await vi.waitFor(() => expect(one.requests).toHaveLength(1), 20_000);
    controller.abort();
    expect(await asked).toMatchObject({ text: "", error: null });
    expect(two.requests).toHaveLength(0);
    expect(pool.members.map(({ taken }) => taken)).toEqual([0, 0]);
  });
});

describe("places", () => {
  test("equal servers share the work; when all places are taken, the next question waits", async () => {
    await open(settingsOf({ one: { maxConcurrent: 1 }, two: { maxConcurrent: 1 } }));
    one.script(hangAfter("One"));
    two.script(hangAfter("Two"));
    const controller = new AbortController();
    const first = [ask("shared", controller.signal), ask("shared", controller.signal)];
    await vi.waitFor(() => expect([one.requests.length, two.requests.length]).toEqual([1, 1]), 20_000);
    one.script(say("Third."));
    two.script(say("Third."));
    const third = ask("shared");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(one.requests.length + two.requests.length).toBe(2);
    controller.abort();
    expect((await Promise.all(first)).map(({ text }) => text).sort()).toEqual(["One", "Two"]);
    expect((await third).text).toBe("Third.");
    expect(pool.members.map(({ taken }) => taken)).toEqual([0, 0]);
  });

  test("a picked place counts until it is released, once", async () => {
    await open(settingsOf({ one: { maxConcurrent: 1 } }));
    const picked = await pool.pickBackend("only-one", "/v1/chat/completions");
    const waits = pool.pickBackend("only-one", "/v1/chat/completions");
    expect(pool.members[0]?.taken).toBe(1);
    picked.release();
    picked.release();
    const next = await waits;
    expect(pool.members[0]?.taken).toBe(1);
    next.release();
    expect(pool.members[0]?.taken).toBe(0);
  });

  test("picking leaves out those that were tried, gives the model's own name, and says when there is none", async () => {
    await open(settingsOf({}, new Map([["fast", [{ backend: null, model: "only-two" }]]])));
    const picked = await pool.pickBackend("shared", "/v1/chat/completions", { except: ["one"] });
    expect(picked.backend).toBe("two");
    picked.release(false);
    const routed = await pool.pickBackend("fast", "/v1/chat/completions");
    expect(routed).toMatchObject({ backend: "two", model: "only-two", place: "local" });
    routed.release();
    await expect(pool.pickBackend("shared", "/v1/x", { except: ["one", "two"] })).rejects.toMatchObject({
      code: "backend-model",
    });
    await expect(pool.pickBackend("nobody's", "/v1/x")).rejects.toThrow(
      /"nobody's" is not at any of your model servers/,
    );
  });
});

describe("health", () => {
  test("a server that misses two probes is kept, one that misses three is gone, and back after two good ones", async () => {
    const { clock, pass } = manualClock();
    const seen: string[] = [];
    two.setModels(["shared"]);
    await open(settingsOf(), { clock, onChange: ({ backend }) => seen.push(backend.models.join(" ")) });
    one.setHealth(500);
    await pass(10_000);
    await pass(10_000);
    expect(pool.backend.models).toEqual(["shared", "only-one"]);
    await pass(10_000);
    expect(pool.backend.models).toEqual(["shared"]);
    expect(pool.members[0]).toMatchObject({
      isUp: false,
      says: expect.stringContaining("reported an error") as string,
    });
    one.setHealth(200);
    await pass(10_000);
    expect(pool.backend.models).toEqual(["shared"]);
    // The second look comes soon.
    await pass(1_000);
    expect(pool.backend.models).toEqual(["shared", "only-one"]);
    expect(seen.at(-1)).toBe("shared only-one");
  });

  test("a probe that is missed while words come does not count", async () => {
    const { clock, pass } = manualClock();
    two.setModels([]);
    await open(settingsOf(), { clock });
    one.script(say("word ".repeat(2_000), { delayMs: 1 }));
    const controller = new AbortController();
    const asked = ask("shared", controller.signal);
    await vi.waitFor(() => expect(one.requests).toHaveLength(1), 20_000);
    one.setHealth(500);
    for (let at = 0; at < 5; at++) {
      await pass(10_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(pool.members[0]?.isUp).toBe(true);
    controller.abort();
    await asked;
  });

  test("questions that find nobody count as misses: a dead server is left before its next probes", async () => {
    const { clock } = manualClock();
    await open(settingsOf(), { clock });
    await one.close();
    two.script(say("Two."));
    for (let at = 0; at < 3; at++) expect((await ask("shared")).text).toBe("Two.");
    expect(pool.members.map(({ isUp }) => isUp)).toEqual([false, true]);
    one = await startScriptedBackend();
  });

  test("a configured server that is away stays the backend, and each question says what is wrong", async () => {
    await one.close();
    await two.close();
    await open();
    expect(pool.backend).toMatchObject({ kind: "model", label: "No answer from one", models: [] });
    expect((await ask(null)).error?.ownerSentence).toMatch(/does not answer\. Start it/);
    await expect(pool.pickBackend("shared", "/v1/chat/completions")).rejects.toMatchObject({ code: "backend-away" });
    one = await startScriptedBackend();
    two = await startScriptedBackend();
  });
});

test("a key goes to the server that it belongs to, and nowhere else", async () => {
  const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(join(tmpdir(), "sovereign-key-"));
  const keyFile = join(folder, "key");
  writeFileSync(keyFile, "sk-of-two\n");
  try {
    await open(settingsOf({ two: { keyFile } }));
    one.script(fail(500, "no"));
    two.script(say("x"));
    await ask("shared");
    expect(one.requests[0]?.headers.authorization).toBe(undefined);
    expect(two.requests[0]?.headers.authorization).toBe("Bearer sk-of-two");
    const picked = await pool.pickBackend("only-two", "/v1/chat/completions");
    expect(picked.headers).toEqual({ authorization: "Bearer sk-of-two" });
    picked.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("what may not leave the owner's machines", () => {
  async function askLocally(model: string | null): Promise<{ text: string; by: string[]; error: BackendError | null }> {
    const outcome = { text: "", by: [] as string[], error: null as BackendError | null };
    const turns = [{ role: "user" as const, text: "Hi" }];
    const onServedBy = ({ where }: ServedBy): void => void outcome.by.push(where);
    try {
      const question = { model, turns, isLocalOnly: true, onServedBy };
      for await (const part of pool.backend.answer(question, new AbortController().signal))
        if (part.kind === "text") outcome.text += part.text;
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      outcome.error = error;
    }
    return outcome;
  }

  test("PJ5 a backend outside is never asked: not by name, not by default, and not when the one at home fails", async () => {
    await open(settingsOf({ one: { place: "outside" } }));
    one.script(say("From outside."));
    two.script(say("From home."), fail(503, "busy"));
    expect(await askLocally("shared")).toMatchObject({ text: "From home.", error: null });
    expect(await askLocally(null)).toMatchObject({ error: { code: "backend-busy" } });
    expect(await askLocally("only-one")).toMatchObject({ text: "", error: { code: "backend-far" } });
    expect((await askLocally("shared")).error).not.toBeNull();
    expect(one.requests, "nothing was sent there").toHaveLength(0);
    // The same questions without the label go there: what was counted above could have been heard.
    expect(await ask("only-one")).toMatchObject({ text: "From outside." });
    expect(one.requests).toHaveLength(1);
  });

  test("PJ6 with nobody at home, nothing is sent and the owner is told why", async () => {
    await open(settingsOf({ one: { place: "outside" }, two: { place: "outside" } }));
    const { error } = await askLocally(null);
    expect(error?.code).toBe("backend-far");
    expect(error?.ownerSentence).toMatch(/Nothing was sent elsewhere/);
    expect(one.requests.length + two.requests.length).toBe(0);
  });
});
