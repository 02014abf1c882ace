/**
 * One run, from a grant to its FINAL: read the chat, take the run, pass the question to the backend, write what comes, say how it ended.
 * At most one lane ever answers a run: the log is looked at first, and the relay refuses a second ACCEPT.
 */
import type { DeviceKeys } from "#crypto/device.ts";
import type { BootId, RunId } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import type { Connection } from "#sync/connection.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { parseRedactionTerms } from "#sync/docs/redactionRules.ts";
import type { DroppedStep, RedactedStep, RunEnd, SourcesStep } from "#sync/docs/run.ts";
import { readTerms } from "#sync/docs/terms.ts";
import { runBytesMax, runNameCharsMax } from "#sync/limits.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { AnswerPart, Backend, BackendError, Question, Redacted, ServedBy } from "../backends/backend.ts";
import { artifactOfAnswer } from "#sync/docs/artifactOfAnswer.ts";
import { createArtifactPrompt } from "./artifactPrompt.ts";
import { createArtifactTools } from "./artifactTools.ts";
import type { ChatReader } from "./chatReader.ts";
import { createLaneSender, type LaneSender } from "./laneSender.ts";
import { createLaneWriter, type LaneWriter, type LentKey } from "./laneWriter.ts";
import { createLiveSender } from "./liveSender.ts";
import { requestWaitMs, settleMs, titleExcerptChars } from "./limits.ts";
import type { AcceptedOffer } from "./offers.ts";
import { createRunTools, earlierCalls, type HostTools } from "./runTools.ts";
import { describeEnd, toFailure, type RunEnding, type Written } from "./ending.ts";
import { readFiles } from "./files.ts";
import { byWords, orderSources } from "./orderSources.ts";
import { prefillOf } from "./overlap.ts";
import { withFirstRetry, withoutRepeats } from "./parts.ts";
import { assemblePrompt } from "./prompt.ts";
import { proposeTitle } from "./title.ts";
import { tokensOf } from "./tokens.ts";

export interface RunOptions {
  readonly offer: AcceptedOffer;
  readonly offeredMs: number;
  readonly reader: ChatReader;
  readonly backend: Backend;
  readonly connection: Connection;
  /** By the newest grant of this run. */
  readonly lent: () => LentKey;
  readonly host: DeviceKeys;
  readonly boot: BootId;
  readonly clock: Clock;
  readonly random: Random;
  /** Its reason is a `RunEnding`. */
  readonly signal: AbortSignal;
  /** Left out, this host has none. */
  readonly tools?: HostTools;
  readonly onSender: (sender: LaneSender) => void;
  readonly onPush: () => void;
  /** How it went, in numbers. */
  readonly onEnded?: (ended: RunEnded) => void;
}

export type RunEnded = Pick<Written["meta"], "firstTokenMs" | "promptTokens" | "completionTokens"> & {
  readonly end: RunEnd;
  readonly queueMs: number;
  readonly totalMs: number;
};

/** How a run came out, for the agent's own count; a chat's content is never part of it. */
export type RunOutcome = "answered" | "taken by another" | "not asked" | "cancelled";

export async function answerRun(options: RunOptions): Promise<RunOutcome> {
  const { offer, reader, clock, signal } = options;
  const { run } = offer.grant;
  const asked = await findQuestion(options);
  if (asked === null) return signal.aborted ? "cancelled" : "not asked";
  if (reader.acceptedRuns.has(run)) return "taken by another";
  // Nothing may wait between this look at the log and the ACCEPT.
  const lane = createLane({
    run,
    doc: offer.grant.doc,
    host: options.host,
    boot: options.boot,
    random: options.random,
  });
  const sender = createLaneSender({ clock, append: options.connection.append, onPush: options.onPush });
  options.onSender(sender);
  const live = createLiveSender({ lane: lane.id, lent: options.lent, send: options.connection.sendLive });
  const writer = createLaneWriter({
    run,
    doc: offer.grant.doc,
    lane,
    bytesMax: Math.min(offer.grant.maxBytes, offer.request.maxBytes, runBytesMax),
    lent: options.lent,
    clock,
    random: options.random,
    push: sender.push,
    onWords: live.words,
  });
  try {
    if (!(await writer.accept())) return "taken by another";
    /**
     * Read up to there, too: after a link that broke, a device may have let another host go on meanwhile, and a relay takes down what this one still had to say. Whoever of the
     * two comes first in the log, the other one knows.
     */
    const stored = async (): Promise<boolean> => {
      const isStored = await writer.stored();
      const { storedSeq } = sender;
      if (!isStored || storedSeq === null) return false;
      return reader.readUntil(storedSeq).then(
        () => true,
        () => false,
      );
    };
    const isReady = await writeAnswer({ ...options, onReading: live.reading }, { ...writer, stored }, asked);
    await settle(sender, clock);
    // Behind the answer itself: who is told of it finds it.
    if (isReady) options.connection.tellAnswered(offer.grant.doc);
    return "answered";
  } finally {
    sender.close();
    lane.signingKey.secretKey.fill(0);
  }
}

