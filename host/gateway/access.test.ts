/** Who gets in: a matrix made of the live table of routes, so that a route without a way to ask it fails here. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hangAfter, say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { startTestGateway, type TestGateway } from "../testing/testGateway.ts";
import { listKeys, revokeKey } from "./keys.ts";
import { failedKeys, gatewayLimits } from "./limits.ts";
import { ROUTES } from "./routes.ts";

const json = { type: "application/json", body: '{"model":"scripted-model","input":"x","messages":[]}' };
/** How each route is asked by somebody who may. */
const CALLS: Readonly<Record<string, { path?: string; type?: string; body?: string }>> = {
  "GET /metrics": {},
  "GET /v1/models": {},
  "GET /v1/models/{id}": { path: "/v1/models/scripted-model" },
  "POST /v1/chat/completions": json,
  "POST /v1/completions": json,
  "POST /v1/embeddings": json,
  "POST /v1/responses": json,
  "POST /v1/audio/speech": json,
  "POST /v1/audio/transcriptions": {
    type: "multipart/form-data; boundary=x",
    body: '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper\r\n--x--\r\n',
  },
  "POST /v1/audio/translations": {
    type: "multipart/form-data; boundary=x",
    body: '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n\u0000\u0001\r\n--x--\r\n',
  },
};
const routes = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
const manyFailures = { ...failedKeys, failuresMax: 1_000_000 };

let backend: ScriptedBackend;
let gateway: TestGateway;
beforeEach(async () => {
  backend = await startScriptedBackend({
    paths: ROUTES.filter(({ method }) => method === "POST").map(({ path }) => path),
  });
  gateway = await startTestGateway({ backends: [{ url: backend.url }], options: { failures: manyFailures } });
});
afterEach(async () => {
  await gateway.dispose();
  await backend.close();
});

function bytesOf(name: string, headers: readonly string[], query = ""): string {
  const { path, type, body = "" } = CALLS[name] ?? {};
  const [method, pattern = ""] = name.split(" ");
  const own = [
    `${method} ${path ?? pattern}${query} HTTP/1.1`,
    ...(headers.some((header) => /^host:/i.test(header)) ? [] : ["Host: localhost:PORT"]),
    ...headers,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...(body === "" ? [] : [`Content-Length: ${body.length}`]),
    "Connection: close",
  ];
  return `${own.join("\r\n")}\r\n\r\n${body}`;
}
const statusOf = (answer: string): number => Number(answer.slice(9, 12));
/** What differs from one moment to the next is no difference. */
const withoutDate = (answer: string): string => answer.replace(/\r\ndate: [^\r]+/i, "");

