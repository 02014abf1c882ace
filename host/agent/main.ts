/** The agent's process: it says who it is, waits to be told where the relay is, answers until it is drained or its supervisor is gone. */
import "../steadyCompiler.ts";
import "../egress/closed.ts";
import { hostFingerprint } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { isActiveMember, type Roster } from "#crypto/roster.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { ConnectionState } from "#sync/connection.ts";
import { systemClock } from "#sync/systemClock.ts";
import { openBackends } from "../backends/open.ts";
import type { Pool } from "../backends/pool.ts";
import { createLentSlots } from "../backends/slots.ts";
import { parseConfig } from "../config.ts";
import { thisMachine } from "../doctor/machine.ts";
import { tellCalls } from "../egress/tellCalls.ts";
import { toOwnerSentence } from "../errors.ts";
import { followMeasured } from "../fit/measured.ts";
import { createLargeModels } from "../fit/onThisMachine.ts";
import { fromAgent, openParentChannel, toAgent, type ToAgent } from "../ipc.ts";
import { openRecordSpool } from "../recordSpool.ts";
import { createToolServers, type ToolServers } from "../mcp/toolServers.ts";
import { createPluginRules } from "../plugins/rules.ts";
import { readRedaction } from "../backends/redactionSettings.ts";
import { createBuiltInTools } from "../tools/builtIn/source.ts";
import { createFolderTools } from "../tools/folders/folderTools.ts";
import { createPageTools } from "../tools/page/fetchPage.ts";
import type { Pulse } from "../watch/pulse.ts";
import { agentFolder, openIdentity } from "./identity.ts";
import { createRelayLink } from "./relayLink.ts";
import type { RunEnded } from "./runOptions.ts";
import { createVaultAgents, type VaultAgents } from "./vaultAgents.ts";

let agents: VaultAgents | null = null;
let invitedKeys: readonly Uint8Array[] = [];
let pool: Pool | null = null;
let toolServers: ToolServers | null = null;
const parent = openParentChannel(toAgent, fromAgent, readPulse);
const { home } = parseConfig(process.env);
const slots = createLentSlots({
  want: (backend, max) => parent.send({ type: "slotWanted", backend, max }),
  giveBack: (backend) => parent.send({ type: "slotBack", backend }),
});

const telling = tellCalls((calls) => parent.send({ type: "called", calls }));

function fail(error: unknown): void {
  parent.send({ type: "failed", says: toOwnerSentence(error) });
}

async function begin(): Promise<void> {
  await sodiumReady;
  const keys = openIdentity(home, systemRandom);
  const { publicKey: signKey } = keys.sign;
  const { publicKey: boxKey } = keys.box;
  parent.onMessage((message) => {
    if (message.type === "start") start(message, keys).catch(fail);
    if (message.type === "invitations") {
      invitedKeys = message.keys;
      agents?.serve(invitedKeys);
    }
  });
  parent.send({ type: "identity", signKey, boxKey });
}

async function start(
  message: Extract<ToAgent, { type: "start" }>,
  keys: ReturnType<typeof openIdentity>,
): Promise<void> {
  const { relayUrl, relayKey, claimKey, backend: configured, ownPorts } = message;
  // Makers' tools take a second to say what cards there are; backends are looked for meanwhile.
  const judging = createLargeModels(home, configured, thisMachine);
  pool = await openBackends({
    clock: systemClock,
    home,
    configured,
    ownPorts,
    role: "agent",
    slots,
    notify: (says) => parent.send({ type: "notice", says }),
    onChange: (changed) => {
      agents?.setBackend(changed.backend);
      tell(changed);
    },
  });
  const largeModels = await judging;
  const own = {
    tooLarge: (models: readonly string[]) => largeModels(models).map(({ name }) => name),
    measured: followMeasured(home),
    clock: systemClock,
    random: systemRandom,
    openLink: createRelayLink(relayUrl),
    keys,
    relayKey,
    claimKey,
    backend: pool.backend,
    spool: openRecordSpool(home),
    redaction: () => readRedaction(home),
    onRoster: tellRecipients,
    onRunEnded: logRun,
    onState: createStandingNotice(relayUrl),
  };
  toolServers = createToolServers({
    home,
    plugins: createPluginRules(home),
    clock: systemClock,
    notify: (says) => parent.send({ type: "notice", says }),
  });
  agents = createVaultAgents(
    own,
    agentFolder(home),
    [createBuiltInTools(() => systemClock.now()), createPageTools()],
    [createFolderTools(home, (says) => parent.send({ type: "notice", says })), toolServers],
    toolServers.prompts,
  );
  agents.serve(invitedKeys);
  tell(pool);
  parent.send({ type: "ready", fingerprint: hostFingerprint(keys.sign.publicKey, keys.box.publicKey, relayKey) });
}

