/** Who streams in `stream` and `capacity`: each a server process, mostly a writer process, and a process of readers. */
import { join } from "node:path";
import { createClaim } from "#crypto/claim.ts";
import { hexToBytes } from "#crypto/bytes.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openIdentity } from "../host/agent/identity.ts";
import { startPart } from "../host/testing/killSoak.ts";
import { writeTestApp } from "../host/testing/testRelay.ts";
import { startChild } from "./child.ts";
import type { Bench } from "./question.ts";

/** What came to one reader. */
export interface Came {
  /** When each token was in its text. */
  readonly at: readonly number[];
  readonly text: string;
  /** Read from its socket meanwhile. */
  readonly bytes: number;
}

export interface Subject {
  readonly name: string;
  readonly serverPid: number;
  readonly writerPid?: number;
  readonly readersMax: number;
  /** What need not be measured for so many readers. */
  prepare?(readers: number): Promise<void>;
  /** So many readers are there for this answer. Not measured: a hundred links with their handshakes cost a server more than the words of a short answer. */
  open(name: string, readers: number): Promise<void>;
  /** That answer, to each of them. */
  run(name: string): Promise<readonly Came[]>;
  /** They are gone again. */
  close?(name: string): Promise<void>;
  end(): Promise<void>;
}

export interface Source {
  readonly url: string;
  written(name: string): Promise<readonly number[]>;
  pace(pace: Pace): Promise<void>;
  end(): Promise<void>;
}

export interface Pace {
  readonly tokens: number;
  readonly everyMs: number;
}

export async function startSource(pace: Pace): Promise<Source> {
  const child = startChild("parts/source.mjs");
  const { url } = await child.ask<{ url: string }>({ do: "listen" });
  await child.ask({ do: "pace", pace });
  return {
    url,
    written: (name) => child.ask({ do: "written", name }),
    pace: (next) => child.ask({ do: "pace", pace: next }),
    end: child.end,
  };
}

/** `chars`: of each answer; `runs`: so many at once. */
export async function subjectsOf(
  bench: Bench,
  source: string,
  { chars, runs }: { readonly chars: number; readonly runs: number },
): Promise<readonly Subject[]> {
  const subjects: Subject[] = [];
  const add = async (name: string, start: () => Promise<Subject>): Promise<void> => {
    if (bench.wants(name)) subjects.push(await start());
  };
  await add("SSE, straight", () => startStraight(source));
  await add("SSE, bare text", () => startSse("SSE, bare text", "bare", source, chars));
  await add("SSE, OpenAI chunks", () => startSse("SSE, OpenAI chunks", "openai", source, chars));
  await add("Sovereign", () => startOurs(bench, source, runs));
  if (bench.hasPeers("@y/websocket-server", "y-websocket"))
    await add("y-websocket", () => startPeer("y-websocket", source, chars));
  if (bench.hasPeers("@hocuspocus/server")) await add("hocuspocus", () => startPeer("hocuspocus", source, chars));
  if (bench.hasPeers("@automerge/automerge-repo"))
    await add("automerge-repo", () => startPeer("automerge", source, chars));
  return subjects;
}

/** One reader asks the model server itself: the least that streaming can cost, and nothing is kept anywhere. */
async function startStraight(source: string): Promise<Subject> {
  const reader = startChild("parts/straightReader.mjs");
  return {
    name: "SSE, straight",
    serverPid: 0,
    readersMax: 1,
    open: async () => {},
    run: (name) => reader.ask({ do: "run", source, name }),
    end: reader.end,
  };
}

async function startSse(name: string, form: "bare" | "openai", source: string, chars: number): Promise<Subject> {
  const server = startChild("parts/sseServer.mjs", { args: [form] });
  const readers = startChild("parts/sseReaders.mjs");
  const { url } = await server.ask<{ url: string }>({ do: "listen" });
  return {
    name,
    serverPid: server.pid,
    readersMax: 100,
    open: (stream, count) => readers.ask({ do: "listen", url, name: stream, count, form }),
    run: async (stream) => {
      await server.ask({ do: "run", source, name: stream });
      return readers.ask({ do: "result", name: stream, chars });
    },
    end: async () => {
      await server.end();
      await readers.end();
    },
  };
}

async function startPeer(
  kind: "y-websocket" | "hocuspocus" | "automerge",
  source: string,
  chars: number,
): Promise<Subject> {
  const port = String(20_000 + (process.pid % 20_000));
  const server =
    kind === "y-websocket"
      ? startChild("peers/node_modules/@y/websocket-server/src/server.js", { env: { PORT: port, HOST: "127.0.0.1" } })
      : startChild("peers/server.mjs", { args: [kind] });
  const url =
    kind === "y-websocket" ? `ws://127.0.0.1:${port}` : (await server.ask<{ url: string }>({ do: "listen" })).url;
  const writer = startChild("peers/writer.mjs");
  const readers = startChild("peers/readers.mjs");
  const rooms = new Map<string, string>();
  return {
    name: kind === "automerge" ? "automerge-repo" : kind,
    serverPid: server.pid,
    writerPid: writer.pid,
    readersMax: 100,
    open: async (name, count) => {
      const room = await writer.ask<string>({ do: "room", kind, url });
      rooms.set(name, room);
      await writer.ask({ do: "open", kind, url, room });
      await readers.ask({ do: "listen", kind, url, room, count });
    },
    run: async (name) => {
      const room = rooms.get(name);
      rooms.delete(name);
      await writer.ask({ do: "run", source, name, room });
      return readers.ask({ do: "result", room, chars });
    },
    end: async () => {
      for (const child of [readers, writer, server]) await child.end();
    },
  };
}

async function startOurs(bench: Bench, source: string, runs: number): Promise<Subject> {
  await sodiumReady;
  const home = join(bench.folder, "home");
  const claim = createClaim(systemRandom);
  const { sign, box } = openIdentity(home, systemRandom);
  const common = {
    home,
    appDir: writeTestApp(join(bench.folder, "app")),
    claimKey: Buffer.from(claim.publicKey).toString("hex"),
    backendUrl: source,
    prefill: false,
    runs,
  };
  const relay = await startPart({ ...common, part: "relay", port: 0, relayKey: "" });
  const { port = 0, relayKey = "" } = relay.says;
  const agent = await startPart({ ...common, part: "agent", port, relayKey });
  const readers = startChild("parts/ourReaders.ts");
  const chats = new Map<string, string>();
  const keys = { signKey: sign.publicKey, boxKey: box.publicKey, relayKey: hexToBytes(relayKey) };
  await readers.ask({ do: "claim", port, seed: claim.seed, ...keys });
  return {
    name: "Sovereign",
    serverPid: relay.pid,
    writerPid: agent.pid,
    readersMax: 100,
    prepare: (count) => readers.ask({ do: "readers", count }),
    open: async (name, count) => void chats.set(name, await readers.ask<string>({ do: "chat", count })),
    run: async (name) => {
      await readers.ask({ do: "ask", doc: chats.get(name), name });
      return readers.ask<readonly Came[]>({ do: "result", name });
    },
    close: async (name) => {
      await readers.ask({ do: "close", doc: chats.get(name) });
      chats.delete(name);
    },
    end: async () => {
      await readers.end();
      await agent.kill();
      await relay.kill();
    },
  };
}
