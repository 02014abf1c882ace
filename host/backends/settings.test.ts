import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HostError } from "../errors.ts";
import { isPrivateHost, parseBackendUrl } from "./addresses.ts";
import { readKey, readSettings, type PoolSettings } from "./settings.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-settings-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function read(file: unknown, configured: string | null = null): PoolSettings {
  if (file !== null) writeFileSync(join(home, "backends.json"), typeof file === "string" ? file : JSON.stringify(file));
  return readSettings(home, configured, [4242]);
}

describe("readSettings", () => {
  test("needs nothing", () => {
    expect(read(null)).toEqual({ backends: [], files: [], routes: new Map(), onChange: "warn" });
  });

  test("SOVEREIGN_BACKEND takes several addresses and model files, between commas", () => {
    const settings = read(null, " http://localhost:11434/v1, https://api.example.com ,~/models/Qwen3.gguf,");
    expect(settings.backends.map(({ name, baseUrl, place }) => [name, baseUrl, place])).toEqual([
      ["localhost:11434", "http://localhost:11434/v1", "local"],
      ["api.example.com", "https://api.example.com/v1", "outside"],
    ]);
    expect(settings.files).toEqual([{ name: "Qwen3", path: join(homedir(), "models/Qwen3.gguf") }]);
  });

  test("backends.json names backends, files and routes", () => {
    const settings = read({
      backends: [
        { name: "big", url: "http://192.168.1.20:8000", keyFile: "/keys/big", maxConcurrent: 8 },
        { name: "cloud", url: "https://10.0.0.1/v1", place: "outside" },
      ],
      files: [{ name: "small", path: "/m/x.gguf" }, { path: "/m/y.gguf" }],
      routes: { fast: [{ backend: "big", model: "a" }, "b", { backend: "embedded", model: "small" }] },
      onChange: "block",
    });
    expect(settings.backends).toEqual([
      { name: "big", baseUrl: "http://192.168.1.20:8000/v1", keyFile: "/keys/big", place: "local", maxConcurrent: 8 },
      { name: "cloud", baseUrl: "https://10.0.0.1/v1", keyFile: null, place: "outside", maxConcurrent: 4 },
    ]);
    expect(settings.files.map(({ name }) => name)).toEqual(["small", "y"]);
    expect(settings.routes.get("fast")).toEqual([
      { backend: "big", model: "a" },
      { backend: null, model: "b" },
      { backend: "embedded", model: "small" },
    ]);
    expect(settings.onChange).toBe("block");
  });

  test("the same server in both places is one backend", () => {
    const file = {
      backends: [
        { name: "mine", url: "http://localhost:11434" },
        { name: "other", url: "http://localhost:1" },
      ],
    };
    expect(read(file, "http://localhost:11434/v1").backends.map(({ name }) => name)).toEqual([
      "localhost:11434",
      "other",
    ]);
  });

  test.each([
    ["{", "is no JSON"],
    ["[]", "must be an object in braces"],
    [{ backend: [] }, 'has a field "backend", which is none of backends, files, routes, onChange'],
    [{ backends: {} }, "needs a list for backends"],
    [{ backends: [{ url: "http://x" }] }, "Backend 1 needs a text for name"],
    [{ backends: [{ name: "x" }] }, "Backend 1 needs a text for url"],
    [{ backends: [{ name: "x", url: "ftp://x" }] }, "is not an address"],
    [{ backends: [{ name: "x", url: "http://a:b@x" }] }, "holds a name or a password"],
    [{ backends: [{ name: "x", url: "http://localhost:4242" }] }, "is Sovereign itself"],
    [{ backends: [{ name: "embedded", url: "http://x" }] }, "the engine's own name"],
    [{ backends: [{ name: "x", url: "http://x", place: "near" }] }, '"local" or "outside"'],
    [{ backends: [{ name: "x", url: "http://x", maxConcurrent: 0 }] }, "a number from 1 to"],
    [{ backends: [{ name: "x", url: "http://x", keyfile: "y" }] }, 'has a field "keyfile"'],
    [
      {
        backends: [
          { name: "x", url: "http://x" },
          { name: "x", url: "http://y" },
        ],
      },
      "one name to two",
    ],
    [{ files: [{ path: "/x.bin" }] }, "ends in .gguf"],
    [{ routes: { r: [] } }, "needs a list of 1 to"],
    [{ routes: { r: [{ model: 7 }] } }, "needs names"],
    [{ routes: { r: [{ backend: "gone", model: "m" }] } }, 'names the backend "gone"'],
    [{ onChange: "shout" }, '"warn" or "block"'],
  ])("%j is refused in a sentence", (file, says) => {
    const attempt = (): PoolSettings => read(file);
    expect(attempt).toThrow(HostError);
    expect(attempt).toThrow(says);
    expect(attempt).not.toThrow(/a:b@/);
  });
});

describe("readKey", () => {
  test("reads one line, and says which file is wrong", () => {
    const file = join(home, "key");
    expect(readKey(null)).toBe(null);
    expect(() => readKey(file)).toThrow(file);
    for (const wrong of ["", "two words", "a\nb", "x".repeat(5_000), "schlüssel"]) {
      writeFileSync(file, wrong);
      expect(() => readKey(file)).toThrow(/holds no key/);
    }
    writeFileSync(file, "  sk-123\n");
    expect(readKey(file)).toBe("sk-123");
  });
});

test("addresses are completed, and private ones known", () => {
  expect(parseBackendUrl("http://box:11434", [])).toBe("http://box:11434/v1");
  expect(parseBackendUrl(" box:11434/ ", [])).toBe("http://box:11434/v1");
  expect(parseBackendUrl("https://box/openai/v1/", [])).toBe("https://box/openai/v1");
  for (const host of [
    "10.1.2.3",
    "172.31.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fd00::1]",
    "[fe80::1]",
    "box",
    "nas.local",
    "a.b.ts.net",
  ]) {
    expect([host, isPrivateHost(host)]).toEqual([host, true]);
  }
  for (const host of ["8.8.8.8", "172.32.0.1", "100.128.0.1", "[2606:4700::1]", "example.com", "local.example.com"]) {
    expect([host, isPrivateHost(host)]).toEqual([host, false]);
  }
});
