/** What a backend is asked for one run: which model, what it is shown, which tools it has. All of it is settled before its first word. */
import { artifactOfAnswer } from "#sync/docs/artifactOfAnswer.ts";
import { parseRedactionTerms } from "#sync/docs/redactionRules.ts";
import type { DroppedStep, RedactedStep, SourcesStep } from "#sync/docs/run.ts";
import { readTerms } from "#sync/docs/terms.ts";
import type { Question, Redacted } from "../backends/backend.ts";
import { createArtifactPrompt } from "./artifactPrompt.ts";
import { createArtifactTools } from "./artifactTools.ts";
import { readFiles } from "./files.ts";
import type { Asked } from "./findQuestion.ts";
import type { LaneWriter } from "./laneWriter.ts";
import { byWords, orderSources } from "./orderSources.ts";
import { prefillOf } from "./overlap.ts";
import { assemblePrompt } from "./prompt.ts";
import type { RunOptions } from "./runOptions.ts";
import { createRunTools, earlierCalls, type RunTools } from "./runTools.ts";
import { tokensOf } from "./tokens.ts";

/** Which model answers, and whether it begins anew. */
export interface Way {
  readonly model: string;
  /** It is the one that was asked for. */
  readonly isKnown: boolean;
  /** What an interrupted run left, where the model goes on from it; `null`: it begins. */
  readonly goesOnFrom: Asked["before"];
  /** What of that it is given as its own half sentence; `null`: nothing. */
  readonly prefill: string | null;
}

export function chooseWay({ offer, backend }: Pick<RunOptions, "offer" | "backend">, { chat, before }: Asked): Way {
  const wanted = offer.request.model;
  const isKnown = backend.models.includes(wanted);
  const model = isKnown ? wanted : backend.defaultModel;
  // What tools gave stands between what was said and what comes next, so there is no half sentence to go on from.
  const hasCalled = before !== null && earlierCalls(chat, offer.grant.run).length > 0;
  const given = before === null || hasCalled ? "" : prefillOf(before.text);
  // After nothing at all, every backend can go on.
  const canContinue = before !== null && (given === "" || backend.prefill(model));
  return {
    model,
    isKnown,
    goesOnFrom: canContinue ? before : null,
    prefill: canContinue && given !== "" ? given : null,
  };
}

export type Prepared =
  | {
      readonly kind: "ready";
      readonly asked: Question & Required<Pick<Question, "owner" | "isLocalOnly" | "redaction">>;
      /** `null`: this model is told of none. */
      readonly tools: RunTools | null;
    }
  | { readonly kind: "failed"; readonly code: string; readonly says: string };

/** Writes down what the model is not shown, too. */
export async function prepareQuestion(
  options: RunOptions,
  writer: LaneWriter,
  { chat, question }: Asked,
  { model, isKnown, prefill }: Way,
  ending: AbortSignal,
): Promise<Prepared> {
  const { offer, backend, clock } = options;
  const { run, doc } = offer.grant;
  const terms = readTerms(chat.doc);
  const canSee = backend.kind === "model" && backend.describe(model)?.vision !== false;
  const path = chat.path(question);
  // Another program asked (host/otherAgents): nobody sits there, and what its owner wants remembered was not opened to it.
  const isByOther = typeof path.at(-1)?.by === "string";
  const read = await readFiles({ path, connection: options.connection, clock, signal: ending, canSee });
  if (read.kind === "failed") return read;
  const contextTokens = backend.kind === "guide" ? Infinity : backend.contextTokens(model);
  // A server that is to go on from half an answer takes no tools with it.
  const host = prefill !== null || backend.kind === "guide" ? undefined : options.tools;
  const hasTools = host !== undefined && backend.describe(model)?.tools === true;
  const askedTokens = tokensOf((chat.message(question)?.text ?? "") + (read.files.get(question)?.text ?? ""));
  const artifacts =
    backend.kind === "guide" ? null : createArtifactPrompt({ doc, chat, run, contextTokens, askedTokens, hasTools });
  // A model without tools is told of them where the owner said something about tools, and left alone otherwise.
  const tools =
    host === undefined || (!hasTools && terms.tools === "")
      ? null
      : createRunTools({
          ...{ host, chat, doc, run, hostId: options.host.id, writer, clock, random: options.random, path },
          artifacts:
            artifacts === null || !hasTools
              ? null
              : createArtifactTools(artifacts.artifacts, (index) =>
                  artifactOfAnswer(doc, chat.links(run)[0] ?? run, index),
                ),
          showsArtifacts: artifacts !== null && artifacts.beside !== "",
          isUnattended: offer.isWaiting || isByOther || chat.request(run)?.isAutomatic === true,
          by: hasTools ? "calls" : "tags",
          model,
        });
  const sources = path.at(-1)?.sources ?? [];
  const inOrder = (order: readonly number[]) =>
    assemblePrompt({
      chat,
      question,
      artifacts,
      tools: tools?.says ?? "",
      instructions: terms.instructions,
      files: read.files,
      contextTokens,
      continues: prefill,
      isSourcesOnly: terms.isSourcesOnly,
      memory: isByOther ? "" : terms.memory,
      proposesMemory: terms.proposesMemory && !isByOther && tools?.remembers !== true,
      order,
    });
  const redaction = parseRedactionTerms(terms.redaction);
  const asks = { owner: offer.author, isLocalOnly: terms.isLocalOnly, redaction };
  let ordered = byWords(sources);
  let prompt = inOrder(ordered.order);
  if (prompt.kind === "prompt" && prompt.sources.length < sources.length) {
    const words = chat.message(question)?.text ?? "";
    ordered = await orderSources(words, sources, backend.embed, { ...asks, signal: ending });
    prompt = inOrder(ordered.order);
  }
  if (prompt.kind === "too-long") return { kind: "failed", code: "question-too-long", says: prompt.says };
  if (artifacts !== null) writer.step(artifacts.step);
  if (prompt.dropped > 0) writer.step({ kind: "dropped", messages: prompt.dropped } satisfies DroppedStep);
  if (sources.length > 0) writer.step({ kind: "sources", shown: prompt.sources, by: ordered.by } satisfies SourcesStep);
  let isNoted = false;
  return {
    kind: "ready",
    asked: {
      ...asks,
      // The host's default may be elsewhere: then the first that may answer is meant.
      model: model === "" || (terms.isLocalOnly && !isKnown) ? null : model,
      turns: prompt.turns,
      effort: chat.request(run)?.effort ?? null,
      // Once, whatever is asked again.
      onRedacted: ({ mode, counts }: Redacted) => {
        if (!isNoted)
          writer.step({ kind: "redacted", mode, counts: Object.fromEntries(counts) } satisfies RedactedStep);
        isNoted = true;
      },
    },
    tools,
  };
}
