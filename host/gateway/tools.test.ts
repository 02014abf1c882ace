/** Real tools against a running host: its door, its gateway's process, and a model server that does as it is told. */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import OpenAI, { AuthenticationError, BadRequestError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemRandom } from "#crypto/random.ts";
import { startHost } from "../host.ts";
import type { Host } from "../hostOptions.ts";
import { findOpenCode, runProgram } from "../testing/openCode.ts";
import {
  fail,
  hangAfter,
  say,
  startScriptedBackend,
  type Script,
  type ScriptedBackend,
} from "../testing/scriptedBackend.ts";
import { writeTestApp } from "../testing/testRelay.ts";
import { createKey, revokeKey } from "./keys.ts";

const model = "scripted-model";
let home: string;
let host: Host;
let backend: ScriptedBackend;
let baseURL: string;
let gatewayPort: number;
let key: string;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "sovereign-tools-"));
  backend = await startScriptedBackend({
    models: [model],
    paths: ["/v1/embeddings", "/v1/responses", "/v1/audio/transcriptions"],
  });
  gatewayPort = await freePort();
  const port = await new Promise<number>((resolve, reject) => {
    host = startHost({
      config: {
        home,
        port: 0,
        gatewayPort,
        isGatewayPortSet: true,
        backend: backend.url,
        opensBrowser: false,
        vaultBytesMax: 51_539_607_552,
        appDir: writeTestApp(join(home, "app")),
        only: null,
        certificate: null,
        wireguard: null,
        agent: null,
        relay: null,
        otlp: null,
        isDebug: true,
      },
      relayEntry: join(import.meta.dirname, "../relay/main.ts"),
      agentEntry: join(import.meta.dirname, "../testing/fakeAgent.ts"),
      gatewayEntry: join(import.meta.dirname, "main.ts"),
      onReady: resolve,
      onFatal: reject,
      notify: () => {},
    });
  });
  baseURL = `http://localhost:${port}/v1`;
  key = (await createKey({ home, name: "tool", random: systemRandom, nowMs: 1 })).key;
}, 90_000);
afterAll(async () => {
  await host.stop();
  await backend.close();
  rmSync(home, { recursive: true });
});
beforeEach(() => backend.script(say("Hello from a scripted model.")));

const client = (options: { apiKey?: string; baseURL?: string } = {}): OpenAI =>
  new OpenAI({ apiKey: key, baseURL, maxRetries: 0, ...options });
const question = { model, messages: [{ role: "user" as const, content: "Hello?" }] };

/** One streamed answer out of these deltas. */
const deltas =
  (...all: readonly object[]): Script =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (delta: object, finish: string | null): void => {
      const choices = [{ index: 0, delta, finish_reason: finish }];
      response.write(
        `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model, choices })}\n\n`,
      );
    };
    for (const delta of all) send(delta, null);
    send({}, all.some((delta) => "tool_calls" in delta) ? "tool_calls" : "stop");
    response.end("data: [DONE]\n\n");
  };
const call = (name: string, values: object): Script =>
  deltas(
    {
      role: "assistant",
      tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name, arguments: "" } }],
    },
    { tool_calls: [{ index: 0, function: { arguments: JSON.stringify(values) } }] },
  );
const json =
  (value: object): Script =>
  (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };

