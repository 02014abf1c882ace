import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "#sync/ports.ts";
import { say, startScriptedBackend, webPage, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import type { Backend } from "./backend.ts";
import { discoverBackend, parseBackendUrl, type Discovery } from "./discover.ts";
import { watchBackends } from "./watch.ts";

let first: ScriptedBackend;
let second: ScriptedBackend;
beforeEach(async () => {
  first = await startScriptedBackend({ models: ["one"] });
  second = await startScriptedBackend({ models: ["two", "three"], ownedBy: "library" });
});
afterEach(async () => {
  await first.close();
  await second.close();
});

const ports = () => [
  { port: first.port, product: "First" },
  { port: second.port, product: "Second" },
];
const discover = (configured: string | null = null, ownPorts: number[] = []): Promise<Discovery> =>
  discoverBackend({ configured, ownPorts, ports: ports() });

async function errorOf(backend: Backend): Promise<string> {
  try {
    for await (const _part of backend.answer({ model: null, turns: [] }, new AbortController().signal));
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("discoverBackend", () => {
  test("takes the first usual port that offers a model", async () => {
    const { backend } = await discover();
    expect(backend).toMatchObject({ kind: "model", label: "First", models: ["one"], defaultModel: "one" });
    expect(backend.where).toBe(`First at 127.0.0.1:${first.port}`);
  });

  test("passes over one without models, and calls a server by the name it gives itself", async () => {
    first.setModels([]);
    expect((await discover()).backend).toMatchObject({
      label: "Ollama",
      models: ["two", "three"],
      defaultModel: "two",
    });
  });

  test("never takes its own ports, nor another Sovereign", async () => {
    expect((await discover(null, [first.port])).backend.label).toBe("Ollama");
    expect((await discover(null, [first.port, second.port])).backend.kind).toBe("guide");
    await second.close();
    second = await startScriptedBackend({ ownedBy: "sovereign" });
    first.setModels([]);
    expect((await discover()).backend.kind).toBe("guide");
  });

  test("finds the guide when there is nothing", async () => {
    await first.close();
    await second.close();
    expect((await discover()).backend).toMatchObject({ kind: "guide", label: "Guide, not a model" });
  });

  test("a configured server is used, wherever it is, and nothing else is looked at", async () => {
    expect((await discover(second.url)).backend).toMatchObject({ label: "Ollama", models: ["two", "three"] });
    expect((await discover(`127.0.0.1:${second.port}`)).backend.label).toBe("Ollama");
  });

  test("a configured server that is away stays the backend, and says so", async () => {
    await second.close();
    const { backend, isThere } = await discover(second.url);
    expect(isThere).toBe(false);
    expect(backend).toMatchObject({ kind: "model", label: `No answer from 127.0.0.1:${second.port}`, models: [] });
    expect(await errorOf(backend)).toMatch(/does not answer\. Start it/);
  });

  test("a configured address that is a web page says so", async () => {
    first.script(webPage);
    const { backend } = await discover(`${first.url}/elsewhere`);
    expect(await errorOf(backend)).toContain("missing or the address is wrong");
  });

  test.each([
    ["not an address", /is not an address/],
    ["ftp://127.0.0.1:1", /is not an address/],
    ["http://name:pass@127.0.0.1:1/v1", /holds a name or a password/],
    ["http://localhost:4242", /is Sovereign itself/],
    ["[::1]:4242/v1", /is Sovereign itself/],
  ])("SOVEREIGN_BACKEND=%s is explained", async (configured, says) => {
    const { backend } = await discover(configured, [4242]);
    const error = await errorOf(backend);
    expect(error).toMatch(says);
    expect(error).not.toContain("pass@");
  });

  test("addresses are completed", () => {
    expect(parseBackendUrl("http://box:11434", [])).toBe("http://box:11434/v1");
    expect(parseBackendUrl(" box:11434/ ", [])).toBe("http://box:11434/v1");
    expect(parseBackendUrl("https://box/openai/v1/", [])).toBe("https://box/openai/v1");
  });
});

describe("watchBackends", () => {
  test("notices a server that starts, one that changes its models, and one that is gone for good", async () => {
    const { clock, tick } = manualClock();
    const seen: string[] = [];
    first.setModels([]);
    second.setModels([]);
    const watch = await watchBackends({
      clock,
      discover,
      onChange: (backend) => seen.push(`${backend.label} ${backend.defaultModel}`),
    });
    expect(watch.current.kind).toBe("guide");
    first.setModels(["one"]);
    await tick();
    first.setModels(["other"]);
    await tick();
    await tick();
    first.setModels([]);
    await tick();
    await tick();
    expect(watch.current.label).toBe("First");
    await tick();
    expect(watch.current.kind).toBe("guide");
    expect(seen).toEqual(["First one", "First other", "Guide, not a model guide"]);
    watch.close();
  });

  test("a server that misses one probe is kept", async () => {
    const { clock, tick } = manualClock();
    const seen: string[] = [];
    first.script(say("x"));
    const watch = await watchBackends({ clock, discover, onChange: (backend) => seen.push(backend.label) });
    first.setModels([]);
    second.setModels([]);
    await tick();
    first.setModels(["one"]);
    await tick();
    first.setModels([]);
    await tick();
    await tick();
    expect([watch.current.label, seen]).toEqual(["First", []]);
    watch.close();
  });
});

function manualClock(): { clock: Clock; tick: () => Promise<void> } {
  let waiting: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (_delayMs, callback) => {
      waiting.push(callback);
      return () => {
        waiting = waiting.filter((other) => other !== callback);
      };
    },
  };
  const tick = async (): Promise<void> => {
    const due = waiting;
    waiting = [];
    for (const callback of due) callback();
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { clock, tick };
}
