/**
 * Kills (-9) of agent and relay in the middle of answers, again and again, with a real device that looks on: whatever is killed when,
 * each answer must read word for word as if nothing had happened. Nothing that was stored may be lost, doubled or moved.
 *
 *   node host/testing/killSoak.ts --kills 200 [--seed 1]
 */
import "fake-indexeddb/auto";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createClaim, hostFingerprint } from "#crypto/claim.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault } from "#sync/vault.ts";
import { openIdentity } from "../agent/identity.ts";
import type { KilledPart } from "./killedPart.ts";
import { createPrng } from "./sim/prng.ts";
import { writeTestApp } from "./testRelay.ts";

export interface SoakResult {
  readonly kills: number;
  readonly answers: number;
  /** Answers that took more than one run. */
  readonly continued: number;
  /** Words that a device had from the log when something was killed, and the answer lacks in the end. */
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly alarms: number;
  /** From a kill to the first new word on the device. */
  readonly backAfterMs: readonly number[];
}

/** So that the words of one answer are its own. */
const wordsInAnswer = 60;
const wordDelayMs = 12;
const chatsAtOnce = 3;

export async function runKillSoak(options: {
  readonly kills: number;
  readonly seed: number;
  readonly onKill?: (line: string) => void;
}): Promise<SoakResult> {
  await sodiumReady;
  const random = createPrng(String(options.seed));
  const folder = mkdtempSync(join(tmpdir(), "sovereign-kills-"));
  const home = join(folder, "home");
  const backend = await startCounting();
  const claim = createClaim(systemRandom);
  const common = {
    home,
    appDir: writeTestApp(join(folder, "app")),
    claimKey: Buffer.from(claim.publicKey).toString("hex"),
    backendUrl: backend.url,
    prefill: true,
  };
  const { sign, box } = openIdentity(home, systemRandom);
  let relay = await startPart({ ...common, part: "relay", port: 0, relayKey: "" });
  const { port = 0, relayKey = "" } = relay.says;
  const startAgent = () => startPart({ ...common, part: "agent", port, relayKey });
  let agent = await startAgent();
  const vault = await createVault(
    {
      clock: systemClock,
      random: systemRandom,
      openLink: (events) => createWebSocketLink(`ws://127.0.0.1:${port}/link`)(events),
      identity: createMemoryIdentityStore(),
    },
    {
      claim: {
        seed: claim.seed,
        fingerprint: hostFingerprint(sign.publicKey, box.publicKey, new Uint8Array(Buffer.from(relayKey, "hex"))),
      },
      deviceName: "Soak",
    },
  );
  const count = { kills: 0, answers: 0, continued: 0, lost: 0, doubled: 0, reordered: 0 };
  const backAfterMs: number[] = [];
  let standing = (): readonly string[] => [];
  try {
    await until(() => vault.status().host?.live === true, "the host is live", 20_000);
    const chats: { id: DocId; chat: Chat }[] = [];
    for (let index = 0; index < chatsAtOnce; index++) {
      const id = await vault.createChat();
      chats.push({ id, chat: (await vault.openChat(id)).value });
    }
    while (count.kills < options.kills) {
      const asked = await Promise.all(chats.map(({ id, chat }) => ask(vault, id, chat)));
      standing = () => asked.map(({ standing: says }) => says());
      const [first] = asked;
      if (first === undefined) break;
      await until(() => first.text().length > 0, "the first words", 30_000);
      await pause(random.below(wordsInAnswer * wordDelayMs));
      const held = asked.map(({ text }) => text());
      const target = random.chance(0.5) ? "relay" : "agent";
      const killedAt = performance.now();
      if (target === "agent") {
        await agent.kill();
        agent = await startAgent();
      } else {
        await relay.kill();
        relay = await startPart({ ...common, part: "relay", port, relayKey });
      }
      count.kills += 1;
      const unfinished = asked.filter(({ isDone }) => !isDone());
      await until(
        () => unfinished.length === 0 || unfinished.some(({ text }, at) => text().length > (held[at]?.length ?? 0)),
        "words again",
        60_000,
      );
      if (unfinished.length > 0) backAfterMs.push(performance.now() - killedAt);
      await until(() => asked.every(({ isDone }) => isDone()), `all answers after kill ${count.kills}`, 60_000);
      for (const [at, each] of asked.entries()) judge(each.text(), each.expected, held[at] ?? "");
      count.answers += asked.length;
      count.continued += asked.filter(({ links }) => links() > 1).length;
      options.onKill?.(`kill ${count.kills} (${target}): ${JSON.stringify(count)}`);
    }
    return { ...count, alarms: vault.status().alarms.length, backAfterMs };
  } catch (error) {
    // What was waited for in vain says little without how things stood.
    const { link, host, pending, alarms } = vault.status();
    const runs = standing();
    options.onKill?.(JSON.stringify({ ...count, link, host: host?.live, pending, alarms, runs }));
    throw error;
  } finally {
    await vault.close();
    await agent.kill();
    await relay.kill();
    backend.close();
    rmSync(folder, { recursive: true, force: true });
  }

  function judge(text: string, expected: string, held: string): void {
    if (text === expected) return;
    const [said, meant] = [text.split(" "), expected.split(" ")];
    count.lost += held.split(" ").filter((word) => !said.includes(word)).length;
    count.lost += meant.filter((word) => !said.includes(word)).length;
    count.doubled += said.length - new Set(said).size;
    const places = said.map((word) => meant.indexOf(word)).filter((place) => place >= 0);
    count.reordered += places.filter((place, index) => index > 0 && place < (places[index - 1] ?? 0)).length;
    options.onKill?.(`not as it was meant: ${text}`);
  }
}