describe("the openai SDK", { timeout: 90_000 }, () => {
  it("streams", async () => {
    let text = "";
    for await (const chunk of await client().chat.completions.create({ ...question, stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("Hello from a scripted model.");
    expect(backend.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it("lists models, and finds them on the second port too", async () => {
    for (const url of [baseURL, `http://localhost:${gatewayPort}/v1`]) {
      const models = await client({ baseURL: url }).models.list();
      expect(models.data.map(({ id }) => id)).toEqual([model]);
    }
    expect((await client().models.retrieve(model)).owned_by).toBe("sovereign");
  });

  it("gets a tool called, and tells what it gave", async () => {
    backend.script(call("weather", { place: "Ghent" }), deltas({ role: "assistant", content: "It rains." }));
    const openai = client();
    const runner = openai.chat.completions.runTools({
      ...question,
      stream: true,
      tools: [
        {
          type: "function",
          function: {
            name: "weather",
            description: "Looks out of the window.",
            parameters: { type: "object", properties: { place: { type: "string" } } },
            parse: JSON.parse,
            function: ({ place }: { place: string }) => `rain in ${place}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("It rains.");
    expect(JSON.stringify(backend.requests.at(-1)?.body)).toContain("rain in Ghent");
  });

  it("embeds, answers in one piece, uses the responses form, and sends recordings", async () => {
    backend.script(json({ object: "list", model, data: [{ object: "embedding", index: 0, embedding: [0.25, -1] }] }));
    const embedded = await client().embeddings.create({ model, input: "x", encoding_format: "float" });
    expect(embedded.data[0]?.embedding).toEqual([0.25, -1]);
    backend.script(
      json({ choices: [{ index: 0, message: { role: "assistant", content: "Whole." }, finish_reason: "stop" }] }),
    );
    expect((await client().chat.completions.create(question)).choices[0]?.message.content).toBe("Whole.");
    backend.script(json({ id: "r", object: "response", output: [], output_text: "" }));
    expect((await client().responses.create({ model, input: "x" })).id).toBe("r");
    backend.script(json({ text: "spoken" }));
    const file = new File([new Uint8Array(300_000)], "a.wav");
    expect((await client().audio.transcriptions.create({ model: "whisper", file })).text).toBe("spoken");
    expect(backend.requests.at(-1)?.bytes.length).toBeGreaterThan(300_000);
  });

  it("reads errors as its own kinds", async () => {
    await expect(client({ apiKey: "sk-foreign" }).models.list()).rejects.toThrow(AuthenticationError);
    await expect(client({ apiKey: "sk-foreign" }).chat.completions.create(question)).rejects.toThrow(
      /sovereign keys create/,
    );
    backend.script(fail(400, "The question is too long."));
    await expect(client().chat.completions.create(question)).rejects.toThrow(BadRequestError);
  });

  it("hangs up, and the model stops; is revoked, and hears no more", async () => {
    backend.script(hangAfter("Half an"));
    const stream = await client().chat.completions.create({ ...question, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content !== "") break;
    stream.controller.abort();
    const before = performance.now();
    while (backend.requests.at(-1)?.isGone() !== true && performance.now() - before < 20_000) await pause(2);
    // How soon is for benchmarks to say: 100 ms on an idle machine.
    expect(backend.requests.at(-1)?.isGone()).toBe(true);

    const other = (await createKey({ home, name: "other", random: systemRandom, nowMs: 1 })).key;
    const second = await client({ apiKey: other }).chat.completions.create({ ...question, stream: true });
    await revokeKey(home, "other");
    await expect(
      (async () => {
        for await (const _chunk of second);
      })(),
    ).rejects.toThrow(/terminated|Connection error/);
  });
});

it.runIf(process.platform === "linux")("T-07: both ports are open on loopback and nowhere else", () => {
  const listening = ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A")
      .map((fields) => fields[1] ?? ""),
  );
  for (const port of [gatewayPort, Number(new URL(baseURL).port)]) {
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const addresses = listening.filter((address) => address.endsWith(suffix)).map((address) => address.slice(0, -5));
    expect(addresses).toContain("0100007F");
    expect(addresses.filter((address) => !["0100007F", "00000000000000000000000001000000"].includes(address))).toEqual(
      [],
    );
  }
});

const rssBytes = (): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${host.pids().gateway}/status`, "utf8"))?.[1]) * 1_024;

it.runIf(process.platform === "linux")(
  "200 MB to a tool that reads slowly cost the gateway no more memory than a small answer",
  { timeout: 120_000 },
  async () => {
    const piece = Buffer.alloc(65_536, "x");
    backend.script(async (response, request) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (let sent = 0; sent < 200_000_000 && !request.isGone(); sent += piece.length)
        if (!response.write(piece)) await once(response, "drain");
      response.end();
    });
    const ask = (): Promise<Response> =>
      fetch(`${baseURL}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(question),
      });
    const before = rssBytes();
    let peak = before;
    let received = 0;
    let pieces = 0;
    for await (const chunk of (await ask()).body ?? []) {
      received += (chunk as Uint8Array).length;
      pieces += 1;
      if (pieces % 20 === 0) await pause(1);
      peak = Math.max(peak, rssBytes());
    }
    expect(received).toBeGreaterThanOrEqual(200_000_000);
    expect(peak - before).toBeLessThan(64_000_000);
  },
);

it("OpenCode, the real one, reads a file by a tool call", { timeout: 300_000 }, async (context) => {
  const found = await findOpenCode();
  if ("whyNot" in found) {
    console.warn(found.whyNot);
    return context.skip(found.whyNot);
  }
  const work = join(home, "work");
  mkdirSync(work);
  writeFileSync(join(work, "note.txt"), "plain-banana\n");
  const settings = {
    autoupdate: false,
    share: "disabled",
    model: `sovereign/${model}`,
    small_model: `sovereign/${model}`,
    enabled_providers: ["sovereign"],
    provider: {
      sovereign: {
        npm: "@ai-sdk/openai-compatible",
        name: "Sovereign",
        options: { baseURL, apiKey: key },
        models: { [model]: { name: "Scripted", tool_call: true } },
      },
    },
  };
  writeFileSync(join(work, "opencode.json"), JSON.stringify(settings));
  // It asks for a title beside the question, without tools, in no fixed order.
  backend.script((response, request) => {
    const last = request.body.messages?.at(-1);
    if (request.body["tools"] === undefined)
      return deltas({ role: "assistant", content: "A title" })(response, request);
    if (last?.role !== "tool") return call("read", { filePath: join(work, "note.txt") })(response, request);
    const word = /plain-\w+/.exec(JSON.stringify(last.content))?.[0] ?? "nothing";
    return deltas({ role: "assistant", content: `It says ${word}.` })(response, request);
  });
  const place = (name: string): string => join(home, "opencode", name);
  const env = {
    PATH: process.env["PATH"],
    HOME: place("home"),
    XDG_CONFIG_HOME: place("config"),
    XDG_DATA_HOME: place("data"),
    XDG_CACHE_HOME: place("cache"),
    XDG_STATE_HOME: place("state"),
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  };
  mkdirSync(place("home"), { recursive: true });
  const { code, output } = await runProgram(
    found.file,
    ["run", "What does note.txt say?"],
    { cwd: work, env },
    120_000,
  );
  expect(output).toContain("It says plain-banana.");
  expect(code).toBe(0);
});