interface Asked {
  readonly chat: Chat;
  /** The question's message. */
  readonly question: string;
  /** What an interrupted run left of this answer, and how much of it is that run's own; `null`: the answer begins here. */
  readonly before: { readonly text: string; readonly lastChars: number } | null;
}

/** The branch to answer; `null` when there is nothing (any more) to answer. */
async function findQuestion({ offer, reader, clock, signal }: RunOptions): Promise<Asked | null> {
  const { run, parent } = offer.request;
  const { chat } = reader;
  reader.lend(offer.grant.epoch, offer.grant.docKey);
  await untilAborted(signal, reader.readUntil(offer.seq));
  await untilAborted(signal, waitForRequest(chat, run, clock));
  const request = chat.request(run);
  if (signal.aborted || request === null || request.question !== parent) return null;
  // Taken back before we came to it, or passed over for another continuation: there is nothing to accept.
  if (request.stopAt !== null || chat.run(run).status === "withdrawn") return null;
  if (chat.message(parent)?.role !== "user") return null;
  const asked = { chat, question: parent };
  const { continues } = request;
  if (continues === null || chat.request(continues) === null) return { ...asked, before: null };
  const lastChars = chat.run(continues).text.length;
  return { ...asked, before: { text: chat.answer(run).text, lastChars } };
}

/** It stands in the log before its grant, except when an envelope of its device has to be asked for again. */
function waitForRequest(chat: Chat, run: RunId, clock: Clock): Promise<void> {
  if (chat.request(run) !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      leave();
      resolve();
    };
    const cancel = clock.after(requestWaitMs, finish);
    const leave = chat.observe(() => {
      if (chat.request(run) !== null) finish();
    });
  });
}

