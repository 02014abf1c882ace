import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tinyGguf } from "../../testing/tinyGguf.ts";
import { whyNotFollowed } from "./following.ts";
import { checkModelFile } from "./integrity.ts";
import { listModelFiles, modelsFolder, pullModel, type PullProgress, type PulledModel } from "./pull.ts";

const model = Buffer.from(tinyGguf());
const sha256 = createHash("sha256").update(model).digest("hex");
const commit = "0123456789abcdef0123456789abcdef01234567";

let home: string;
let server: Server;
let hub: string;
let asked: string[];
let progress: PullProgress[];
/** Answers a request for the file; by default with what was asked for. */
let sendFile: (request: IncomingMessage, response: ServerResponse) => void;
let files: object[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sovereign-pull-"));
  asked = [];
  progress = [];
  sendFile = sendRange;
  files = [
    { rfilename: "README.md", size: 5 },
    { rfilename: "tiny-Q4_K_M.gguf", size: model.length, lfs: { sha256, size: model.length } },
    { rfilename: "tiny-Q8_0.gguf", size: 9, lfs: { sha256: "f".repeat(64), size: 9 } },
    { rfilename: "mmproj-tiny-Q4_K_M.gguf", size: 9, lfs: { sha256: "e".repeat(64), size: 9 } },
    { rfilename: "big-Q6_K-00001-of-00002.gguf", size: 9, lfs: { sha256: "d".repeat(64), size: 9 } },
  ];
  server = createServer((request, response) => {
    asked.push(`${request.url}${request.headers.range === undefined ? "" : ` ${request.headers.range}`}`);
    if (request.url?.startsWith("/api/models/owner/repo?")) {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ sha: commit, siblings: files }));
    }
    if (request.url?.includes("/resolve/")) {
      response.writeHead(302, { location: "/store/file" });
      return void response.end();
    }
    if (request.url === "/store/file" || request.url === "/tiny.gguf") return sendFile(request, response);
    response.writeHead(404);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  rmSync(home, { recursive: true });
});

function sendRange(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const rest = model.subarray(from);
  const head = { "content-length": rest.length, "content-type": "application/octet-stream" };
  if (from === 0) response.writeHead(200, head);
  else response.writeHead(206, { ...head, "content-range": `bytes ${from}-${model.length - 1}/${model.length}` });
  response.end(rest);
}

const pull = (name = "owner/repo:Q4_K_M", more: object = {}): Promise<PulledModel> =>
  pullModel(name, {
    ...{ home, hub, installsEngine: false, retryMs: 1, today: () => "2026-05-04" },
    onProgress: (step) => progress.push(step),
    ...more,
  });
const steps = (): string[] => [...new Set(progress.map(({ kind }) => kind))];
const folder = (): string[] => readdirSync(modelsFolder(home));

