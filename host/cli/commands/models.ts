import { askHost } from "../../control.ts";
import { thisMachine } from "../../doctor/machine.ts";
import { parseMemory, type Memory, type Wanted } from "../../fit/fit.ts";
import { findHardware } from "../../fit/hardware.ts";
import { UNIFIED_MEMORY } from "../../fit/knownModels.ts";
import type { Measurement } from "../../fit/measured.ts";
import { listModels, type ListedModel } from "../../fit/listModels.ts";
import { bestModel, recipesFor } from "../../fit/recipes.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { toTable } from "../terminal.ts";

const contextByDefault = 8_192;

export const models: Command = {
  name: "models",
  usage: "[list] [--vram 32GB] [--context N] [--concurrency N] | pull NAME [--sha256 HEX] [--without-engine]",
  summary: "lists models, and which of them fit this machine; fetches one to run in the host itself",
  help: [
    "Lists what the host on this machine (or else, as a device, the host of your vault) answers with, the one marked * when you name",
    "none; the model files in its home; and models that people ask about. Each with whether it fits: weights, the cache for",
    `--context tokens (${contextByDefault}) of --concurrency answers at once (1), and the program's own. --vram asks about another card: 32GB, 2x24.`,
    "What it would take for those that do not fit, and lines to paste for one that does, are at the end.",
    "pull fetches a GGUF file into the home and, unless --without-engine is given, the engine that runs it: owner/repo:Q4_K_M of",
    "Hugging Face, or an address with its --sha256. Ctrl-C keeps what came; the same command goes on from there.",
  ].join("\n"),
  options: {
    sha256: { type: "string" },
    "without-engine": { type: "boolean" },
    vram: { type: "string" },
    context: { type: "string" },
    concurrency: { type: "string" },
  },
  wordsMax: 2,
  run: async (call) => {
    const { terminal, home, words } = call;
    const [verb, name] = words;
    if (verb === "pull" && name !== undefined) return (await import("../pullModel.ts")).runPull(call, name);
    if (name !== undefined || (verb !== undefined && verb !== "list"))
      throw new CliError(EXIT.usage, `Try: sovereign models ${models.usage}`);
    const wanted = readWanted(call);
    const hardware = await findHardware(thisMachine);
    const vram = textOption(call, "vram");
    const memory = vram === null ? hardware.memory : readVram(vram);
    const info = vram === null ? await askWhoAnswers(call) : null;
    const listed = listModels({ home, hostModels: info?.models ?? [], memory, wanted });
    const best = bestModel(memory, wanted);
    const recipes = best === null ? [] : recipesFor(best, memory, wanted);
    if (terminal.isJson) {
      const { kind = null, label = null, defaultModel = null, remark = "" } = info ?? {};
      const machine = { says: hardware.says, cards: hardware.cards };
      terminal.json({
        kind,
        label,
        defaultModel,
        remark,
        machine,
        memory,
        ...wanted,
        models: listed,
        unifiedMemory: UNIFIED_MEMORY,
        best: best?.name ?? null,
        recipes,
      });
      return EXIT.ok;
    }
    if (info === null && vram === null)
      terminal.note("No host was asked: none runs on this machine. Start it with: sovereign up");
    terminal.prose(vram === null ? `This machine: ${hardware.says}.` : `Asked about ${vram} instead of this machine.`);
    terminal.line(`\n${table(listed, info?.defaultModel ?? null)}\n`);
    for (const { name: each, why } of listed.filter(({ fits, source }) => fits === false && source !== "known"))
      terminal.prose(`${each}: ${why}`);
    const largest = listed.findLast(({ fits }) => fits === false);
    if (largest?.source === "known") terminal.prose(`${largest.name}: ${largest.why}`);
    terminal.prose(
      `\nMemory that system and model share takes, at 4 bits: ${UNIFIED_MEMORY.map(({ gb, parameters }) => `${gb} GB ${parameters}`).join(", ")}.`,
    );
    if (best !== null) {
      terminal.line(`\nFor ${best.name}, one of:`);
      for (const { server, lines } of recipes)
        terminal.line(`  ${server}\n${lines.map((line) => `    ${line}`).join("\n")}`);
    }
    if (info !== null && (info.remark ?? "") !== "") terminal.note(info.remark ?? "");
    if (info?.kind === "guide")
      terminal.note("No model server was found: the built-in guide answers, which is not a model.");
    return EXIT.ok;
  },
};

function table(listed: readonly ListedModel[], defaultModel: string | null): string {
  const gb = (bytes: number | null): string => (bytes === null ? "?" : `${(bytes / 1e9).toFixed(1)} GB`);
  return toTable(
    listed.map(({ name, source, bytes, neededBytes, fits, measured }) => [
      `${source === "host" && name === defaultModel ? "*" : " "} ${name}`,
      fits === null ? "not known" : fits ? "fits" : "does not fit",
      bytes === null ? "" : `${gb(bytes)} of weights, ${gb(neededBytes)} in all`,
      { host: "answers here", file: "in the home", known: "" }[source],
      measured[0] === undefined ? "" : speedOf(measured[0]),
    ]),
  );
}

const speedOf = ({ tokensPerSecond, firstTokenMs }: Measurement): string =>
  `measured: ${tokensPerSecond} tokens a second, the first after ${(firstTokenMs / 1_000).toFixed(1)} s`;

function readWanted(call: Call): Wanted {
  return {
    contextTokens: readNumber(call, "context", contextByDefault, 10_000_000),
    concurrency: readNumber(call, "concurrency", 1, 1_000),
  };
}

function readNumber(call: Call, name: string, usual: number, max: number): number {
  const text = textOption(call, name);
  const number = text === null ? usual : Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= max) return number;
  throw new CliError(EXIT.usage, `--${name} takes a number from 1 to ${max}.`);
}

function readVram(text: string): Memory {
  const bytes = parseMemory(text);
  if (bytes === null) throw new CliError(EXIT.usage, "--vram takes what a card has, or several: 32GB, 2x24.");
  return { kind: "gpu", bytes, ramBytes: null };
}

/** The host here, or as a device the vault's; `null`: neither. */
async function askWhoAnswers({ home, terminal }: Call) {
  const here = await askHost(home, "status");
  if (here !== null) return here.backend;
  const { cliFolder, openDevice, requireLive } = await import("../device.ts");
  const { hasIdentity } = await import("../fileIdentity.ts");
  if (!hasIdentity(cliFolder(home))) return null;
  const device = await openDevice(home, terminal);
  try {
    requireLive(device);
    return device.vault.status().host?.info ?? null;
  } finally {
    await device.close();
  }
}
