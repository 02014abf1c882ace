/** The push part as the supervisor sees it: it runs from the first subscription to the last, so a host that nobody asked to tell anything has no process that calls out. */
import type { HostConfig } from "./config.ts";
import type { Calls } from "./egress/calls.ts";
import type { FromRelay, ToPush, ToRelay } from "./ipc.ts";
import { pushGraceMs, pushPlan } from "./partPlans.ts";
import { startPart, type Part, type PartState, type SharedPartOptions } from "./supervise.ts";
import type { ServiceEntry } from "./watch/board.ts";

export interface PushPart {
  /** What the relay says of it; anything else is passed over. */
  take(message: FromRelay): void;
  state(): PartState | null;
  stop(): Promise<void>;
}

export interface PushPartOptions {
  readonly config: HostConfig;
  /** `null`: none. */
  readonly entry: string | null;
  readonly shared: SharedPartOptions;
  readonly board: ServiceEntry;
  readonly onCalls: (calls: readonly Calls[]) => void;
  readonly toRelay: (message: ToRelay) => void;
}

export function createPushPart({ config, entry, shared, board, onCalls, toRelay }: PushPartOptions): PushPart {
  const { notify } = shared;
  let part: Part<ToPush> | null = null;
  let isStopping = false;

  const start = (file: string): Part<ToPush> =>
    startPart({
      ...shared,
      ...pushPlan(config, file),
      board,
      // The host does all its other work without it.
      onFatal: (error) => notify(error.ownerSentence),
      onStarted: () => queueMicrotask(() => part?.send({ type: "start", home: config.home })),
      onMessage: (message) => {
        if (message.type === "ready") part?.markReady();
        if (message.type === "gone") toRelay({ type: "pushGone", endpoint: message.endpoint });
        if (message.type === "called") onCalls(message.calls);
        if (message.type === "failed" || message.type === "notice") notify(message.says);
        if (message.type === "logged") shared.log(message.event);
      },
    });

  async function stop(): Promise<void> {
    const stopped = part;
    part = null;
    await stopped?.stop({ type: "drain" }, pushGraceMs);
  }

  return {
    take: (message) => {
      if (message.type === "subscriptions" && message.count === 0) void stop();
      if (message.type === "subscriptions" && message.count > 0 && entry !== null && !isStopping) part ??= start(entry);
      if (message.type === "push") part?.send(message);
      if (message.type === "pushForget") part?.send({ type: "forget", endpoint: message.endpoint });
    },
    state: () => part?.state() ?? null,
    stop: () => {
      isStopping = true;
      return stop();
    },
  };
}