/** A relay on another machine may be the wrong one, or not know this agent: its owner has to hear of that, once. */
function createStandingNotice(relayUrl: string): (state: ConnectionState) => void {
  let told = "";
  return (state) => {
    if (state.phase !== "refused" && state.phase !== "live") return;
    const isStranger = state.phase === "live" && state.standing !== "host";
    const says =
      state.phase === "refused"
        ? state.code === "duplicate"
          ? state.says
          : `The relay at ${relayUrl} will not have this agent (${state.code}). Check SOVEREIGN_RELAY here and SOVEREIGN_AGENT there.`
        : isStranger
          ? `The relay at ${relayUrl} does not know this agent. Start it there with the SOVEREIGN_AGENT=… that is printed here.`
          : "";
    if (says !== told && says !== "") parent.send({ type: "notice", says });
    told = says;
  };
}

function logRun({ end, queueMs, totalMs, ...run }: RunEnded): void {
  const { firstTokenMs = null, promptTokens = null, completionTokens = null } = run;
  const event = { type: "run-ended", end, queueMs, totalMs, firstTokenMs, promptTokens, completionTokens } as const;
  parent.send({ type: "logged", event });
}

function tell({ backend, members }: Pool): void {
  const { kind, label, models, defaultModel, remark = "" } = backend;
  parent.send({ type: "backend", kind, label, models, defaultModel, remark });
  const backends = members.map(({ where, isUp, isMissed, says }) => ({ name: where, isUp, isMissed, says }));
  parent.send({ type: "backends", backends });
}

/** What waits for a turn among devices, and what waits for a place at a backend. */
function readPulse(): Pulse {
  const [asked, placed] = [agents?.queue, pool?.queue];
  return {
    progress: agents?.progress ?? 0,
    waiting: (asked?.waiting ?? 0) + (placed?.waiting ?? 0),
    oldestMs: Math.max(asked?.oldestMs ?? 0, placed?.oldestMs ?? 0),
  };
}

/** Who may read what the gateway records: the devices, as the roster that this host pins has them. */
function tellRecipients(roster: Roster): void {
  const devices = [...roster.members.values()]
    .filter(({ id, role }) => role === "device" && isActiveMember(roster, id))
    .map(({ id, boxKey }) => ({ id, boxKey }));
  parent.send({ type: "recipients", devices });
}

async function end(): Promise<void> {
  await agents?.drain();
  await toolServers?.close();
  await pool?.close();
  telling.close();
  process.exit(0);
}

parent.onMessage((message) => {
  if (message.type === "drain") void end();
  if (message.type === "recorded") agents?.sendRecords();
  if (message.type === "services") {
    const { share, ...health } = message;
    agents?.setHealth(share === null ? health : { ...health, share });
  }
  if (message.type === "slotLent") slots.lent(message.backend);
  if (message.type === "slotRecalled") slots.recalled(message.backend);
});
// Nobody else would ever stop this process.
parent.onOrphaned(() => void end());
// Ctrl-C reaches the whole group: the supervisor says when to end, so that the relay is still there for the last words.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.on("SIGTERM", () => void end());
begin().catch(fail);
