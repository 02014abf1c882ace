/**
 * One run, from a grant to its FINAL: read the chat, take the run, pass the question to the backend, write what comes, say how it ended.
 * At most one lane ever answers a run: the log is looked at first, and the relay refuses a second ACCEPT.
 */
import type { DeviceKeys } from "#crypto/device.ts";
import type { BootId, RunId } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import type { Connection } from "#sync/connection.ts";
import type { Chat } from "#sync/docs/chat.ts";
import type { RunEnd, RunMeta } from "#sync/docs/run.ts";
import { runBytesMax, runErrorCharsMax, runNameCharsMax } from "#sync/limits.ts";
import type { Clock, Random } from "#sync/ports.ts";
import { BackendError, type AnswerPart, type Backend, type Turn } from "../backends/backend.ts";
import type { ChatReader } from "./chatReader.ts";
import { createLaneSender, type LaneSender } from "./laneSender.ts";
import { createLaneWriter, type LaneWriter, type LentKey } from "./laneWriter.ts";
import { requestWaitMs, settleMs } from "./limits.ts";
import type { AcceptedOffer } from "./offers.ts";
import { toTurns } from "./prompt.ts";

/** Why an answer is ended from outside. */
export type RunEnding = "stop" | "drain" | "expired" | "revoked" | "ended";

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
  readonly onSender: (sender: LaneSender) => void;
  readonly onPush: () => void;
}

/** How a run came out, for the agent's own count; a chat's content is never part of it. */
export type RunOutcome = "answered" | "taken by another" | "not asked" | "cancelled";

export async function answerRun(options: RunOptions): Promise<RunOutcome> {
  const { offer, reader, clock, signal } = options;
  const { run } = offer.grant;
  const turns = await findQuestion(options);
  if (turns === null) return signal.aborted ? "cancelled" : "not asked";
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
  const writer = createLaneWriter({
    run,
    doc: offer.grant.doc,
    lane,
    bytesMax: Math.min(offer.grant.maxBytes, offer.request.maxBytes, runBytesMax),
    lent: options.lent,
    clock,
    random: options.random,
    push: sender.push,
  });
  try {
    if (!(await writer.accept())) return "taken by another";
    await writeAnswer(options, writer, turns);
    await settle(sender, clock);
    return "answered";
  } finally {
    sender.close();
    lane.signingKey.secretKey.fill(0);
  }
}

/** The branch to answer; `null` when there is nothing (any more) to answer. */
async function findQuestion({ offer, reader, clock, signal }: RunOptions): Promise<readonly Turn[] | null> {
  const { run, parent } = offer.request;
  const { chat } = reader;
  reader.lend(offer.grant.epoch, offer.grant.docKey);
  await untilAborted(signal, reader.readUntil(offer.seq));
  await untilAborted(signal, waitForRequest(chat, run, clock));
  const request = chat.request(run);
  if (signal.aborted || request === null || request.question !== parent) return null;
  // Taken back before we came to it: there is nothing to accept.
  if (request.withdrawnAt !== null || request.stopAt !== null) return null;
  return toTurns(chat, parent);
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

async function writeAnswer(options: RunOptions, writer: LaneWriter, turns: readonly Turn[]): Promise<void> {
  const { offer, backend, clock, signal, reader } = options;
  const { run } = offer.grant;
  const acceptedMs = clock.now();
  const wanted = offer.request.model;
  const model = backend.models.includes(wanted) ? wanted : backend.defaultModel;
  writer.note({
    acceptedAt: acceptedMs,
    label: backend.label.slice(0, runNameCharsMax),
    where: backend.where.slice(0, runNameCharsMax),
    queueMs: Math.max(0, acceptedMs - options.offeredMs),
    ...(model === "" ? {} : { model: model.slice(0, runNameCharsMax) }),
  });

  const stopped = new AbortController();
  const obeyStop = (): void => {
    if (typeof reader.chat.request(run)?.stopAt === "number") stopped.abort("stop" satisfies RunEnding);
  };
  const leave = reader.chat.observe(obeyStop);
  obeyStop();
  const ending = AbortSignal.any([signal, stopped.signal]);
  const written: Written = { chars: 0, isFull: false, meta: {} };
  let failure: BackendError | null = null;
  try {
    const parts = backend.answer({ model: model === "" ? null : model, turns }, ending);
    await untilAborted(
      ending,
      writeParts(parts, writer, written, () => clock.now() - acceptedMs, ending),
    );
  } catch (error) {
    failure = toFailure(error);
  } finally {
    leave();
  }
  const totalMs = Math.max(0, clock.now() - acceptedMs);
  const { end, error } = describeEnd(ending, failure, written);
  writer.end(end, { ...written.meta, totalMs, ...(error === null ? {} : { error }) });
}

interface Written {
  chars: number;
  isFull: boolean;
  meta: Partial<RunMeta>;
}

async function writeParts(
  parts: AsyncIterable<AnswerPart>,
  writer: LaneWriter,
  written: Written,
  elapsedMs: () => number,
  ending: AbortSignal,
): Promise<void> {
  for await (const part of parts) {
    // What a backend still says after Stop is not wanted any more.
    if (ending.aborted) return;
    if (part.kind === "usage") {
      written.meta.promptTokens = part.promptTokens;
      written.meta.completionTokens = part.completionTokens;
      continue;
    }
    if (written.chars === 0) written.meta.firstTokenMs = Math.max(0, elapsedMs());
    written.chars += part.text.length;
    written.isFull = !(part.kind === "text" ? writer.text(part.text) : writer.thinking(part.text));
    if (written.isFull) return;
  }
}

function describeEnd(
  ending: AbortSignal,
  failure: BackendError | null,
  written: Written,
): { end: RunEnd; error: { code: string; says: string } | null } {
  if (ending.aborted) {
    const reason = ending.reason as RunEnding;
    return reason === "stop"
      ? { end: "stopped", error: null }
      : { end: "interrupted", error: { code: reason, says: ENDING_SENTENCES[reason] } };
  }
  if (failure !== null) {
    const error = { code: failure.code, says: failure.ownerSentence.slice(0, runErrorCharsMax) };
    return { end: written.chars === 0 ? "failed" : "interrupted", error };
  }
  if (written.isFull) {
    return {
      end: "interrupted",
      error: { code: "too-long", says: "The answer reached the most that one answer may hold. Ask for the rest." },
    };
  }
  if (written.chars === 0) {
    return {
      end: "failed",
      error: { code: "empty", says: "The model ended without saying anything. Choose Try again." },
    };
  }
  return { end: "done", error: null };
}

const ENDING_SENTENCES: Record<Exclude<RunEnding, "stop">, string> = {
  drain: "The host was stopped while it was answering. What arrived is kept; choose Try again for a new answer.",
  expired: "The permission to answer ran out before the answer was complete. What arrived is kept; choose Try again.",
  ended: "One of your devices took back the permission to answer. What arrived is kept; choose Try again.",
  revoked: "The device that asked was removed, so the answer was ended.",
};

function toFailure(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  return new BackendError(
    "backend-error",
    "Something went wrong inside the host while it was answering. Choose Try again; if it happens again, please report it.",
    { cause: error },
  );
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