const other = "sov_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const credentials: readonly (readonly [string, readonly string[], string?])[] = [
  ["none", []],
  ["empty", ["Authorization:"]],
  ["a word", ["Authorization: Bearer"]],
  ["malformed", ["Authorization: Bearer sov_x"]],
  ["too long", [`Authorization: Bearer ${"A".repeat(9_000)}`]],
  ["foreign", [`Authorization: Bearer ${other}`]],
  ["another vendor's", ["Authorization: Bearer sk-proj-0123456789012345678901234567890123456789"]],
  ["right but for its last letter", ["Authorization: Bearer KEY_"]],
  ["right id, wrong secret", ["Authorization: Bearer ID_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]],
  ["revoked", ["Authorization: Bearer REVOKED"]],
  ["two keys, one right", [`Authorization: Bearer ${other}, Bearer KEY`]],
  ["another scheme", ["Authorization: Basic KEY"]],
  ["no scheme", ["Authorization: KEY"]],
  ["another header", ["x-api-key: KEY"]],
  ["another header still", ["api-key: KEY"]],
  ["a proxy's header", ["Proxy-Authorization: Bearer KEY"]],
  ["a cookie", ["Cookie: authorization=KEY"]],
  ["a query", [], "?api_key=KEY"],
  ["a query as OpenAI never had", [], "?key=KEY&authorization=Bearer%20KEY"],
  ["method override", ["X-HTTP-Method-Override: GET", "X-Original-URL: /healthz"]],
];

describe("T-09, S-06: every route", { timeout: 90_000 }, () => {
  it("has a way to be asked", () => {
    expect(Object.keys(CALLS).sort()).toEqual(routes.map(([name]) => name).sort());
  });

  it.each(routes)("%s answers the right key", async (name) => {
    backend.script((response) => void response.end("{}"));
    const answer = await gateway.sendRaw(bytesOf(name, ["Authorization: Bearer KEY"]));
    expect(statusOf(answer)).toBe(200);
    expect(answer.toLowerCase()).not.toContain("access-control-");
  });

  it.each(routes)("%s refuses every other credential alike", async (name) => {
    const revoked = await gateway.makeKey("revoked");
    await revokeKey(gateway.home, "revoked");
    const id = gateway.key.slice(0, 12);
    const answers = new Set<string>();
    for (const [, headers, query] of credentials) {
      const bytes = bytesOf(name, headers, query).replaceAll("REVOKED", revoked).replaceAll("ID", id);
      answers.add(withoutDate(await gateway.sendRaw(bytes)));
    }
    expect([...answers].map(statusOf)).toEqual([401]);
    expect(backend.requests).toEqual([]);
  });

  it("and no route at all: the same answer, so that nobody learns which there are", async () => {
    const [first = ""] = routes.map(([name]) => name);
    const known = withoutDate(await gateway.sendRaw(bytesOf(first, [])));
    for (const line of ["GET /v1/none", "DELETE /v1/models", "OPTIONS /v1/chat/completions", "PUT /v1"]) {
      const request = `${line} HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n`;
      expect(withoutDate(await gateway.sendRaw(request))).toBe(known);
    }
  });
});

const hostile: readonly (readonly [string, readonly string[], number])[] = [
  ["a rebound name", ["Host: evil.example:PORT"], 403],
  ["another port's Host", ["Host: localhost:1"], 403],
  ["0.0.0.0", ["Host: 0.0.0.0:PORT"], 403],
  ["a mapped address", ["Host: [::ffff:127.0.0.1]:PORT"], 403],
  ["a look-alike", ["Host: localhost.evil.example:PORT"], 403],
  ["two Hosts", ["Host: localhost:PORT", "Host: evil.example"], 400],
  ["another origin", ["Origin: https://evil.example"], 403],
  ["the null origin", ["Origin: null"], 403],
  ["another port as origin", ["Origin: http://localhost:3000"], 403],
  ["an extension", ["Origin: chrome-extension://abc"], 403],
  ["a fetch from another site", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"], 403],
  ["a fetch from another port", ["Sec-Fetch-Site: same-site"], 403],
  ["a followed link", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"], 403],
  ["a proxy", ["X-Forwarded-For: 127.0.0.1"], 403],
  ["Forwarded", ["Forwarded: for=127.0.0.1"], 403],
  ["two keys", ["Authorization: Bearer KEY"], 400],
  ["both kinds of body", ["Transfer-Encoding: chunked", "Content-Length: 3"], 400],
  ["a body in two encodings", ["Transfer-Encoding: gzip, chunked"], 400],
];

describe("T-01, T-03, T-08: with the right key", { timeout: 90_000 }, () => {
  it.each(hostile)("%s is kept out of every route", async (_name, headers, status) => {
    for (const [name] of routes) {
      const answer = await gateway.sendRaw(bytesOf(name, ["Authorization: Bearer KEY", ...headers]));
      expect(statusOf(answer)).toBe(status);
      expect(answer.toLowerCase()).not.toContain("access-control-");
    }
    expect(backend.requests).toEqual([]);
  });

  it.each([
    "http://localhost:PORT/v1/models",
    "//v1/models",
    "/v1/../healthz",
    "/v1/./models",
    "/v1//models",
    "/v1/models/..",
    "/v1/models\\x",
    "/v1/models?x=<",
    "/v1/models/%",
    "/v1/models/%zz",
    "/v1/models/%ff",
    `/v1/models/${"a".repeat(1_100)}`,
    "/healthz",
    "/v1x",
    "*",
  ])("%s is answered with 4xx", async (target) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: localhost:PORT\r\nAuthorization: Bearer KEY\r\nConnection: close\r\n\r\n`;
    expect(String(statusOf(await gateway.sendRaw(request)))).toMatch(/^4\d\d$/);
  });

  it("a WebSocket finds nothing here, and CONNECT neither", async () => {
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n";
    const head = "GET /v1/realtime HTTP/1.1\r\nHost: localhost:PORT\r\n";
    expect(statusOf(await gateway.sendRaw(`${head}${upgrade}`))).toBe(401);
    expect(statusOf(await gateway.sendRaw(`${head}Authorization: Bearer KEY\r\n${upgrade}`))).toBe(404);
    expect(statusOf(await gateway.sendRaw("CONNECT localhost:PORT HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"))).toBe(
      405,
    );
  });

  it("the wrong method is named, and a key that may not record is told so", async () => {
    const ask = (line: string, header = "X: y"): Promise<string> =>
      gateway.sendRaw(
        `${line} HTTP/1.1\r\nHost: localhost:PORT\r\nAuthorization: Bearer KEY\r\n${header}\r\nConnection: close\r\n\r\n`,
      );
    expect(await ask("GET /v1/chat/completions")).toMatch(/^HTTP\/1\.1 405 .*allow: POST/is);
    expect(statusOf(await ask("GET /v1/none"))).toBe(404);
    expect(await ask("GET /v1/models", "x-sovereign-chat: record")).toMatch(/^HTTP\/1\.1 403 .*--record/is);
  });
});

describe("T-05, S-18: guessing", { timeout: 60_000 }, () => {
  it("stops after ten, whatever else is sent along, and the right key goes on", async () => {
    await gateway.dispose();
    let nowMs = 0;
    gateway = await startTestGateway({ backends: [{ url: backend.url }], options: { nowMs: () => nowMs } });
    const guess = async (at: number): Promise<number> => {
      const key = `sov_${(at + 1).toString(16).padStart(8, "0")}_${"B".repeat(43)}`;
      const extra = [`X-Forwarded: ${at}`, `Cookie: s=${at}`, `User-Agent: ${at}`, "x-api-key: KEY"];
      return statusOf(await gateway.sendRaw(bytesOf("GET /v1/models", [`Authorization: Bearer ${key}`, ...extra])));
    };
    const statuses: number[] = [];
    for (let at = 0; at < 300; at++) statuses.push(await guess(at));
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(new Set(statuses.slice(10))).toEqual(new Set([429]));
    expect(gateway.failures).toBe(10);
    expect(gateway.notices).toHaveLength(1);
    const right = bytesOf("GET /v1/models", ["Authorization: Bearer KEY"]);
    expect(statusOf(await gateway.sendRaw(right))).toBe(200);
    nowMs = 299_000;
    expect(await guess(1)).toBe(429);
    nowMs = 301_000;
    expect(await guess(1)).toBe(401);
  });

  it("at one key stops that key, also for its owner", async () => {
    await gateway.dispose();
    gateway = await startTestGateway({ backends: [{ url: backend.url }] });
    const second = await gateway.makeKey("second");
    const guess = bytesOf("GET /v1/models", [`Authorization: Bearer ${gateway.key.slice(0, 13)}${"B".repeat(43)}`]);
    for (let at = 0; at < 10; at++) expect(statusOf(await gateway.sendRaw(guess))).toBe(401);
    expect(statusOf(await gateway.sendRaw(bytesOf("GET /v1/models", ["Authorization: Bearer KEY"])))).toBe(429);
    expect(statusOf(await gateway.sendRaw(bytesOf("GET /v1/models", [`Authorization: Bearer ${second}`])))).toBe(200);
  });

  it("says nothing to who says nothing: looking for LM Studio locks nobody out", async () => {
    for (let at = 0; at < 50; at++) expect(statusOf(await gateway.sendRaw(bytesOf("GET /v1/models", [])))).toBe(401);
    expect(gateway.failures).toBe(0);
  });
});

describe("T-10: a revoked key", { timeout: 90_000 }, () => {
  it("is cut in the middle of an answer, and others go on", async () => {
    backend.script(hangAfter("Half an"), say("Whole.", { delayMs: 300 }));
    const ask = (key: string): Promise<Response> =>
      fetch(`${gateway.url}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: json.body,
      });
    const first = (await ask(await gateway.makeKey("first"))).body?.getReader();
    await first?.read();
    const second = await ask(gateway.key);
    await revokeKey(gateway.home, "first");
    await expect(
      (async () => {
        while ((await first?.read())?.done === false);
      })(),
    ).rejects.toThrow(/terminated/);
    expect(await second.text()).toContain("[DONE]");
  });

  it("is cut while its body is still coming", async () => {
    const key = await gateway.makeKey("slow");
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:PORT\r\nAuthorization: Bearer ${key}\r\nContent-Length: 1000\r\n\r\n{`;
    const answer = gateway.sendRaw(head);
    await pause(100);
    await revokeKey(gateway.home, key.slice(4, 12));
    expect(await answer).toBe("");
  });
});

describe("the file of keys", () => {
  it("holds no key, and is the owner's alone", async () => {
    const file = join(gateway.home, "gateway/keys.json");
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain(gateway.key.slice(13));
    expect(listKeys(gateway.home)).toEqual([
      { id: gateway.key.slice(4, 12), name: "test", createdMs: expect.any(Number), isRecorded: false },
    ]);
  });

  it("loses nothing when several commands change it at once", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, at) => gateway.makeKey(`tool ${at}`)));
    expect(listKeys(gateway.home)).toHaveLength(13);
    await Promise.all(Array.from({ length: 12 }, (_, at) => revokeKey(gateway.home, `tool ${at}`)));
    expect(listKeys(gateway.home).map(({ name }) => name)).toEqual(["test"]);
  });

  it("refuses a second key of one name, an empty name and one that cannot be shown", async () => {
    await expect(gateway.makeKey("test")).rejects.toThrow(/There is a key called "test" already/);
    for (const name of ["", "  ", "a\nb", "x".repeat(65)])
      await expect(gateway.makeKey(name)).rejects.toThrow(/name of 1 to/);
    expect(await revokeKey(gateway.home, "nobody")).toBeNull();
  });

  it.each(["{", "[]", '{"version":2,"keys":[]}', '{"version":1,"keys":[{"id":"x"}]}', '{"version":1,"keys":{}}'])(
    "lets nobody in while it is damaged, and says so once: %s",
    async (text) => {
      const right = bytesOf("GET /v1/models", ["Authorization: Bearer KEY"]);
      expect(statusOf(await gateway.sendRaw(right))).toBe(200);
      const file = join(gateway.home, "gateway/keys.json");
      const whole = readFileSync(file);
      writeFileSync(file, text);
      expect(statusOf(await gateway.sendRaw(right))).toBe(401);
      expect(statusOf(await gateway.sendRaw(right))).toBe(401);
      expect(gateway.notices).toEqual([expect.stringMatching(/keys\.json is damaged.*sovereign keys create/)]);
      await expect(gateway.makeKey("more")).rejects.toThrow(/is damaged/);
      writeFileSync(file, whole);
      expect(statusOf(await gateway.sendRaw(right))).toBe(200);
    },
  );
});

it("limits what one key may have open at once, and not what another has", { timeout: 90_000 }, async () => {
  await gateway.dispose();
  const limits = { ...gatewayLimits, requestsPerKeyMax: 2 };
  gateway = await startTestGateway({ backends: [{ url: backend.url }], options: { limits } });
  const second = await gateway.makeKey("second");
  backend.script(hangAfter("a"), hangAfter("b"), say("c"));
  const stop = new AbortController();
  const ask = (key: string): Promise<Response> =>
    fetch(`${gateway.url}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: json.body,
      signal: stop.signal,
    });
  expect([(await ask(gateway.key)).status, (await ask(gateway.key)).status]).toEqual([200, 200]);
  expect((await ask(gateway.key)).status).toBe(429);
  expect((await ask(second)).status).toBe(200);
  stop.abort();
});
