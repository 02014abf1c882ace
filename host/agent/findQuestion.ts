/** What a run is to answer, as it stands in the chat: its question, and what an interrupted run left of the answer. */
import type { RunId } from "#crypto/ids.ts";
import type { Chat } from "#sync/docs/chat.ts";
import type { Clock } from "#sync/ports.ts";
import { untilAborted } from "../untilAborted.ts";
import { requestWaitMs } from "./limits.ts";
import type { RunOptions } from "./runOptions.ts";

export interface Asked {
  readonly chat: Chat;
  /** The question's message. */
  readonly question: string;
  /** What an interrupted run left of this answer, and how much of it is that run's own; `null`: the answer begins here. */
  readonly before: { readonly text: string; readonly lastChars: number } | null;
}

/** The branch to answer; `null` when there is nothing (any more) to answer. */
export async function findQuestion({
  offer,
  reader,
  clock,
  signal,
}: Pick<RunOptions, "offer" | "reader" | "clock" | "signal">): Promise<Asked | null> {
  const { run, parent } = offer.request;
  const { chat } = reader;
  reader.lend(offer.grant.epoch, offer.grant.docKey);
  await untilAborted(reader.readUntil(offer.seq), signal);
  await untilAborted(waitForRequest(chat, run, clock), signal);
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
