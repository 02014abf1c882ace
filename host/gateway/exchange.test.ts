/** What passes between a tool and a backend: every byte, nothing else, and no longer than both want it. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  fail,
  hang,
  keepAliveOnly,
  raw,
  redirectTo,
  say,
  startScriptedBackend,
  type ScriptedBackend,
} from "../testing/scriptedBackend.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../testing/testGateway.ts";
import { gatewayLimits } from "./limits.ts";

let backend: ScriptedBackend;
let gateway: TestGateway;
let servers: Server[];
beforeEach(async () => {
  servers = [];
  backend = await startScriptedBackend({ paths: ["/v1/embeddings", "/v1/audio/transcriptions", "/v1/audio/speech"] });
  gateway = await startTestGateway({ backends: [{ url: backend.url, key: "backend-secret" }] });
});
afterEach(async () => {
  await gateway.dispose();
  await backend.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

async function restart(options: TestGatewayOptions): Promise<void> {
  await gateway.dispose();
  gateway = await startTestGateway(options);
}

/** A backend that is only a listener, for what the scripted one cannot do. */
async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

interface Asked {
  readonly body?: string | Buffer;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

/** With Node's own client, which changes nothing of what it reads. */
function ask({ body = chat(), path = "/chat/completions", headers = {} }: Asked = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${gateway.url}${path}`,
      {
        method: "POST",
        agent: false,
        headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json", ...headers },
      },
      resolve,
    );
    request.on("error", reject);
    request.end(body);
  });
}
async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
const chat = (more: object = {}): string => JSON.stringify({ model: "scripted-model", messages: [], ...more });
const sayOf = async (answer: IncomingMessage): Promise<string> =>
  (JSON.parse((await readAll(answer)).toString()) as { error: { message: string } }).error.message;

async function until(condition: () => boolean, withinMs = 20_000): Promise<number> {
  const before = performance.now();
  for (; performance.now() - before < withinMs; await pause(2)) if (condition()) return performance.now() - before;
  throw new Error(`Not within ${withinMs} ms.`);
}

describe("passes answers byte by byte", { timeout: 60_000 }, () => {
  const line = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => `data: ${JSON.stringify({ text })}`),
    fc.constantFrom(": keep-alive", ":", "", "event: x", "id: 1", "retry: 5", "data: [DONE]", "data:no space"),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\r\n\r\n")), { minLength: 1, maxLength: 30 })
    .map((lines) => Buffer.from(lines.map((parts) => parts.join("")).join("")));
  const bytes = fc.oneof(
    stream,
    fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((array) => Buffer.from(array)),
  );

  it("however they are cut: comments, every line end, and bytes that are no text", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 12 }), async (whole, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b), whole.length];
        backend.script(raw(places.slice(1).map((end, at) => whole.subarray(places[at], end))));
        const answer = await ask();
        expect(answer.headers["content-type"]).toBe("text/event-stream");
        expect((await readAll(answer)).equals(whole)).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect(gateway.places.given).toBe(gateway.places.taken);
  });

  it("and each as soon as it is there: the next one is written only when the last one has arrived", async () => {
    let arrived = Promise.withResolvers<void>();
    backend.script(async (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      for (let at = 0; at < 10; at++) {
        arrived = Promise.withResolvers();
        response.write(`data: ${at}\n\n`);
        await arrived.promise;
      }
      response.end();
    });
    const answer = await ask();
    const pieces: string[] = [];
    answer.on("data", (chunk: Buffer) => {
      pieces.push(chunk.toString());
      arrived.resolve();
    });
    await new Promise((resolve) => answer.once("end", resolve));
    expect(pieces).toEqual(Array.from({ length: 10 }, (_, at) => `data: ${at}\n\n`));
  });

  it("also packed ones, and large ones of a known length", async () => {
    const whole = randomBytes(3_000_000);
    backend.script((response) => {
      response.writeHead(200, {
        "content-type": "audio/mpeg",
        "content-encoding": "br",
        "content-length": whole.length,
      });
      response.end(whole);
    });
    const answer = await ask({ path: "/audio/speech", headers: { "accept-encoding": "br" } });
    expect(answer.headers).toMatchObject({ "content-encoding": "br", "content-length": "3000000" });
    expect((await readAll(answer)).equals(whole)).toBe(true);
    expect(backend.requests[0]?.headers["accept-encoding"]).toBe("br");
  });

  it.each([400, 403, 404, 418, 422, 429, 500, 503, 529])("errors of the backend as they are: %i", async (status) => {
    backend.script(fail(status, "It says so itself."));
    const answer = await ask();
    expect(answer.statusCode).toBe(status);
    expect(await sayOf(answer)).toBe("It says so itself.");
  });
});

describe("passes requests as they are", { timeout: 60_000 }, () => {
  it("tools, images, logprobs, and whatever comes next year", async () => {
    const body = chat({
      stream: false,
      logprobs: true,
      top_logprobs: 5,
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(5_000)}` } }],
        },
      ],
      something_new: { "\u0000": ["\u2028", 1e21, "é"] },
    });
    await readAll(await ask({ body }));
    expect(backend.requests[0]?.bytes.toString()).toBe(body);
  });

  it("large ones as they come, to the byte, and small ones in chunks", async () => {
    for (const size of [10, 1_048_576, 9_000_000]) {
      const body = chat({ messages: [{ role: "user", content: randomBytes(size / 2).toString("hex") }] });
      for (const headers of [{}, { "transfer-encoding": "chunked" }] as Record<string, string>[]) {
        await readAll(await ask({ body, headers }));
        const { bytes } = backend.requests.at(-1) ?? {};
        expect(bytes?.equals(Buffer.from(body))).toBe(true);
      }
    }
  });

  it("forms too, byte for byte", async () => {
    const body = Buffer.concat([Buffer.from("--x\r\n\r\n"), randomBytes(2_000_000), Buffer.from("\r\n--x--\r\n")]);
    const type = "multipart/form-data; boundary=x";
    await readAll(await ask({ body, path: "/audio/transcriptions", headers: { "content-type": type } }));
    expect(backend.requests[0]?.bytes.equals(body)).toBe(true);
    expect(backend.requests[0]?.headers["content-type"]).toBe(type);
  });

  it("a model that stands last, and one that a route calls otherwise", async () => {
    await restart({ backends: [{ url: backend.url, model: 'the "real" one' }] });
    const filler = "x".repeat(2_000_000);
    for (const [body, expected] of [
      [`{"model" : "alias","n":1}`, `{"model" : "the \\"real\\" one","n":1}`],
      [
        `{"x":{"model":"inner"},"y":["model"],"model":"alias"}`,
        `{"x":{"model":"inner"},"y":["model"],"model":"the \\"real\\" one"}`,
      ],
      [
        `{"m":"${filler}","model":"alias","z":"${filler}"}`,
        `{"m":"${filler}","model":"the \\"real\\" one","z":"${filler}"}`,
      ],
    ] as const) {
      for (const headers of [{}, { "transfer-encoding": "chunked" }] as Record<string, string>[]) {
        await readAll(await ask({ body, headers }));
        expect(backend.requests.at(-1)?.bytes.toString()).toBe(expected);
      }
    }
  });

  it("with the backend's key and never the tool's, and no header that is not on the list", async () => {
    backend.script((response) => {
      response.writeHead(200, {
        "content-type": "application/json",
        "access-control-allow-origin": "*",
        "access-control-allow-credentials": "true",
        "set-cookie": "a=b",
        "www-authenticate": "Bearer",
        server: "x",
        "x-request-id": "r1",
        "x-ratelimit-remaining-tokens": "7",
        "keep-alive": "timeout=99",
      });
      response.end("{}");
    });
    const answer = await ask({
      headers: {
        "x-api-key": gateway.key,
        cookie: `k=${gateway.key}`,
        "x-stainless-os": "Linux",
        connection: "x-api-key",
        referer: gateway.key,
      },
    });
    await readAll(answer);
    expect(Object.keys(answer.headers).sort()).toEqual(
      [
        "cache-control",
        "connection",
        "content-security-policy",
        "content-type",
        "cross-origin-resource-policy",
        "date",
        // Our own, about our own connection.
        "keep-alive",
        "referrer-policy",
        "transfer-encoding",
        "x-content-type-options",
        "x-frame-options",
        "x-ratelimit-remaining-tokens",
        "x-request-id",
      ].sort(),
    );
    expect(answer.headers["keep-alive"]).toMatch(/^timeout=15\b/);
    const { headers } = backend.requests[0] ?? {};
    expect(headers?.authorization).toBe("Bearer backend-secret");
    expect(Object.keys(headers ?? {}).sort()).toEqual(
      ["authorization", "connection", "content-length", "content-type", "host", "user-agent"].sort(),
    );
    expect(JSON.stringify(headers)).not.toContain(gateway.key);
  });

  it("and waits to be asked for a body before it is let in", async () => {
    const head = (key: string): string =>
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:PORT\r\n${key}Content-Type: application/json\r\nContent-Length: 30\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    expect(await gateway.sendRaw(head(""))).toMatch(/^HTTP\/1\.1 401 /);
    const body = chat().slice(0, 30).padEnd(30);
    expect(await gateway.sendRaw(`${head("Authorization: Bearer KEY\r\n")}${body}`)).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP/,
    );
  });
});

