/**
 * stream: from a backend's byte to the text in a reader's document view, ours (sealed, signed, durable, through agent and relay)
 * against plain SSE with OpenAI's chunks from the same kind of backend. Rounds are interleaved, so that both meet the same machine.
 *
 *   node benchmarks/stream.ts [--tokens 600] [--rounds 5] [--rate 100]
 *
 * Agent and relay are processes of their own, as they run; backend and reader share one, so that one clock measures both ends.
 * Bytes are counted at the reader's socket.
 */
import "fake-indexeddb/auto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createClaim, hostFingerprint } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault } from "#sync/vault.ts";
import { openIdentity } from "../host/agent/identity.ts";
import { startPart } from "../host/testing/killSoak.ts";
import { writeTestApp } from "../host/testing/testRelay.ts";

const { values } = parseArgs({
  options: {
    tokens: { type: "string", default: "600" },
    rounds: { type: "string", default: "5" },
    rate: { type: "string", default: "100" },
  },
});
const tokens = Number(values.tokens);
const rounds = Number(values.rounds);
const everyMs = 1_000 / Number(values.rate);

/** When each token was written, by its number; tokens are four characters, as the goal says. */
let writtenAt: number[] = [];
const tokenOf = (index: number): string => String(index).padStart(3, "0").slice(-3).concat(" ");

/** A backend that says numbered tokens at a steady pace. */
const backend = createServer((request, response) => {
  request.resume();
  if (request.method === "GET") return void response.end(JSON.stringify({ data: [{ id: "m", object: "model" }] }));
  request.on("end", () => void speak(response));
});

async function speak(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  writtenAt = [];
  const startedAt = performance.now();
  for (let index = 0; index < tokens; index++) {
    const waitMs = startedAt + index * everyMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    writtenAt.push(performance.now());
    const chunk = { choices: [{ index: 0, delta: { content: tokenOf(index) }, finish_reason: null }] };
    response.write(
      `data: ${JSON.stringify({ id: "chatcmpl-0123456789abcdef", object: "chat.completion.chunk", created: 1_700_000_000, model: "llama-3.1-8b-instruct", system_fingerprint: "fp_0123456789", ...chunk })}\n\n`,
    );
  }
  response.write('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  response.end();
}

interface Round {
  readonly delaysMs: number[];
  bytes: number;
}

async function plain(url: string): Promise<Round> {
  const round: Round = { delaysMs: [], bytes: 0 };
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body: "{}" });
  const decoder = new TextDecoder();
  let text = "";
  let view = "";
  for await (const part of response.body ?? []) {
    const now = performance.now();
    round.bytes += part.length;
    text += decoder.decode(part, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      if (!event.startsWith("data: {")) continue;
      const said = JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] };
      view += said.choices[0]?.delta.content ?? "";
    }
    note(round, view, now);
  }
  return round;
}

/** Every token that the view has by now and had not before. */
function note(round: Round, view: string, now: number): void {
  const has = Math.floor(view.length / 4);
  while (round.delaysMs.length < has) round.delaysMs.push(now - (writtenAt[round.delaysMs.length] ?? now));
}

function summary(name: string, all: readonly Round[]): { p50: number; p99: number; bytes: number } {
  const delays = all.flatMap(({ delaysMs }) => delaysMs).sort((a, b) => a - b);
  const at = (share: number): number => delays[Math.floor(delays.length * share)] ?? Number.NaN;
  const bytes = all.reduce((sum, round) => sum + round.bytes, 0) / all.length / tokens;
  console.log(
    `${name.padEnd(24)} p50 ${at(0.5).toFixed(2)} ms   p99 ${at(0.99).toFixed(2)} ms   ${bytes.toFixed(0)} B a token   n ${delays.length}`,
  );
  return { p50: at(0.5), p99: at(0.99), bytes };
}

await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/v1`;
await sodiumReady;
const folder = mkdtempSync(join(tmpdir(), "sovereign-stream-"));
const home = join(folder, "home");
const claim = createClaim(systemRandom);
const { sign, box } = openIdentity(home, systemRandom);
const common = {
  home,
  appDir: writeTestApp(join(folder, "app")),
  claimKey: Buffer.from(claim.publicKey).toString("hex"),
  backendUrl: url,
  prefill: false,
};
const relay = await startPart({ ...common, part: "relay", port: 0, relayKey: "" });
const { port = 0, relayKey = "" } = relay.says;
const agent = await startPart({ ...common, part: "agent", port, relayKey });
const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${port}/link`)(events);
let heardBytes = 0;
let liveBytes = 0;
const vault = await createVault(
  {
    clock: systemClock,
    random: systemRandom,
    identity: createMemoryIdentityStore(),
    openLink: (events) =>
      openLink({
        ...events,
        onFrame: (frame) => {
          // A WebSocket puts two bytes before a short message, four before a longer one.
          heardBytes += frame.length + (frame.length < 126 ? 2 : 4);
          if (frame[0] === 22) liveBytes += frame.length + 2;
          events.onFrame(frame);
        },
      }),
  },
  {
    claim: {
      seed: claim.seed,
      fingerprint: hostFingerprint(sign.publicKey, box.publicKey, new Uint8Array(Buffer.from(relayKey, "hex"))),
    },
    deviceName: "Bench",
  },
);
await until(() => vault.status().host?.live === true, "the host is live");
const doc = await vault.createChat();
const chat = await vault.openChat(doc);

async function ours(): Promise<Round & { live: number }> {
  const round = { delaysMs: [] as number[], bytes: 0, live: 0 };
  const { run } = await vault.ask(doc, { text: "Speak", parent: null });
  const leave = chat.value.observe(({ runs }) => {
    if (!runs.has(run)) return;
    const { text, overlay } = chat.value.answer(run);
    if (round.delaysMs.length === 0) {
      heardBytes = 0;
      liveBytes = 0;
    }
    note(round, text + overlay, performance.now());
  });
  await until(() => chat.value.run(run).status === "done", "the answer", 120_000);
  leave();
  round.bytes = heardBytes;
  round.live = liveBytes;
  return round;
}

await plain(url);
await ours();
const sse: Round[] = [];
const sealed: (Round & { live: number })[] = [];
for (let index = 0; index < rounds; index++) {
  sse.push(await plain(url));
  sealed.push(await ours());
}
const a = summary("SSE, OpenAI chunks", sse);
const b = summary("Sovereign", sealed);
const live = sealed.reduce((sum, round) => sum + round.live, 0) / sealed.length / tokens;
console.log(
  `ratios: p50 ${(b.p50 / a.p50).toFixed(2)}, p99 ${(b.p99 / a.p99).toFixed(2)}, bytes ${(b.bytes / a.bytes).toFixed(2)} (live words alone ${(live / a.bytes).toFixed(2)}: ${live.toFixed(0)} B)`,
);
chat.close();
await vault.close();
await agent.kill();
await relay.kill();
backend.close();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
