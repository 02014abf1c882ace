/**
 * tools: what dispatch adds to a call, beside the act itself: rules, the entry before and the entry after in the ledger (each on the disk), the steps of the lane; and for what has effects, the relay's word that it has
 * taken the call down. A real agent, a real relay and a real vault, all in this one process, so the figures are from above.
 */
import "fake-indexeddb/auto";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault } from "#sync/vault.ts";
import { createAgent } from "../host/agent/agent.ts";
import { agentFolder } from "../host/agent/identity.ts";
import { openPinStore } from "../host/agent/rosterPin.ts";
import { ledgerFile } from "../host/agent/vaultAgents.ts";
import { unknownModel } from "../host/backends/backend.ts";
import { createOpenAiBackend } from "../host/backends/openAi.ts";
import { prepareFolder } from "../host/home.ts";
import { callTools } from "../host/testing/callTool.ts";
import { say, startScriptedBackend } from "../host/testing/scriptedBackend.ts";
import { startTestRelay } from "../host/testing/testRelay.ts";
import { createCalculateTool } from "../host/tools/builtIn/calculate.ts";
import { versionOf, type Tool } from "../host/tools/tool.ts";
import type { Question } from "./question.ts";

/** What issue 10 allows at the median. */
const goalMs = 5;
const sum = { expression: "19 * 84.5 + 3" };
const metrics = {
  look: "added to a call that reads here, median",
  act: "added to a call with effects, median",
} as const;

export const question: Question = {
  asks: "what dispatch adds to a tool call, in milliseconds",
  run: async (bench) => {
    await sodiumReady;
    const [rounds, calls] = bench.isQuick ? [1, 8] : [5, 60];
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 === 0 ? (["look", "act"] as const) : (["act", "look"] as const)) {
        const { added, bare, cpuMs } = await measure(name, calls);
        bench.note("Sovereign", metrics[name], median(added), "ms");
        bench.note("Sovereign", metrics[name].replace("median", "slowest"), Math.max(...added), "ms");
        bench.note(
          "Sovereign",
          `${metrics[name].replace("median", "")}CPU of host, relay and device together`,
          cpuMs,
          "ms",
        );
        bench.note("goal", metrics[name], goalMs, "ms");
        bench.note("the sum alone", "the act itself, median", median(bare), "ms");
      }
    }
    for (const metric of Object.values(metrics))
      bench.compare({ metric, ours: "Sovereign", theirs: "goal", atMost: 1 });
  },
};

/** From one call's beginning to the next one's, less the time of the tool itself. */
async function measure(
  name: keyof typeof metrics,
  calls: number,
): Promise<{ added: number[]; bare: number[]; cpuMs: number }> {
  const [begunMs, bare]: [number[], number[]] = [[], []];
  let cpuMs = 0;
  const calculate = createCalculateTool();
  await calculate.run(sum, context);
  const tool = (of: string, toolClass: Tool["class"]): Tool => {
    const definition = { name: of, description: "Computes.", parameters: calculate.parameters, class: toolClass };
    return {
      ...definition,
      version: versionOf(definition),
      isUntrusted: false,
      target: () => "",
      run: async (args, given) => {
        const began = performance.now();
        const result = await calculate.run(args, given);
        bare.push(performance.now() - began);
        return result;
      },
    };
  };
  const tools = [tool("look", "reads-here"), tool("act", "writes-here")];
  const relay = await startTestRelay();
  const server = await startScriptedBackend();
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  prepareFolder(agentFolder(relay.home));
  const agent = createAgent({
    ...{ clock: systemClock, random: systemRandom, openLink, keys: relay.hostKeys, relayKey: relay.relayKey },
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: createOpenAiBackend({
      baseUrl: server.url,
      product: "Scripted",
      models: [{ ...unknownModel("scripted-model"), tools: true, contextTokens: 16_000 }],
    }),
    tools: {
      sources: [
        {
          name: "measured",
          // Looked at first with each call: its beginning.
          tools: () => {
            begunMs.push(performance.now());
            return tools;
          },
          onChange: () => () => {},
          close: () => Promise.resolve(),
        },
      ],
      ledgerFile: ledgerFile(agentFolder(relay.home)),
    },
  });
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  const vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  try {
    await until(() => vault.status().host?.live === true, "the host is live", 20_000);
    const policy = await vault.openToolPolicy(null);
    policy.setClass("writes-here", "allow");
    policy.close();
    server.script(
      callTools(Array.from({ length: calls }, (_, id) => ({ name, arguments: sum, id: String(id) }))),
      say("Done."),
    );
    const before = process.cpuUsage();
    const doc = await vault.createChat();
    const { value: chat } = await vault.openChat(doc);
    const { run } = await vault.ask(doc, { text: "Compute", parent: null });
    await until(() => chat.answer(run).status === "done", "the answer", 60_000);
    const { user, system } = process.cpuUsage(before);
    cpuMs = (user + system) / 1_000 / calls;
  } finally {
    await vault.close();
    await agent.drain();
    await server.close();
    await relay.dispose();
  }
  // One look before all calls, for what is offered, and as many as calls; the last call's end is not seen.
  const starts = begunMs.slice(-calls);
  const added = starts.slice(1).map((next, index) => next - (starts[index] ?? 0) - (bare[index] ?? 0));
  return { added, bare, cpuMs };
}

const context = { signal: new AbortController().signal, progress: () => {}, elicit: () => Promise.resolve(null) };

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