describe("T-13: bad bodies", { timeout: 60_000 }, () => {
  it.each([
    "",
    " ",
    "{",
    "[]",
    "null",
    '"model"',
    "{]",
    '{"model":',
    '{"model":"x"',
    '{"model":"x"}}',
    '{"model":"x",}',
    "{'model':'x'}",
    '{"model":"\ud800"',
    "\u0000",
    "x=y",
    "[".repeat(100_000),
    `{"a":`.repeat(50_000),
  ])("no JSON object is 400, and never reaches a backend: %j", async (body) => {
    const answer = await ask({ body });
    expect(answer.statusCode).toBe(400);
    expect(backend.requests).toEqual([]);
    expect(await sayOf(answer)).toMatch(/JSON|plain/);
  });

  it("one that is packed, too large by its own word, or too large in fact", async () => {
    expect((await ask({ headers: { "content-encoding": "gzip" } })).statusCode).toBe(415);
    const huge = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:PORT\r\nAuthorization: Bearer KEY\r\nContent-Length: 67108865\r\n\r\n`;
    expect(await gateway.sendRaw(huge)).toMatch(/^HTTP\/1\.1 413 .*64 MiB/s);
    await restart({
      backends: [{ url: backend.url }],
      options: { limits: { ...gatewayLimits, bodyBytesMax: 3_000_000 } },
    });
    for (const prefix of ['{"model":"m","x":"', '{"x":"']) {
      const body = `${prefix}${"y".repeat(3_000_000)}"}`;
      expect((await ask({ body, headers: { "transfer-encoding": "chunked" } })).statusCode).toBe(413);
    }
    expect(backend.requests).toEqual([]);
  });

  it("one that comes too slowly is ended, and the next is served", async () => {
    const limits = { ...gatewayLimits, bodyIdleMsMax: 200 };
    await restart({ backends: [{ url: backend.url }], options: { limits } });
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:PORT\r\nAuthorization: Bearer KEY\r\nContent-Length: 500\r\n\r\n{"mo`;
    expect(await gateway.sendRaw(head)).toMatch(/^HTTP\/1\.1 408 /);
    expect((await ask()).statusCode).toBe(200);
  });

  it("all that is held together is bounded", async () => {
    const limits = { ...gatewayLimits, heldBytesMax: 3_000_000 };
    await restart({ backends: [{ url: backend.url }], options: { limits } });
    const body = (bytes: number): string => `{"x":"${"y".repeat(bytes)}","model":"m"}`;
    expect((await ask({ body: body(4_000_000) })).statusCode).toBe(503);
    for (let round = 0; round < 5; round++) expect((await ask({ body: body(2_000_000) })).statusCode).toBe(200);
  });

  it("random requests: always 4xx or an answer, and the gateway stays up", async () => {
    const header = fc
      .tuple(fc.stringMatching(/^[A-Za-z-]{1,20}$/), fc.stringMatching(/^[ -~]{0,40}$/))
      .map((pair) => pair.join(": "));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "PUT", "BREW", "get"),
        fc.oneof(
          fc.constantFrom("/v1/models", "/v1/chat/completions", "/v1/"),
          fc.stringMatching(/^\/v1\/[!-~]{0,30}$/),
        ),
        fc.array(header, { maxLength: 5 }),
        fc.string({ unit: "binary", maxLength: 60 }),
        async (method, path, headers, body) => {
          const text = [
            `${method} ${path} HTTP/1.1`,
            "Host: localhost:PORT",
            "Authorization: Bearer KEY",
            ...headers,
            "Connection: close",
          ];
          const answer = await gateway.sendRaw(`${text.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
          expect(answer).toMatch(/^HTTP\/1\.1 (200|4\d\d) /);
        },
      ),
      { numRuns: 300 },
    );
    expect((await ask()).statusCode).toBe(200);
  });
});

describe("a tool that hangs up ends the backend's work", { timeout: 90_000 }, () => {
  it.each([
    ["while it streams", keepAliveOnly, true],
    ["before the first byte", hang, false],
  ] as const)("within 100 ms: %s", async (_when, script, hasBegun) => {
    backend.script(script);
    const request = httpRequest(`${gateway.url}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    });
    request.on("error", () => {});
    const begun = new Promise((resolve) =>
      request.once("response", (answer) => answer.once("data", resolve).on("error", () => {})),
    );
    request.end(chat());
    if (hasBegun) await begun;
    else await until(() => backend.requests.length === 1);
    request.destroy();
    expect(await until(() => backend.requests[0]?.isGone() === true)).toBeLessThan(100);
    await until(() => gateway.places.given === 1);
  });

  it("while its own body is still on its way, too", async () => {
    let isGone = false;
    const url = await serve((request) => {
      request.resume();
      request.once("close", () => (isGone = true));
    });
    await restart({ backends: [{ url }] });
    const socket = connect(gateway.port, "127.0.0.1");
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${gateway.key}\r\nContent-Length: 5000000\r\n\r\n{"model":"m","x":"${"y".repeat(2_000_000)}`,
    );
    await until(() => gateway.places.taken === 1);
    await pause(50);
    socket.destroy();
    await until(() => isGone);
    await until(() => gateway.places.given === 1);
    expect(gateway.places).toEqual({ taken: 1, given: 1 });
  });
});

