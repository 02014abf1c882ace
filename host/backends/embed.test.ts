import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import { startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import type { EmbedOptions } from "./embed.ts";
import { openPool, type Pool } from "./pool.ts";
import type { BackendSettings } from "./settings.ts";

const open: { pools: Pool[]; servers: ScriptedBackend[] } = { pools: [], servers: [] };
afterEach(async () => {
  await Promise.all(open.pools.splice(0).map((pool) => pool.close()));
  await Promise.all(open.servers.splice(0).map((server) => server.close()));
});

type Embeddings = (given: { model: string; input: string[] }) => unknown;

async function poolWith(embeddings: Embeddings | null, place: "local" | "far" = "local"): Promise<Pool> {
  const server = await startScriptedBackend({
    models: ["chat-model", "embed-model"],
    documents: {
      ...(embeddings === null ? {} : { "POST /v1/embeddings": embeddings }),
      "GET /api/v1/models": {
        models: [
          { type: "llm", key: "chat-model", loaded_instances: [] },
          { type: "embedding", key: "embed-model", loaded_instances: [] },
        ],
      },
      "GET /api/v0/models": {
        data: [
          { id: "chat-model", type: "llm" },
          { id: "embed-model", type: "embeddings" },
        ],
      },
    },
  });
  open.servers.push(server);
  const backends = [{ name: "one", baseUrl: server.url, keyFile: null, place, maxConcurrent: 2 }] as BackendSettings[];
  const pool = await openPool({
    clock: systemClock,
    settings: { backends, files: [], routes: new Map() } as never,
    ownPorts: [],
  });
  open.pools.push(pool);
  return pool;
}

const options: EmbedOptions = { owner: "phone", isLocalOnly: false, signal: new AbortController().signal };
const lengths: Embeddings = ({ input }) => ({
  data: input.map((text, index) => ({ index, embedding: [text.length, 1] })).reverse(),
});

describe("texts as vectors", () => {
  test("EB1 as many as texts and in their order, a few at a time", async () => {
    const pool = await poolWith(lengths);
    expect(pool.models.find(({ id }) => id === "embed-model")?.info.embeddings).toBe(true);
    const texts = Array.from({ length: 20 }, (_, at) => "x".repeat(at + 1));
    expect(await pool.backend.embed?.(texts, options)).toEqual(texts.map(({ length }) => [length, 1]));
    expect(open.servers[0]?.asked.filter((line) => line === "POST /v1/embeddings").length).toBeGreaterThan(1);
  });

  test("EB2 none where a server fails or sends something else: nobody waits or fails for it", async () => {
    expect(await (await poolWith(null)).backend.embed?.(["a"], options)).toBeNull();
    const bad: unknown[] = [
      {},
      { data: [] },
      { data: [{ embedding: ["x"] }] },
      { data: [{ index: 5, embedding: [1] }] },
    ];
    for (const answer of bad) {
      const pool = await poolWith(() => answer);
      expect(await pool.backend.embed?.(["a"], options)).toBeNull();
    }
  });

  test("EB3 nothing of a local-only project goes to a backend elsewhere", async () => {
    const pool = await poolWith(lengths, "far");
    expect(await pool.backend.embed?.(["a"], { ...options, isLocalOnly: true })).toBeNull();
    expect(open.servers[0]?.asked).not.toContain("POST /v1/embeddings");
  });
});
