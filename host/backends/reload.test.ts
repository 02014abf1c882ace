/** What the owner changes in backends.json while the host runs; and two processes that ask one backend. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import { createSlotLender, type SlotMessage } from "../slotLender.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import type { AnswerPart } from "./backend.ts";
import { openBackends } from "./open.ts";
import type { Pool } from "./pool.ts";
import { createLentSlots, type LentSlots } from "./slots.ts";

let home: string;
let first: ScriptedBackend;
let second: ScriptedBackend;
const pools: Pool[] = [];
const notices: string[] = [];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sovereign-reload-"));
  notices.length = 0;
  [first, second] = await Promise.all([
    startScriptedBackend({ models: ["one"] }),
    startScriptedBackend({ models: ["two"] }),
  ]);
});
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
  await Promise.all([first.close(), second.close()]);
  rmSync(home, { recursive: true });
});

/** As an editor does it: another file in its place. */
function write(text: string): void {
  writeFileSync(join(home, "backends.json.tmp"), text);
  renameSync(join(home, "backends.json.tmp"), join(home, "backends.json"));
}
const name = (...backends: ScriptedBackend[]): string =>
  JSON.stringify({ backends: backends.map(({ url, port }) => ({ name: String(port), url })) });

async function open(more: Partial<Parameters<typeof openBackends>[0]> = {}): Promise<Pool> {
  const pool = await openBackends({
    clock: systemClock,
    home,
    configured: null,
    ownPorts: [],
    role: "agent",
    ports: [],
    notify: (says) => notices.push(says),
    ...more,
  });
  pools.push(pool);
  return pool;
}

const modelsOf = (pool: Pool): string[] => pool.models.map(({ id }) => id);

async function collect(parts: AsyncIterable<AnswerPart>): Promise<string> {
  let text = "";
  for await (const part of parts) text += part.kind === "text" ? part.text : "";
  return text;
}

describe("backends.json", { timeout: 90_000 }, () => {
  it("RE1 is taken up when it changes, and an answer that runs goes on with what it began with", async () => {
    write(name(first));
    const changes: string[][] = [];
    const pool = await open({ onChange: (now) => changes.push(modelsOf(now)) });
    expect(modelsOf(pool)).toEqual(["one"]);
    first.script(say("one two three four five six seven eight nine ten", { delayMs: 400 }));
    const running = collect(pool.backend.answer({ model: "one", turns: [] }, new AbortController().signal));
    await vi.waitFor(() => expect(first.requests).toHaveLength(1), 20_000);
    write(name(second));
    await vi.waitFor(() => expect(modelsOf(pool)).toEqual(["two"]), 20_000);
    expect(changes.at(-1)).toEqual(["two"]);
    expect(notices.at(-1)).toBe("backends.json was changed and is in use: 1 model server.");
    second.script(say("From the second."));
    expect(await collect(pool.backend.answer({ model: "two", turns: [] }, new AbortController().signal))).toBe(
      "From the second.",
    );
    expect(await running).toBe("one two three four five six seven eight nine ten");
  });

  it("RE2 that is broken leaves the one before in use and says so, once, and is taken up when it is mended", async () => {
    write(name(first));
    const pool = await open();
    await open({ role: "gateway" });
    write('{ "backends": [');
    await vi.waitFor(() => expect(notices).toHaveLength(1), 20_000);
    expect(notices[0]).toMatch(
      /backends\.json: is no JSON .*\. Correct it\. Until then the settings of before hold\.$/,
    );
    write(JSON.stringify({ backends: [{ name: "b", url: first.url, keyfile: "x" }] }));
    await vi.waitFor(() => expect(notices).toHaveLength(2), 20_000);
    expect(notices[1]).toMatch(/"keyfile"/);
    expect(modelsOf(pool)).toEqual(["one"]);
    write(name(first, second));
    await vi.waitFor(() => expect(modelsOf(pool)).toEqual(["one", "two"]), 20_000);
    rmSync(join(home, "backends.json"));
    await vi.waitFor(() => expect(pool.backend.kind).toBe("guide"), 20_000);
    expect(notices.at(-1)).toMatch(/the usual ports are looked at/);
  });
});

describe("two processes of a host", { timeout: 90_000 }, () => {
  function share(): [LentSlots, LentSlots] {
    const lender = createSlotLender();
    const send = (messages: readonly SlotMessage[]): void =>
      messages.forEach(({ to, type, backend }) =>
        queueMicrotask(() => {
          const part = to === "agent" ? agent : gateway;
          if (type === "slotLent") part.lent(backend);
          else part.recalled(backend);
        }),
      );
    const partOf = (part: string): LentSlots =>
      createLentSlots({
        want: (backend, max) => send(lender.want(part, backend, max)),
        giveBack: (backend) => send(lender.giveBack(part, backend)),
      });
    const [agent, gateway] = [partOf("agent"), partOf("gateway")];
    return [agent, gateway];
  }

  it("SL4 ask a backend no more questions at once than it takes, together", async () => {
    write(JSON.stringify({ backends: [{ name: "b", url: first.url, maxConcurrent: 2 }] }));
    const [agentSlots, gatewaySlots] = share();
    const agent = await open({ slots: agentSlots });
    const gateway = await open({ slots: gatewaySlots, role: "gateway" });
    let [now, most] = [0, 0];
    first.script(async (response, request) => {
      most = Math.max(most, (now += 1));
      await say("one two three", { delayMs: 20 })(response, request);
      now -= 1;
    });
    const viaAgent = (): Promise<string> =>
      collect(agent.backend.answer({ model: "one", turns: [] }, new AbortController().signal));
    const viaGateway = async (): Promise<string> => {
      const picked = await gateway.pickBackend("one", "/v1/chat/completions");
      const body = JSON.stringify({ model: "one", stream: true, messages: [] });
      const headers = { ...picked.headers, "content-type": "application/json" };
      const answer = await fetch(`${picked.baseUrl}/chat/completions`, { method: "POST", headers, body });
      const text = await answer.text();
      picked.release();
      return text;
    };
    const all = await Promise.all(Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? viaAgent() : viaGateway())));
    expect(all.filter((text) => text.includes("three"))).toHaveLength(12);
    expect(first.requests).toHaveLength(12);
    expect(most).toBe(2);
  });

  it("SL5 a question that nobody waits for any more keeps no place", async () => {
    write(JSON.stringify({ backends: [{ name: "b", url: first.url, maxConcurrent: 1 }] }));
    const [agentSlots, gatewaySlots] = share();
    const agent = await open({ slots: agentSlots });
    const gateway = await open({ slots: gatewaySlots, role: "gateway" });
    const held = await agent.pickBackend("one", "/v1/chat/completions");
    const gone = new AbortController();
    const waiting = gateway.pickBackend("one", "/v1/chat/completions", { signal: gone.signal });
    gone.abort(new Error("hung up"));
    await expect(waiting).rejects.toThrow("hung up");
    held.release();
    const next = await gateway.pickBackend("one", "/v1/chat/completions");
    next.release();
    (await agent.pickBackend("one", "/v1/chat/completions")).release();
    expect([agent, gateway].flatMap(({ members }) => members.map(({ taken }) => taken))).toEqual([0, 0]);
  });
});
