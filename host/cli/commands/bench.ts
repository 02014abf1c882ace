import { randomUUID } from "node:crypto";
import { systemClock } from "#sync/systemClock.ts";
import { BackendError } from "../../backends/backend.ts";
import { openBackends } from "../../backends/open.ts";
import type { Pool } from "../../backends/pool.ts";
import { parseConfig } from "../../config.ts";
import { askHost } from "../../control.ts";
import { openLedger } from "../../egress/ledger.ts";
import { takeCalls } from "../../egress/wayOut.ts";
import { benchPrompts, benchRoomTokens, benchTokens, measuredRowsMax } from "../../fit/limits.ts";
import { keepMeasured, type MeasuredModel, type Measurement } from "../../fit/measured.ts";
import { measureModel } from "../../fit/measureModel.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { toTable } from "../terminal.ts";

export const bench: Command = {
  name: "bench",
  usage: "[MODEL …] [--prompts 256,4096,16384] [--all]",
  summary: "measures how quickly the models on this machine answer, in place of estimates",
  help: [
    `Asks each model (the one that answers when you name none; --all: every one) for about ${benchTokens} tokens after prompts of --prompts tokens,`,
    "and writes down how long the first token takes and how many come a second. `sovereign models` and the app's list show it from then on.",
    "The first question loads the model and is not counted. Answers to your devices meanwhile make all of it slower. Ctrl-C stops it.",
  ].join("\n"),
  options: { prompts: { type: "string" }, all: { type: "boolean" } },
  wordsMax: 32,
  run: async (call) => {
    const { terminal, home } = call;
    const prompts = readPrompts(call);
    const config = parseConfig(process.env);
    const status = await askHost(home, "status");
    const pool = await openBackends({
      clock: systemClock,
      home,
      configured: config.backend,
      // The host's own gateway is no backend.
      ownPorts: [status?.port ?? config.port],
      role: "gateway",
    });
    const stopped = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
    try {
      for (const model of chosen(call, pool)) {
        const measured = await measure(call, pool, model, prompts, stopped.signal);
        if (stopped.signal.aborted) return EXIT.interrupted;
        if (measured.rows.length === 0)
          throw new CliError(EXIT.noAnswer, `${model} gave no answer that could be measured.`);
        keepMeasured(home, measured);
        if (terminal.isJson) terminal.json(measured);
        else terminal.line(describe(measured));
      }
      return EXIT.ok;
    } catch (error) {
      if (stopped.signal.aborted) return EXIT.interrupted;
      if (error instanceof BackendError) throw new CliError(EXIT.noAnswer, error.ownerSentence, { cause: error });
      throw error;
    } finally {
      terminal.progress(null);
      await pool.close();
      const ledger = openLedger(home);
      ledger.add("command", takeCalls());
      ledger.close();
    }
  },
};

async function measure(
  { terminal }: Call,
  { backend }: Pool,
  model: string,
  prompts: readonly number[],
  signal: AbortSignal,
): Promise<MeasuredModel> {
  const rows: Measurement[] = [];
  const ask = (promptTokens: number) =>
    measureModel({ backend, model, promptTokens, mark: randomUUID(), nowMs: () => performance.now(), signal });
  const most = backend.contextTokens(model) ?? Infinity;
  terminal.progress(`${model}: loading it`);
  await ask(prompts[0] ?? 0);
  for (const promptTokens of prompts) {
    if (promptTokens + benchTokens + benchRoomTokens > most) {
      terminal.note(`${model} is served with ${most} tokens of context: a prompt of ${promptTokens} was left out.`);
      continue;
    }
    terminal.progress(`${model}: a prompt of ${promptTokens} tokens`);
    const row = await ask(promptTokens);
    if (row !== null) rows.push(row);
  }
  terminal.progress(null);
  return { model, where: backend.whereIs?.(model) ?? backend.where, at: Date.now(), rows };
}

function chosen({ words, options }: Call, { backend }: Pool): readonly string[] {
  const { kind, models, defaultModel } = backend;
  if (kind === "guide" || models.length === 0)
    throw new CliError(
      EXIT.noAnswer,
      "No model server answers here, so there is nothing to measure. See: sovereign models",
    );
  const unknown = words.find((word) => !models.includes(word));
  if (unknown !== undefined)
    throw new CliError(EXIT.usage, `There is no model "${unknown}" here. There is: ${models.join(", ")}`);
  if (options["all"] === true) return models;
  return words.length > 0 ? words : [defaultModel];
}

function readPrompts(call: Call): readonly number[] {
  const text = textOption(call, "prompts");
  if (text === null) return benchPrompts;
  const prompts = text.split(",").map((each) => Number(each.trim()));
  if (
    prompts.length <= measuredRowsMax &&
    prompts.every((each) => Number.isSafeInteger(each) && each > 0 && each <= 1e7)
  )
    return prompts.sort((a, b) => a - b);
  throw new CliError(
    EXIT.usage,
    `--prompts takes up to ${measuredRowsMax} lengths with commas between them: 256,4096.`,
  );
}

function describe({ model, where, rows }: MeasuredModel): string {
  const table = toTable(
    rows.map(({ promptTokens, firstTokenMs, tokensPerSecond }) => [
      `  after ${promptTokens} tokens`,
      `first token ${(firstTokenMs / 1_000).toFixed(2)} s`,
      `${tokensPerSecond} tokens a second`,
    ]),
  );
  return `${model} (${where})\n${table}`;
}
