/**
 * gateway: what asking over the gateway adds to asking the model server itself. First byte: a stream whose first chunk comes at once, by turns on
 * connections that stay open. Throughput: of a stream at a thousand tokens a second, ten times what a fast model says; and of as many chunks as the model
 * server can write, hundreds of thousands a second, where on few cores the way through a third process shows. Beside it a well-known gateway that
 * npm installs.
 */
import { Agent, request } from "node:http";
import { startChild } from "./child.ts";
import { median, percentile } from "./collect.ts";
import type { Bench, Question } from "./question.ts";
import { startSource } from "./subjects.ts";

const PEER = "Portkey";
/** PERFORMANCE.md's. */
const addedMsMax = 2;

interface Way {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const question: Question = {
  asks: "time to the first byte and throughput that the gateway adds to asking directly",
  run: async (bench) => {
    const source = await startSource({ tokens: 3, everyMs: 0 });
    const ours = startChild("parts/gateway.ts");
    const ways: Way[] = [{ name: "direct", url: source.url, headers: {} }];
    const { url, key } = await ours.ask<{ url: string; key: string }>({ do: "listen", backend: source.url });
    ways.push({ name: "Sovereign", url, headers: { authorization: `Bearer ${key}` } });
    const agent = new Agent({ keepAlive: true });
    const portkey = bench.wants(PEER) ? await startPortkey(bench, source.url) : null;
    if (portkey !== null) ways.push(portkey.way);
    try {
      for (const way of ways) await untilThere(agent, way);
      const asks = bench.isQuick ? 5 : 100;
      for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 5); round++) {
        await source.pace({ tokens: 3, everyMs: 0 });
        const first = new Map(ways.map(({ name }) => [name, [] as number[]]));
        for (let at = 0; at < asks; at++)
          for (const way of turned(ways, at)) first.get(way.name)?.push((await ask(agent, way)).firstMs);
        const directMs = median(first.get("direct") ?? []);
        await source.pace({ tokens: bench.isQuick ? 100 : 2_000, everyMs: 1 });
        const streamed = new Map<string, number>();
        for (const way of turned(ways, round + 1)) {
          const { tokens, ms } = await ask(agent, way);
          streamed.set(way.name, (1_000 * tokens) / ms);
        }
        await source.pace({ tokens: bench.isQuick ? 500 : 40_000, everyMs: 0 });
        for (const way of turned(ways, round + 1)) {
          const { bytes, ms } = await ask(agent, way);
          if (round < 0) continue;
          bench.note(way.name, "throughput of a stream", streamed.get(way.name) ?? NaN, "tokens/s");
          const own = first.get(way.name) ?? [];
          bench.note(way.name, "first byte, median", median(own), "ms");
          bench.note(way.name, "first byte, p99", percentile(own, 0.99), "ms");
          if (way.name === "Sovereign") bench.note("goal", "first byte, added", addedMsMax, "ms");
          if (way.name !== "direct") bench.note(way.name, "first byte, added", median(own) - directMs, "ms");
          bench.note(way.name, "throughput without a pace", bytes / ms / 1_000, "MB/s");
        }
      }
      bench.compare({ metric: "first byte, added", ours: "Sovereign", theirs: "goal", atMost: 1 });
      bench.compare({ metric: "throughput of a stream", ours: "Sovereign", theirs: "direct", atLeast: 0.95 });
      bench.compare({ metric: "throughput without a pace", ours: "Sovereign", theirs: "direct" });
      bench.compare({ metric: "first byte, median", ours: "Sovereign", theirs: "direct" });
      bench.compare({ metric: "first byte, added", ours: "Sovereign", theirs: PEER, atMost: 1 });
      bench.compare({ metric: "throughput of a stream", ours: "Sovereign", theirs: PEER });
      bench.compare({ metric: "throughput without a pace", ours: "Sovereign", theirs: PEER });
    } finally {
      agent.destroy();
      await portkey?.end();
      await ours.end();
      await source.end();
    }
  },
};

/** The published program, as its package starts it; without limits, retries or a cache, which it has where it is asked for them. */
async function startPortkey(bench: Bench, source: string): Promise<{ readonly way: Way; end(): Promise<void> } | null> {
  if (!bench.hasPeers("@portkey-ai/gateway")) return null;
  const port = 20_000 + (process.pid % 20_000);
  const { end } = startChild("peers/node_modules/@portkey-ai/gateway/build/start-server.js", {
    args: [`--port=${port}`, "--headless"],
  });
  const headers = { authorization: "Bearer bench", "x-portkey-provider": "openai", "x-portkey-custom-host": source };
  return { way: { name: PEER, url: `http://127.0.0.1:${port}/v1`, headers }, end };
}

const event = "data: {";

const turned = (ways: readonly Way[], by: number): readonly Way[] =>
  ways.map((_, at) => ways[(at + by) % ways.length] as Way);

async function untilThere(agent: Agent, way: Way): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const { bytes } = await ask(agent, way);
      if (bytes > 0) return;
    } catch (error) {
      if (tries === 100) throw error;
    }
    if (tries === 100) throw new Error(`${way.name} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function ask(
  agent: Agent,
  { url, headers }: Way,
): Promise<{ firstMs: number; ms: number; bytes: number; tokens: number }> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/chat/completions`, {
      method: "POST",
      agent,
      headers: { "content-type": "application/json", ...headers },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      let [firstMs, bytes, tokens] = [0, 0, 0];
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
      response.on("data", (part: Buffer) => {
        if (bytes === 0) firstMs = performance.now() - startedAt;
        bytes += part.length;
        // One event each, and one without a word at the end of them.
        for (let at = part.indexOf(event); at !== -1; at = part.indexOf(event, at + event.length)) tokens += 1;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ firstMs, ms: performance.now() - startedAt - firstMs, bytes, tokens }));
    });
    asked.end(JSON.stringify({ model: "counting", stream: true, messages: [{ role: "user", content: "gateway" }] }));
  });
}
