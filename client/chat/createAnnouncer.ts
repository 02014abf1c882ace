/** Reads out an answer that streams in, sentence by sentence, and its end. */
import { createEffect } from "solid-js";
import type { RunId } from "#crypto/ids.ts";
import { l } from "./laterWords.ts";
import { readCalls } from "#sync/docs/toolSteps.ts";
import { k } from "../tools/words.ts";
import type { Thread } from "../bridge/createThread.ts";
import { createSentenceFeed, type SentenceFeed } from "./sentences.ts";

export function createAnnouncer(thread: Thread, announce: (says: string) => void): void {
  const asked = new Set<string>();
  const tellOfCalls = (run: RunId): void => {
    for (const call of thread.run(run).calls.flatMap(readCalls)) {
      if (call.status !== "asks" || asked.has(call.call)) continue;
      asked.add(call.call);
      announce(k.asksFor(call.name));
    }
  };
  const feeds = new Map<RunId, SentenceFeed>();
  createEffect(() => {
    const active = thread.active();
    for (const run of active) {
      tellOfCalls(run);
      const { text } = thread.run(run);
      const feed = feeds.get(run) ?? createSentenceFeed(0);
      feeds.set(run, feed);
      const sentences = feed.take(text, false);
      if (sentences !== "") announce(sentences);
    }
    for (const [run, feed] of feeds) {
      if (active.includes(run)) continue;
      feeds.delete(run);
      const isReady = thread.run(run).status === "done";
      announce(`${feed.take(thread.run(run).text, true)} ${isReady ? l.answerReady : ""}`.trim());
    }
  });
}