describe("a slow tool slows the backend down", { timeout: 60_000 }, () => {
  it("and costs no memory: one that does not read gets 200 MB only as fast as it takes them", async () => {
    const piece = Buffer.alloc(65_536, "x");
    const total = 200_000_000;
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const more = (): void => {
        while (sent < total) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    await restart({ backends: [{ url }] });
    const answer = await ask();
    await pause(500);
    const held = sent;
    const { external } = process.memoryUsage();
    await pause(500);
    // What the kernel's buffers and two streams hold, on both sides: nobody here collects it.
    expect(held).toBeLessThan(16_000_000);
    expect(sent).toBe(held);
    expect(process.memoryUsage().external - external).toBeLessThan(2_000_000);
    let received = 0;
    for await (const chunk of answer) received += (chunk as Buffer).length;
    expect(received).toBe(sent);
  });

  it("and a backend that does not read slows the tool down", async () => {
    const url = await serve(() => {});
    await restart({ backends: [{ url }] });
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:${gateway.port}\r\nAuthorization: Bearer ${gateway.key}\r\nContent-Length: 60000000\r\n\r\n{"model":"m","x":"`,
    );
    const body = Buffer.alloc(50_000_000, "y");
    socket.write(body);
    await pause(1_000);
    expect(socket.writableLength).toBeGreaterThan(20_000_000);
    socket.destroy();
  });
});

describe("a backend that fails", { timeout: 90_000 }, () => {
  const nowhere = async (): Promise<string> => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}/v1`;
  };

  it("before its first byte is followed by the next, with the same body, large or small", async () => {
    const cut = await serve((request) => request.once("readable", () => request.socket.destroy()));
    await restart({ backends: [{ url: await nowhere() }, { url: cut }, { url: backend.url, model: "there" }] });
    const answer = await ask();
    expect((await readAll(answer)).toString()).toContain("[DONE]");
    expect(backend.requests[0]?.body.model).toBe("there");
    await restart({ backends: [{ url: await nowhere() }, { url: backend.url }] });
    const body = chat({ x: "y".repeat(8_000_000) });
    expect((await ask({ body })).statusCode).toBe(200);
    expect(backend.requests[1]?.bytes.length).toBe(body.length);
  });

  it("and is the last one: the tool reads why", async () => {
    await restart({ backends: [{ url: await nowhere() }] });
    const answer = await ask();
    expect(answer.statusCode).toBe(502);
    expect(await sayOf(answer)).toMatch(/cannot be reached.*Check that it runs/);
    await restart({});
    expect((await ask()).statusCode).toBe(503);
    await restart({ backends: [{ url: backend.url }] });
    expect((await ask({ body: '{"model":"unknown"}' })).statusCode).toBe(404);
  });

  it("in the middle breaks the tool's connection: half an answer is never whole", async () => {
    backend.script(async (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: half\n\n");
      await pause(20);
      response.destroy();
    });
    const answer = await ask();
    await expect(readAll(answer)).rejects.toThrow(/aborted|ECONNRESET/);
    expect(gateway.places.given).toBe(1);
  });

  it("by silence is given up, before the first byte and after", async () => {
    const limits = { ...gatewayLimits, firstByteMsMax: 200, idleMsMax: 200 };
    await restart({ backends: [{ url: backend.url }], options: { limits } });
    backend.script(hang);
    expect((await ask()).statusCode).toBe(504);
    backend.script((response) => void response.write("data: half\n\n"));
    await expect(readAll(await ask())).rejects.toThrow(/aborted|ECONNRESET/);
  });

  it("by closing an old connection is asked again on a new one", async () => {
    for (let round = 0; round < 10; round++) {
      const answer = await ask();
      await readAll(answer);
      expect(answer.statusCode).toBe(200);
      // Node's server closes what was idle for 5 s; this does it now.
      await backend.close();
      backend = await startScriptedBackend({ port: backend.port });
    }
  });

  it("by sending requests elsewhere is not followed, and its word about the host's key is not passed on", async () => {
    backend.script(redirectTo("http://127.0.0.1:1/"), fail(401, "Incorrect API key provided: backend-secret."));
    expect((await ask()).statusCode).toBe(502);
    const answer = await ask();
    expect(answer.statusCode).toBe(502);
    expect(await sayOf(answer)).not.toContain("backend-secret");
  });
});

it("lists models as OpenAI does, and finds one by a name with slashes and colons", async () => {
  await restart({ models: ["llama3.2:3b", "org/model-7b"] });
  const get = (path: string): Promise<Response> =>
    fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${gateway.key}` } });
  const list = (await (await get("/models?limit=1")).json()) as { data: { id: string }[] };
  expect(list).toMatchObject({
    object: "list",
    data: [{ id: "llama3.2:3b", object: "model", owned_by: "sovereign" }, { id: "org/model-7b" }],
  });
  for (const name of ["org/model-7b", "org%2Fmodel-7b", "llama3.2:3b", "llama3.2%3A3b"])
    expect((await get(`/models/${name}`)).status).toBe(200);
  expect((await get("/models/none")).status).toBe(404);
});

it("answers as many as one key may have at once, each its own answer", { timeout: 90_000 }, async () => {
  backend.script((response, request) => say(String(request.body["n"]), { delayMs: 2 })(response, request));
  const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
  for (let batch = 0; batch < 10; batch++) {
    const words = Array.from({ length: 16 }, (_, at) => hashOf(`${batch}/${at}`));
    const answers = await Promise.all(
      words.map(async (n) => (await readAll(await ask({ body: chat({ n }) }))).toString()),
    );
    expect(answers.every((answer, at) => answer.includes(words[at] ?? "?"))).toBe(true);
  }
});
