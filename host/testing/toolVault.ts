/** A vault whose host has tools: a real relay, a real agent, a model server that does as it is told, one open chat. */
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { readCalls, type CallView } from "#sync/docs/toolSteps.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { createAgent, type Agent } from "../agent/agent.ts";
import { agentFolder } from "../agent/identity.ts";
import { openPinStore } from "../agent/rosterPin.ts";
import { ledgerFile } from "../agent/vaultAgents.ts";
import { unknownModel } from "../backends/backend.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import { createBuiltInTools } from "../tools/builtIn/source.ts";
import type { Tool } from "../tools/tool.ts";
import { startScriptedBackend, type ScriptedBackend } from "./scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "./testRelay.ts";

export interface ToolVault {
  readonly relay: TestRelay;
  readonly server: ScriptedBackend;
  /** The first one. */
  readonly agent: Agent;
  readonly vault: Vault;
  readonly doc: DocId;
  readonly chat: Chat;
  readonly openLink: OpenLink;
  /** In the place of the one before, which whoever asks has drained. `hasTools`: its model knows of calls. */
  startAgent(options?: { readonly link?: OpenLink; readonly hasTools?: boolean }): Agent;
  ask(text: string): Promise<RunId>;
  calls(run: RunId): readonly CallView[];
  done(run: RunId): Promise<void>;
  close(): Promise<void>;
}

export async function openToolVault({
  tools,
  now,
  lookUp,
  contextTokens = 16_000,
}: {
  /** Beside what is built in. */
  readonly tools: readonly Tool[];
  /** What the time tool says. */
  readonly now: number;
  readonly lookUp?: VaultPorts["lookUp"];
  readonly contextTokens?: number;
}): Promise<ToolVault> {
  const relay = await startTestRelay();
  const server = await startScriptedBackend();
  const home = agentFolder(relay.home);
  prepareFolder(home);
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  const extra = { name: "extra", tools: () => tools, onChange: () => () => {}, close: () => Promise.resolve() };
  let agent: Agent;
  const startAgent: ToolVault["startAgent"] = ({ link = openLink, hasTools = true } = {}) =>
    (agent = createAgent({
      ...{ clock: systemClock, random: systemRandom, openLink: link, keys: relay.hostKeys, relayKey: relay.relayKey },
      claimKey: claimKeyOf(relay.claimSeed),
      pins: openPinStore(home),
      backend: createOpenAiBackend({
        baseUrl: server.url,
        product: "Scripted",
        models: [{ ...unknownModel("scripted-model"), tools: hasTools, contextTokens }],
      }),
      tools: { sources: [createBuiltInTools(() => now), extra], ledgerFile: ledgerFile(home) },
    }));
  const first = startAgent();
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const ports = {
    ...{ clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() },
    ...(lookUp === undefined ? {} : { lookUp }),
  };
  const vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  await until(() => vault.status().host?.live === true, "the host is live");
  const doc = await vault.createChat();
  const chat = (await vault.openChat(doc)).value;
  return {
    ...{ relay, server, agent: first, vault, doc, chat, openLink, startAgent },
    ask: async (text) => (await vault.ask(doc, { text, parent: chat.thread().at(-1)?.id ?? null })).run,
    calls: (run) => chat.answer(run).calls.flatMap(readCalls),
    done: (run) => until(() => chat.answer(run).status === "done", "the answer", 15_000),
    close: async () => {
      await vault.close();
      await agent.drain();
      await server.close();
      await relay.dispose();
    },
  };
}
