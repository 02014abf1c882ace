/**
 * One run, from a grant to its FINAL: read the chat, take the run, pass the question to the backend, write what comes, say how it ended.
 * At most one lane ever answers a run: the log is looked at first, and the relay refuses a second ACCEPT.
 */
import { createLane } from "#crypto/lane.ts";
import { runBytesMax, runNameCharsMax } from "#sync/limits.ts";
import type { Clock } from "#sync/ports.ts";
import type { AnswerPart, BackendError, Question, ServedBy } from "../backends/backend.ts";
import { untilAborted } from "../untilAborted.ts";
import { describeEnd, toFailure, type RunEnding, type Written } from "./ending.ts";
import { findQuestion, type Asked } from "./findQuestion.ts";
import { createLaneSender, type LaneSender } from "./laneSender.ts";
import { createLaneWriter, type LaneWriter } from "./laneWriter.ts";
import { settleMs, titleExcerptChars } from "./limits.ts";
import { createLiveSender } from "./liveSender.ts";
import { withFirstRetry, withoutRepeats } from "./parts.ts";
import { chooseWay, prepareQuestion } from "./prepareQuestion.ts";
import type { RunOptions } from "./runOptions.ts";
import { proposeTitle } from "./title.ts";

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

/** `true`: there is an answer to come back to, whole or as far as it goes without its owner. */
async function writeAnswer(
  options: RunOptions & { readonly onReading: (percent: number) => void },
  writer: LaneWriter,
  found: Asked,
): Promise<boolean> {
  const { offer, backend, clock, signal, reader } = options;
  const { run } = offer.grant;
  const { chat } = found;
  const acceptedMs = clock.now();
  const way = chooseWay(options, found);
  const { model } = way;
  writer.note({
    acceptedAt: acceptedMs,
    queueMs: Math.max(0, acceptedMs - options.offeredMs),
    ...(way.goesOnFrom === null ? {} : { continuedAt: way.goesOnFrom.lastChars }),
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
  const prepared = await prepareQuestion(options, writer, found, way, ending);
  if (prepared.kind === "failed") {
    leave();
    noteServedBy(expected);
    writer.end("failed", {
      totalMs: Math.max(0, clock.now() - acceptedMs),
      error: { code: prepared.code, says: prepared.says },
    });
    return false;
  }
  const { tools } = prepared;
  const written: Written = { chars: 0, start: "", isFull: false, isCut: false, meta: {} };
  const question: Question = {
    ...prepared.asked,
    onServedBy: noteServedBy,
    onCut: () => void (written.isCut = true),
    onReading: (percent) => written.chars === 0 && options.onReading(percent),
  };
  const before = way.goesOnFrom?.text ?? "";
  let failure: BackendError | null = null;
  try {
    const ask = (): AsyncIterable<AnswerPart> =>
      tools === null ? backend.answer(question, ending) : tools.answer(backend, question, before, ending);
    const answering = withFirstRetry(ask, clock, ending);
    const parts = way.goesOnFrom === null ? answering : withoutRepeats(answering, before);
    await untilAborted(
      writeParts(parts, writer, written, {
        elapsedMs: () => clock.now() - acceptedMs,
        onFirst: () => noteServedBy(expected),
        ending,
      }),
      ending,
    );
  } catch (error) {
    failure = toFailure(error);
  }
  noteServedBy(failure?.code === "backend-far" ? { ...expected, where: "nowhere: nothing was sent" } : expected);
  const totalMs = Math.max(0, clock.now() - acceptedMs);
  const { end, error } = describeEnd(ending, failure, written, way.prefill !== null);
  if (end === "done" && backend.kind === "model" && chat.request(run)?.wantsTitle === true) {
    const { model: same, owner, isLocalOnly, redaction } = prepared.asked;
    const title = await proposeTitle({
      ...{ backend, asked: { model: same, owner, isLocalOnly, redaction }, clock, signal: ending },
      question: chat.message(found.question)?.text ?? "",
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
