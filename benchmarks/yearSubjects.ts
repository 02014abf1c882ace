/** Who takes a year of chats up in `catchup`: ours, a real relay with a real agent beside it; and peers, each with a server, a writer and readers of its own. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createClaim } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { openIdentity } from "../host/agent/identity.ts";
import { startPart } from "../host/testing/killSoak.ts";
import { writeTestApp } from "../host/testing/testRelay.ts";
import { startChild, type Child } from "./child.ts";
import type { Came, Year } from "./parts/newDevice.ts";
import type { Bench } from "./question.ts";

export const OURS = "Sovereign";
export const Y_WEBSOCKET = "y-websocket";

export interface Peer {
  readonly name: string;
  readonly kind: "y-websocket" | "hocuspocus" | "automerge";
  readonly packages: readonly string[];
}

export const PEERS: readonly Peer[] = [
  { name: Y_WEBSOCKET, kind: "y-websocket", packages: ["@y/websocket-server", "y-websocket"] },
  { name: "hocuspocus", kind: "hocuspocus", packages: ["@hocuspocus/server"] },
  { name: "automerge-repo", kind: "automerge", packages: ["@automerge/automerge-repo"] },
];

interface Grown {
  /** So many are there by now. */
  readonly chats: number;
  readonly week: number;
}

export interface Subject {
  readonly name: string;
  /** By a device that was not there before; then it leaves, a week is written, and it comes back. */
  join(round: number, grown: Grown): Promise<{ readonly came: Came; readonly back: Came }>;
  end(): Promise<void>;
}

/** `name`: of its folder. */
export async function startOurs(bench: Bench, year: Year, name = "vault"): Promise<Subject> {
  const folder = join(bench.folder, name);
  mkdirSync(folder);
  const home = join(folder, "home");
  const claim = createClaim(systemRandom);
  const { sign, box } = openIdentity(home, systemRandom);
  const common = {
    home,
    appDir: writeTestApp(join(folder, "app")),
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
    journals: join(folder, "laptop.sqlite"),
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
      const journals = join(folder, `phone ${round}.sqlite`);
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

export async function startPeer(bench: Bench, year: Year, { name, kind, packages }: Peer): Promise<Subject | null> {
  if (!bench.wants(name) || !bench.hasPeers(...packages)) return null;
  const { url, end } = await startServer(kind);
  const writer = startChild("peers/year.mjs", { args: [kind, join(bench.folder, `${kind} writer`)] });
  bench.say(`${name}: a year is written`);
  const names = await writer.ask<string[]>({ do: "write", url, year });
  return {
    name,
    join: async (round, { week }) => {
      const reader = startChild("peers/year.mjs", { args: [kind, join(bench.folder, `${kind} reader ${round}`)] });
      try {
        const came = await reader.ask<Came>({ do: "read", url, year, names });
        names.push(...(await writer.ask<string[]>({ do: "write", url, year, first: names.length, chats: week })));
        return { came, back: await reader.ask<Came>({ do: "read", url, year, names }) };
      } finally {
        await reader.end();
      }
    },
    end: async () => {
      await writer.end();
      await end();
    },
  };
}

async function startServer(kind: Peer["kind"]): Promise<{ readonly url: string; end(): Promise<void> }> {
  if (kind === "y-websocket") {
    const port = String(20_000 + (process.pid % 20_000));
    const env = { PORT: port, HOST: "127.0.0.1" };
    const { end } = startChild("peers/node_modules/@y/websocket-server/src/server.js", { env });
    return { url: `ws://127.0.0.1:${port}`, end };
  }
  const server = startChild("peers/server.mjs", { args: [kind] });
  const { url } = await server.ask<{ url: string }>({ do: "listen" });
  return { url, end: server.end };
}
