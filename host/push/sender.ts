/** Who is told next, and when: one message under way a device, the newest in place of one that still waits, with pauses that grow. */
import { paceMs, retryMs, subscriptionsMax } from "./limits.ts";
import type { PostOutcome } from "./post.ts";
import type { PushJob } from "./subscription.ts";

export interface SenderOptions {
  readonly post: (job: PushJob, signal: AbortSignal) => Promise<PostOutcome>;
  readonly after: (delayMs: number, work: () => void) => () => void;
  /** Only ever compared. */
  readonly nowMs: () => number;
  /** The service knows that subscription no more. */
  readonly onGone: (endpoint: string) => void;
  readonly onSent: () => void;
}

export interface Sender {
  /** Messages that no service has taken yet. */
  readonly queue: { readonly waiting: number; readonly oldestMs: number };
  send(job: PushJob): void;
  /** Nothing more goes to it, also not what is under way or waits. */
  forget(endpoint: string): void;
  close(): void;
}

interface Line {
  next: PushJob | null;
  /** Since when it has something to say that was not taken. */
  sinceMs: number;
  failures: number;
  /** Ends what is under way. */
  readonly ending: AbortController;
  cancelWait: (() => void) | null;
  isBusy: boolean;
}

export function createSender({ post, after, nowMs, onGone, onSent }: SenderOptions): Sender {
  const lines = new Map<string, Line>();

  async function work(endpoint: string, line: Line): Promise<void> {
    const job = line.next;
    if (job === null || line.isBusy || line.cancelWait !== null) return;
    [line.isBusy, line.next] = [true, null];
    const outcome = await post(job, line.ending.signal);
    line.isBusy = false;
    if (outcome.kind !== "later") line.sinceMs = nowMs();
    if (lines.get(endpoint) !== line) return;
    if (outcome.kind === "gone") {
      forget(endpoint);
      return onGone(endpoint);
    }
    if (outcome.kind !== "later") {
      line.failures = 0;
      if (outcome.kind === "sent") onSent();
      return wait(endpoint, line, paceMs);
    }
    const pause = retryMs[line.failures];
    line.failures += 1;
    if (pause === undefined) return void lines.delete(endpoint);
    line.next ??= job;
    wait(endpoint, line, Math.max(pause, outcome.afterMs ?? 0));
  }

  function wait(endpoint: string, line: Line, delayMs: number): void {
    line.cancelWait = after(delayMs, () => {
      line.cancelWait = null;
      if (line.next === null) lines.delete(endpoint);
      else void work(endpoint, line);
    });
  }

  function forget(endpoint: string): void {
    const line = lines.get(endpoint);
    lines.delete(endpoint);
    line?.cancelWait?.();
    line?.ending.abort();
  }

  const isDue = ({ next, isBusy }: Line): boolean => next !== null || isBusy;

  return {
    get queue() {
      const due = [...lines.values()].filter(isDue);
      const now = nowMs();
      return { waiting: due.length, oldestMs: Math.round(Math.max(0, ...due.map(({ sinceMs }) => now - sinceMs))) };
    },
    send: (job) => {
      if (!lines.has(job.endpoint) && lines.size >= subscriptionsMax) return;
      const ending = new AbortController();
      const fresh: Line = { next: null, sinceMs: 0, failures: 0, ending, cancelWait: null, isBusy: false };
      const line = lines.get(job.endpoint) ?? fresh;
      if (!isDue(line)) line.sinceMs = nowMs();
      lines.set(job.endpoint, line);
      line.next = job;
      void work(job.endpoint, line);
    },
    forget,
    close: () => {
      for (const endpoint of [...lines.keys()]) forget(endpoint);
    },
  };
}
