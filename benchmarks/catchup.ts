/**
 * catchup: a device that is paired now, to a vault with a year of chats (365 of 40 messages of 600 characters): how long from the second yes to the
 * vault, to the list of chats, to all of them on its own disk. Beside it the same text by y-websocket: one document a chat, in memory, one connection
 * each, as its client opens them. Ours goes through a real relay with a real agent beside it; what comes is opened, checked and committed strictly.
 */
import { join } from "node:path";
import { createClaim } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openIdentity } from "../host/agent/identity.ts";
import { startPart } from "../host/testing/killSoak.ts";
import { writeTestApp } from "../host/testing/testRelay.ts";
import { startChild, type Child } from "./child.ts";
import { measureFloor } from "./floor.ts";
import type { Came, Year } from "./parts/newDevice.ts";
import type { Bench, Question } from "./question.ts";

const OURS = "Sovereign";
const THEIRS = "y-websocket";

export const question: Question = {
  asks: "a new device of a vault with a year of chats: paired, listed, all of it there; and one that was away for a week",
  run: async (bench) => {
    await sodiumReady;
    await measureFloor(bench, ["flush"]);
    const year: Year = { chats: bench.isQuick ? 10 : 365, messages: 40, chars: 600 };
    const chars = year.messages * year.chars;
    const week = bench.isQuick ? 2 : 7;
    let chats = year.chats;
    const [ours, theirs] = [bench.wants(OURS) ? await startOurs(bench, year) : null, await startTheirs(bench, year)];
    try {
      for (let round = bench.isQuick ? 0 : -1; round < (bench.isQuick ? 1 : 3); round++) {
        const turns = [ours, theirs].filter((turn) => turn !== null);
        if (round % 2 !== 0) turns.reverse();
        for (const turn of turns) {
          const { came, back } = await turn.join(round, { chats, week });
          // The round before the first only warms up.
          if (round < 0) continue;
          if (came.paired !== null) bench.note(turn.name, "second yes to the vault", came.paired, "ms");
          if (came.listed !== null) bench.note(turn.name, "vault to the list of chats", came.listed, "ms");
          bench.note(turn.name, "all there", came.whole, "ms");
          bench.note(turn.name, "bytes read", came.bytes / chats / chars, "B a character");
          bench.note(turn.name, "after a week, all there", back.whole, "ms");
          bench.note(turn.name, "after a week, bytes read", back.bytes / week / chars, "B a character");
        }
        chats += week;
      }
    } finally {
      await ours?.end();
      await theirs?.end();
    }
    bench.compare({ metric: "all there", ours: OURS, theirs: THEIRS, atMost: 0.5 });
    bench.compare({ metric: "bytes read", ours: OURS, theirs: THEIRS, atMost: 0.6 });
    bench.compare({ metric: "after a week, all there", ours: OURS, theirs: THEIRS });
    bench.compare({ metric: "after a week, bytes read", ours: OURS, theirs: THEIRS });
  },
};

interface Grown {
  /** So many are there by now. */
  readonly chats: number;
  readonly week: number;
}

interface Subject {
  readonly name: string;
  /** By a device that was not there before; then it leaves, a week is written, and it comes back. */
  join(round: number, grown: Grown): Promise<{ readonly came: Came; readonly back: Came }>;
  end(): Promise<void>;
}

async function startOurs(bench: Bench, year: Year): Promise<Subject> {
  const home = join(bench.folder, "home");
  const claim = createClaim(systemRandom);
  const { sign, box } = openIdentity(home, systemRandom);
  const common = {
    home,
    appDir: writeTestApp(join(bench.folder, "app")),
    claimKey: Buffer.from(claim.publicKey).toString("hex"),
    backendUrl: "http://127.0.0.1:9/v1",
    prefill: false,
  };
  const relay = await startPart({ ...common, part: "relay", port: 0, relayKey: "" });
  const { port = 0, relayKey = "" } = relay.says;
  const agent = await startPart({ ...common, part: "agent", port, relayKey });
  const laptop = startChild("parts/newDevice.ts");
  await laptop.ask({
    do: "found",
    port,
    journals: join(bench.folder, "laptop.sqlite"),
    year,
    seed: claim.seed,
    signKey: sign.publicKey,
    boxKey: box.publicKey,
    relayKey,
  });
  return {
    name: OURS,
    join: async (round, { chats, week }) => {
      const phone = startChild("parts/newDevice.ts");
      const journals = join(bench.folder, `phone ${round}.sqlite`);
      try {
        const came = await pair(laptop, phone, { port, journals, year: { ...year, chats } });
        await phone.ask({ do: "leave" });
        await laptop.ask({ do: "write", chats: week });
        return { came, back: await phone.ask<Came>({ do: "back", chats: chats + week }) };
      } finally {
        await phone.end();
      }
    },
    end: async () => {
      await laptop.end();
      await agent.kill();
      await relay.kill();
    },
  };
}

async function pair(
  laptop: Child,
  phone: Child,
  facts: { readonly port: number; readonly journals: string; readonly year: Year },
): Promise<Came> {
  const link = await laptop.ask<string>({ do: "show" });
  await phone.ask({ do: "scan", link, ...facts });
  await laptop.ask({ do: "compared" });
  const came = phone.ask<Came>({ do: "confirm" });
  // The second yes.
  const { at } = await laptop.ask<{ at: number }>({ do: "confirm" });
  const { paired, ...rest } = await came;
  return { ...rest, paired: (paired ?? NaN) - at };
}

async function startTheirs(bench: Bench, year: Year): Promise<Subject | null> {
  if (!bench.wants(THEIRS) || !bench.hasPeers("@y/websocket-server", "y-websocket")) return null;
  const port = String(20_000 + (process.pid % 20_000));
  const env = { PORT: port, HOST: "127.0.0.1" };
  const server = startChild("peers/node_modules/@y/websocket-server/src/server.js", { env });
  const url = `ws://127.0.0.1:${port}`;
  const writer = startChild("peers/year.mjs");
  await writer.ask({ do: "write", url, year });
  return {
    name: THEIRS,
    join: async (_, { chats, week }) => {
      const reader = startChild("peers/year.mjs");
      try {
        const came = await reader.ask<Came>({ do: "read", url, year, chats });
        await writer.ask({ do: "write", url, year, first: chats, chats: week });
        return { came, back: await reader.ask<Came>({ do: "read", url, year, chats: chats + week }) };
      } finally {
        await reader.end();
      }
    },
    end: async () => {
      await writer.end();
      await server.end();
    },
  };
}