/** `true`: there is an answer to come back to, whole or as far as it goes without its owner. */
async function writeAnswer(
  options: RunOptions & { readonly onReading: (percent: number) => void },
  writer: LaneWriter,
  { chat, question, before }: Asked,
): Promise<boolean> {
  const { offer, backend, clock, signal, reader } = options;
  const { run } = offer.grant;
  const acceptedMs = clock.now();
  const wanted = offer.request.model;
  const terms = readTerms(chat.doc);
  const isKnown = backend.models.includes(wanted);
  const model = isKnown ? wanted : backend.defaultModel;
  // What tools gave stands between what was said and what comes next, so there is no half sentence to go on from.
  const hasCalled = before !== null && earlierCalls(chat, run).length > 0;
  const given = before === null || hasCalled ? "" : prefillOf(before.text);
  // After nothing at all, every backend can go on.
  const canContinue = before !== null && (given === "" || backend.prefill(model));
  const isPrefilled = canContinue && given !== "";
  writer.note({
    acceptedAt: acceptedMs,
    queueMs: Math.max(0, acceptedMs - options.offeredMs),
    ...(canContinue ? { continuedAt: before.lastChars } : {}),
  });
  const noteServedBy = once((by: ServedBy) =>
    writer.note({
      label: by.label.slice(0, runNameCharsMax),
      where: by.where.slice(0, runNameCharsMax),
      ...(by.model === "" ? {} : { model: by.model.slice(0, runNameCharsMax) }),
    }),
  );
  const expected: ServedBy = { label: backend.label, where: backend.where, model };
  const stopped = new AbortController();
  const obeyStop = (): void => {
    const request = reader.chat.request(run);
    if (typeof request?.stopAt === "number") stopped.abort("stop" satisfies RunEnding);
    // Devices have given this lane up, and another goes on from what they had of it.
    else if (request !== null && request.continuedBy !== null) stopped.abort("continued" satisfies RunEnding);
  };
  const leave = reader.chat.observe(obeyStop);
  obeyStop();
  const ending = AbortSignal.any([signal, stopped.signal]);
  const canSee = backend.kind === "model" && backend.describe(model)?.vision !== false;
  const path = chat.path(question);
  // Another program asked (host/otherAgents): nobody sits there, and what its owner wants remembered was not opened to it.
  const isByOther = typeof path.at(-1)?.by === "string";
  const read = await readFiles({ path, connection: options.connection, clock, signal: ending, canSee });
  if (read.kind === "failed") {
    leave();
    noteServedBy(expected);
    writer.end("failed", { totalMs: clock.now() - acceptedMs, error: { code: read.code, says: read.says } });
    return false;
  }
  const contextTokens = backend.kind === "guide" ? Infinity : backend.contextTokens(model);
  const { doc } = offer.grant;
  // A server that is to go on from half an answer takes no tools with it.
  const host = isPrefilled || backend.kind === "guide" ? undefined : options.tools;
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
      continues: isPrefilled ? given : null,
      isSourcesOnly: terms.isSourcesOnly,
      memory: isByOther ? "" : terms.memory,
      proposesMemory: terms.proposesMemory && !isByOther && tools?.remembers !== true,
      order,
    });
  const redaction = parseRedactionTerms(terms.redaction);
  // Once, whatever is asked again.
  const noteRedacted = once(({ mode, counts }: Redacted) => {
    writer.step({ kind: "redacted", mode, counts: Object.fromEntries(counts) } satisfies RedactedStep);
  });
  let ordered = byWords(sources);
  let prompt = inOrder(ordered.order);
  if (prompt.kind === "prompt" && prompt.sources.length < sources.length) {
    const options = { owner: offer.author, isLocalOnly: terms.isLocalOnly, redaction, signal: ending };
    ordered = await orderSources(chat.message(question)?.text ?? "", sources, backend.embed, options);
    prompt = inOrder(ordered.order);
  }
  if (prompt.kind === "too-long") {
    leave();
    noteServedBy(expected);
    writer.end("failed", { totalMs: 0, error: { code: "question-too-long", says: prompt.says } });
    return false;
  }
  if (artifacts !== null) writer.step(artifacts.step);
  if (prompt.dropped > 0) writer.step({ kind: "dropped", messages: prompt.dropped } satisfies DroppedStep);
  if (sources.length > 0) writer.step({ kind: "sources", shown: prompt.sources, by: ordered.by } satisfies SourcesStep);

  const asked = {
    // The host's default may be elsewhere: then the first that may answer is meant.
    model: model === "" || (terms.isLocalOnly && !isKnown) ? null : model,
    turns: prompt.turns,
    owner: offer.author,
    isLocalOnly: terms.isLocalOnly,
    effort: chat.request(run)?.effort ?? null,
    onServedBy: noteServedBy,
    onCut: () => void (written.isCut = true),
    onReading: (percent) => written.chars === 0 && options.onReading(percent),
    redaction,
    onRedacted: (found: Redacted) => noteRedacted(found),
  } satisfies Question;
  const written: Written = { chars: 0, start: "", isFull: false, isCut: false, meta: {} };
  let failure: BackendError | null = null;
  try {
    const ask = (): AsyncIterable<AnswerPart> =>
      tools === null
        ? backend.answer(asked, ending)
        : tools.answer(backend, asked, canContinue ? before.text : "", ending);
    const answering = withFirstRetry(ask, clock, ending);
    const parts = canContinue ? withoutRepeats(answering, before.text) : answering;
    await untilAborted(
      ending,
      writeParts(parts, writer, written, {
        elapsedMs: () => clock.now() - acceptedMs,
        onFirst: () => noteServedBy(expected),
        ending,
      }),
    );
  } catch (error) {
    failure = toFailure(error);
  }
  noteServedBy(failure?.code === "backend-far" ? { ...expected, where: "nowhere: nothing was sent" } : expected);
  const totalMs = Math.max(0, clock.now() - acceptedMs);
  const { end, error } = describeEnd(ending, failure, written, isPrefilled);
  if (end === "done" && backend.kind === "model" && chat.request(run)?.wantsTitle === true) {
    const { model: same, owner, isLocalOnly } = asked;
    const title = await proposeTitle({
      ...{ backend, asked: { model: same, owner, isLocalOnly, redaction }, clock, signal: ending },
      question: chat.message(question)?.text ?? "",
      answer: written.start,
    });
    if (title !== null) writer.note({ title });
  }
  leave();
  options.onEnded?.({ ...written.meta, end, queueMs: Math.max(0, acceptedMs - options.offeredMs), totalMs });
  writer.end(end, { ...written.meta, totalMs, ...(error === null ? {} : { error }) });
  // One that was ended from outside was stopped by its owner, or is gone on with.
  return end === "done" || (end === "interrupted" && !ending.aborted);
}

async function writeParts(
  parts: AsyncIterable<AnswerPart>,
  writer: LaneWriter,
  written: Written,
  { elapsedMs, onFirst, ending }: { elapsedMs: () => number; onFirst: () => void; ending: AbortSignal },
): Promise<void> {
  for await (const part of parts) {
    // What a backend still says after Stop is not wanted any more.
    if (ending.aborted) return;
    if (part.kind === "usage") {
      written.meta.promptTokens = part.promptTokens;
      written.meta.completionTokens = part.completionTokens;
      continue;
    }
    if (written.chars === 0) {
      onFirst();
      written.meta.firstTokenMs = Math.max(0, elapsedMs());
    }
    written.chars += part.text.length;
    if (part.kind === "text" && written.start.length < titleExcerptChars) written.start += part.text;
    written.isFull = !(part.kind === "text" ? writer.text(part.text) : writer.thinking(part.text));
    if (written.isFull) return;
  }
}

/** An answer is whole for its owner only when the relay has stored it. A drain has its own, shorter end: agent.ts. */
async function settle(sender: LaneSender, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(settleMs, resolve);
    void sender.settled().then(() => {
      cancel();
      resolve();
    });
  });
}

function once<T>(work: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) work(value);
    isDone = true;
  };
}

/** Whichever comes first: a backend that does not listen to an abort must not hold up Stop. */
async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  if (signal.aborted) return void work.catch(() => {});
  let onAbort = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => {
      // reason: after an abort nobody waits for it any more, and what it failed with is a consequence.
    });
  }
}
