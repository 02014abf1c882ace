/** An answer that no run makes: a person put it there, or it came along from another chat. */
import { runIdFromBytes } from "#crypto/ids.ts";
import type { RunView } from "#sync/docs/run.ts";

const noRun = runIdFromBytes(new Uint8Array(16));

export function stillRun(text: string): RunView {
  return {
    run: noRun,
    status: "done",
    text,
    thinking: "",
    overlay: "",
    thinkingOverlay: "",
    reading: null,
    label: null,
    model: null,
    where: null,
    error: null,
    usage: null,
    timings: { queueMs: null, firstTokenMs: null, totalMs: null, tokensPerSecond: null },
    queue: null,
    title: null,
    dropped: 0,
    redacted: null,
    seen: null,
    filed: null,
    sources: null,
    calls: [],
    found: [],
    waitingUntil: null,
    continues: null,
    continuedBy: null,
    continuedAt: null,
  };
}