interface Asked {
  readonly expected: string;
  /** What of it came through the log: acknowledged by the relay, since it shows nothing before it is on its disk. */
  text(): string;
  isDone(): boolean;
  links(): number;
  /** In words: each of its runs and how far it came. */
  standing(): string;
}

let questions = 0;

async function ask(vault: Vault, id: DocId, chat: Chat): Promise<Asked> {
  questions += 1;
  const name = `q${questions}`;
  const { run }: { run: RunId } = await vault.ask(id, { text: name, parent: null });
  return {
    expected: wordsOf(name, 0).join(" "),
    text: () => chat.answer(run).text,
    isDone: () => chat.answer(run).status === "done",
    links: () => chat.links(run).length,
    standing: () =>
      chat
        .links(run)
        .map((each) => `${chat.run(each).status} ${chat.run(each).text.length} ${chat.run(each).error?.code ?? ""}`)
        .join(" → "),
  };
}

const wordsOf = (name: string, from: number): string[] =>
  Array.from({ length: wordsInAnswer - from }, (_, index) => `${name}.${from + index}`);

/** A model that counts, and goes on with its count from whatever stands of its answer. */
async function startCounting(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => void count(body));

    async function count(asked: string): Promise<void> {
      if (request.method === "GET") return void response.end(JSON.stringify({ data: [{ id: "counting" }] }));
      const { messages } = JSON.parse(asked) as { messages: { role: string; content: string }[] };
      const name = messages.findLast(({ role }) => role === "user")?.content ?? "";
      const last = messages.at(-1);
      const said = last?.role === "assistant" ? last.content.split(" ") : [];
      const tail = said.at(-1) ?? "";
      // A word that was cut is finished first, as a model would.
      const whole = wordsOf(name, 0)[said.length - 1] ?? "";
      const rest = [tail === "" ? "" : whole.slice(tail.length), ...wordsOf(name, said.length)];
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const [index, word] of rest.entries()) {
        const content = index === 0 ? word : index === 1 && said.length === 0 ? word : ` ${word}`;
        if (response.destroyed) return;
        response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
        await pause(wordDelayMs);
      }
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\n`);
      response.end("data: [DONE]\n\n");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface RunningPart {
  readonly pid: number;
  readonly says: { readonly port?: number; readonly relayKey?: string };
  /** -9: it gets no chance to say anything. */
  kill(): Promise<void>;
}

/** Resolves when it says that it is there. */
export async function startPart(part: KilledPart): Promise<RunningPart> {
  const entry = join(import.meta.dirname, "killedPart.ts");
  const child: ChildProcess = spawn(process.execPath, [entry, JSON.stringify(part)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text);
    });
    void gone.then(() => reject(new Error(`the ${part.part} ended`)));
  });
  return {
    pid: child.pid ?? 0,
    says: JSON.parse(line) as RunningPart["says"],
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "20" }, seed: { type: "string", default: "1" } },
  });
  const result = await runKillSoak({
    kills: Number(values.kills),
    seed: Number(values.seed),
    onKill: (line) => console.log(line),
  });
  const back = [...result.backAfterMs].sort((a, b) => a - b);
  console.log({
    ...result,
    backAfterMs: { p50: back[back.length >> 1], max: back.at(-1) },
  });
  process.exit(result.lost + result.doubled + result.reordered + result.alarms === 0 ? 0 : 1);
}