describe("a pull", () => {
  test("by name: the repository's own hash and commit, progress, and the file is pinned", async () => {
    const pulled = await pull();
    expect(pulled).toMatchObject({ model: "owner--repo--tiny-Q4_K_M", sha256 });
    expect(readFileSync(pulled.path).equals(model)).toBe(true);
    expect(steps()).toEqual(["found", "download", "check", "done"]);
    expect(progress.findLast((step) => step.kind === "download")).toEqual({
      kind: "download",
      doneBytes: model.length,
      allBytes: model.length,
    });
    expect(asked).toEqual([
      "/api/models/owner/repo?blobs=true",
      `/owner/repo/resolve/${commit}/tiny-Q4_K_M.gguf`,
      "/store/file",
    ]);
    expect(listModelFiles(home)).toEqual([{ name: "owner--repo--tiny-Q4_K_M", path: pulled.path }]);
    let hashed = 0;
    const options = { home, onChange: "block" as const, today: () => "", onHashing: () => (hashed += 1) };
    expect([(await checkModelFile(pulled.path, options)).kind, hashed]).toEqual(["good", 0]);
  });

  test("again: nothing is fetched; and what a repository says later does not matter", async () => {
    const { path } = await pull();
    const before = asked.length;
    files = [{ rfilename: "tiny-Q4_K_M.gguf", lfs: { sha256: "a".repeat(64), size: 3 } }];
    await pull();
    expect(asked.length).toBe(before);
    expect(progress.at(-1)).toMatchObject({ kind: "done", wasThere: true });
    rmSync(path);
    expect((await pull()).sha256).toBe(sha256);
    expect(asked.slice(before)).toEqual([`/owner/repo/resolve/${commit}/tiny-Q4_K_M.gguf`, "/store/file"]);
  });

  test("that breaks off goes on where it was", async () => {
    let left = 2;
    sendFile = (request, response) => {
      if (left-- <= 0) return sendRange(request, response);
      const from = Number(/(\d+)-$/.exec(request.headers.range ?? "bytes=0-")?.[1]);
      const range = { "content-range": `bytes ${from}-${model.length - 1}/${model.length}` };
      response.writeHead(from === 0 ? 200 : 206, { "content-length": model.length - from, ...range });
      response.write(model.subarray(from, from + 100_000), () => setTimeout(() => response.socket?.destroy(), 20));
    };
    expect((await pull()).sha256).toBe(sha256);
    expect(steps()).toContain("retry");
    const ranges = asked.flatMap((line) => /bytes=(\d+)-/.exec(line)?.[1] ?? []).map(Number);
    expect(ranges.length).toBe(4);
    expect(ranges.every((from) => from > 0 && from <= 200_000)).toBe(true);
  });

  test("of a hub that does not answer says so", async () => {
    await expect(pull(undefined, { hub: "http://127.0.0.1:9" })).rejects.toThrow(
      /127\.0\.0\.1:9 does not answer\. Check the network/,
    );
  });

  test("that was stopped is gone on with by the next one", async () => {
    const controller = new AbortController();
    sendFile = (_request, response) => {
      response.writeHead(200, { "content-length": model.length });
      response.write(model.subarray(0, 50_000), () => setTimeout(() => controller.abort(), 30));
    };
    await expect(pull(undefined, { signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(folder()).toEqual([expect.stringMatching(/\.part$/)]);
    sendFile = sendRange;
    await pull();
    expect(asked.at(-1)).toBe("/store/file bytes=50000-");
    expect(folder()).toEqual(["owner--repo--tiny-Q4_K_M.gguf"]);
  });

  test("from a server that knows no ranges begins again", async () => {
    const part = `owner--repo--tiny-Q4_K_M.gguf.${sha256.slice(0, 16)}.part`;
    await pull().catch(() => {});
    rmSync(modelsFolder(home), { recursive: true });
    sendFile = (_request, response) => response.writeHead(200, { "content-length": model.length }).end(model);
    const { mkdirSync } = await import("node:fs");
    mkdirSync(modelsFolder(home));
    writeFileSync(join(modelsFolder(home), part), "x".repeat(1_000));
    expect((await pull()).sha256).toBe(sha256);
  });

  test("whose bytes are others keeps nothing", async () => {
    sendFile = (_request, response) => {
      const wrong = Buffer.from(model);
      wrong[1_000] = (wrong[1_000] ?? 0) ^ 1;
      response.writeHead(200, { "content-length": wrong.length }).end(wrong);
    };
    await expect(pull()).rejects.toThrow(/its SHA-256 is another one/);
    expect(folder()).toEqual([]);
    expect(existsSync(join(home, "models.json"))).toBe(false);
  });

  test("that never ends is cut off", async () => {
    sendFile = (_request, response) => {
      response.writeHead(200);
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536), more));
      more();
    };
    await expect(pull()).rejects.toThrow(/sends more than the file holds/);
  });

  test("by address and hash", async () => {
    const pulled = await pull(`${hub}/tiny.gguf`, { sha256 });
    expect(pulled.model).toBe("tiny");
    await expect(pull(`${hub}/tiny.gguf`, { sha256: "0".repeat(64) })).rejects.toThrow(/pinned to another SHA-256/);
    await expect(pull(`${hub}/other.gguf`)).rejects.toThrow(/needs the SHA-256/);
    await expect(pull(`${hub}/other.bin`, { sha256 })).rejects.toThrow(/not the address of a \.gguf file/);
  });

  test("of something that is no model keeps nothing", async () => {
    const page = Buffer.from("<html>");
    sendFile = (_request, response) => response.end(page);
    const hash = createHash("sha256").update(page).digest("hex");
    await expect(pull(`${hub}/tiny.gguf`, { sha256: hash })).rejects.toThrow(/no model in the form GGUF/);
    expect(folder()).toEqual([]);
  });

  test.each([
    ["owner/repo", "tiny-Q4_K_M"],
    ["hf.co/owner/repo:q4_k_m", "tiny-Q4_K_M"],
    ["owner/repo/tiny-Q4_K_M.gguf", "tiny-Q4_K_M"],
  ])("%s finds %s", async (name, found) => {
    expect((await pull(name)).model).toBe(`owner--repo--${found}`);
  });

  test.each([
    ["owner/repo:Q5_0", /has no file of that name\. It has: tiny-Q4_K_M\.gguf, tiny-Q8_0\.gguf/],
    ["owner/repo:Q6_K", /cut into several files/],
    ["owner/nobody", /no open repository named owner\/nobody/],
    ["../../etc/passwd", /is no name of a model/],
    ["qwen3", /is no name of a model/],
    ["owner/..", /is no name of a model/],
    ["ftp://x/y.gguf", /is no name of a model/],
  ])("%s is explained", async (name, says) => {
    await expect(pull(name)).rejects.toThrow(says);
  });

  test("is not led out of https, nor from the internet into the owner's own network", async () => {
    sendFile = (_request, response) => response.writeHead(302, { location: "http://example.com/x" }).end();
    await expect(pull(`${hub}/tiny.gguf`, { sha256 })).rejects.toThrow(/not followed/);
    expect(whyNotFollowed("http://example.com/x", false)).toMatch(/not followed/);
    for (const inside of [
      "http://169.254.169.254/x",
      "https://169.254.169.254/x",
      "https://10.0.0.1/x",
      "http://[::1]/x",
      "file:///etc/passwd",
    ]) {
      expect([inside, whyNotFollowed(inside, false)]).toEqual([inside, expect.stringMatching(/not followed/)]);
    }
    expect(whyNotFollowed("https://example.com/x", false)).toBe(null);
    expect(whyNotFollowed("http://192.168.1.2/x", true)).toBe(null);
  });

  test("redirects in a circle end", async () => {
    sendFile = (_request, response) => response.writeHead(302, { location: "/store/file" }).end();
    await expect(pull()).rejects.toThrow(/sends on and on/);
  });

  test("a file name from outside stays in its folder", async () => {
    files = [
      { rfilename: "../../../x/tiny-Q4_0.gguf", lfs: { sha256, size: model.length } },
      { rfilename: "sub dir/.tiny \u202e-Q4_K_M.gguf", lfs: { sha256, size: model.length } },
    ];
    await expect(pull("owner/repo:Q4_0")).rejects.toThrow(/has no file of that name/);
    expect((await pull("owner/repo")).model).toBe("owner--repo--sub-dir-.tiny--Q4_K_M");
    expect(folder()).toHaveLength(1);
  });
});
