/** A relay or an agent as a process of its own, to be killed at any moment: the real parts, without the supervisor that would wait longer each time. */
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { hexToBytes } from "#crypto/bytes.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createAgent } from "../agent/agent.ts";
import { agentFolder, openIdentity } from "../agent/identity.ts";
import { createRelayLink } from "../agent/relayLink.ts";
import { openPinStore } from "../agent/rosterPin.ts";
import { createRunSlots } from "../agent/slots.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { listenOnLoopback } from "../door/loopback.ts";
import { startRelay } from "../relay/startRelay.ts";

/** Given as JSON in the only argument. */
export interface KilledPart {
  readonly part: "relay" | "agent";
  readonly home: string;
  readonly appDir: string;
  /** 0: any. The relay says which on its first line. */
  readonly port: number;
  readonly claimKey: string;
  readonly relayKey: string;
  readonly backendUrl: string;
  readonly prefill: boolean;
  /** So many at once, where a test wants other than an agent does by itself. */
  readonly runs?: number;
}

const what = JSON.parse(process.argv[2] ?? "{}") as KilledPart;
const bytes = (hex: string): Uint8Array => hexToBytes(hex) ?? new Uint8Array(0);
// Killed itself, the soak leaves nothing running.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.exit(0), 1_000);
await sodiumReady;
const keys = openIdentity(what.home, systemRandom);
if (what.part === "relay") {
  const relay = await startRelay({
    home: what.home,
    appDir: what.appDir,
    hostSignKey: keys.sign.publicKey,
    claimKey: bytes(what.claimKey),
    onClaimed: () => {},
    onBroken: () => process.exit(1),
  });
  const listener = await listenOnLoopback({ port: what.port, socketsMax: 1_024, onSocket: relay.accept });
  console.log(JSON.stringify({ port: listener.port, relayKey: Buffer.from(relay.relayKey).toString("hex") }));
} else {
  createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink: createRelayLink(`ws://127.0.0.1:${what.port}/link`),
    keys,
    relayKey: bytes(what.relayKey),
    claimKey: bytes(what.claimKey),
    pins: openPinStore(agentFolder(what.home)),
    backend: createOpenAiBackend({
      baseUrl: what.backendUrl,
      product: "Counting",
      models: ["counting"],
      prefill: what.prefill,
    }),
    ...(what.runs === undefined ? {} : { slots: createRunSlots(what.runs) }),
  });
  console.log("{}");
}
