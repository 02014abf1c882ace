/**
 * One part of the host as a child process: started, watched, started again. A part that ends by itself comes back after
 * a pause that doubles; one that stops beating is taken for hung and killed, later if it was in the middle of answers; one that says `failed`, or never becomes
 * ready in several tries, ends the host with a sentence.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { HostError } from "./errors.ts";
import { beatEveryMs, type MessageForm } from "./ipc.ts";
import type { LogEvent, PartKind } from "./log/events.ts";

/** How long a part may be silent before it is taken for hung. */
export interface Patience {
  readonly idleMs: number;
  /** For one whose last beats told of progress: tokens flowed a moment ago, and they are what a kill would cost. */
  readonly workingMs: number;
  /** For one that is not ready yet: the relay reads its whole log first, and says nothing while it does. */
  readonly startingMs: number;
}

export const patience: Patience = {
  // Six missed beats: a slow disk or a busy machine is not a hang.
  idleMs: 6 * beatEveryMs,
  // A model that is loaded into the last of the memory makes everything else wait for its pages.
  workingMs: 24 * beatEveryMs,
  // A log of 64 GiB, at 250 MB/s.
  startingMs: 300_000,
};
const watchEveryMs = 1_000;
/** Looks in a row that have to find a part silent for too long: a single one may itself come from a machine in trouble. */
const suspectLooksMin = 3;
const restartMsMin = 250;
const restartMsMax = 30_000;
/** A part that lived this long had recovered: the next pause is short again. */
const healthyMs = 60_000;
/** Tries to become ready before the owner is told; a part that was ready once is tried for ever. */
const startsMax = 4;

export interface PartOptions<In, Out> {
  /** As the owner reads it: "relay". */
  readonly name: PartKind;
  readonly entry: string;
  readonly execArgv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly showsErrors: boolean;
  readonly patience: Patience;
  readonly incoming: MessageForm<In>;
  readonly outgoing: MessageForm<Out>;
  /** A new life of the process has begun. */
  readonly onStarted: () => void;
  /** This life has ended. */
  readonly onStopped?: () => void;
  /** `socket`: the connection that the message names, if it names one. */
  readonly onMessage: (message: In, socket: Socket | null) => void;
  /** The host cannot go on. */
  readonly onFatal: (error: HostError) => void;
  /** One line for the owner about what happened and what was done. */
  readonly notify: (sentence: string) => void;
  /** The host's log. */
  readonly log?: (event: LogEvent) => void;
}

/** How a part is, for who asks. `stopped`: between two tries. */
export interface PartState {
  readonly state: "starting" | "running" | "stopped";
  readonly pid: number | null;
  readonly upSeconds: number;
}

export interface Part<Out> {
  readonly name: string;
  /** It lives, is ready and has been heard within its patience. */
  isBeating(): boolean;
  readonly pid: number | undefined;
  state(): PartState;
  send(message: Out): void;
  /**
   * Gives a connection to the process, beside a message that names it by `id`. `settle(true)` once the process has it,
   * `settle(false)` when it ended before it said so. Ours stays open until then: Node's own hand-over (without
   * `keepOpen`) forgets a connection, and leaks it, when the process dies before it has answered.
   */
  sendSocket(message: Out & { readonly id: number }, socket: Socket, settle: (isTaken: boolean) => void): void;
  /** It has become ready: from now on it is restarted for ever. */
  markReady(): void;
  /**
   * Sends `message`, waits up to `graceMs`, then kills. Resolves when the process is gone, and it does not come back.
   */
  stop(message: Out, graceMs: number): Promise<void>;
}

export function startPart<In extends { readonly type: string; readonly id?: number; readonly progress?: number }, Out>(
  options: PartOptions<In, Out>,
): Part<Out> {
  const { name, notify, log = () => {} } = options;
  let child: ChildProcess | null = null;
  let startedMs = 0;
  let heardMs = 0;
  let pauseMs = restartMsMin;
  let startsLeft = startsMax;
  let isReady = false;
  let isReadyNow = false;
  /** What the last beat counted, and whether that was more than the one before. */
  let progress = 0;
  let isWorking = false;
  let suspectLooks = 0;
  let isStopping = false;
  let lastWatchMs = performance.now();
  let restart: NodeJS.Timeout | undefined;
  const handedOver = new Map<number, (isTaken: boolean) => void>();

  function start(): void {
    startedMs = heardMs = performance.now();
    startsLeft -= 1;
    isReadyNow = isWorking = false;
    progress = suspectLooks = 0;
    const started = spawn(process.execPath, [...options.execArgv, options.entry], {
      stdio: ["ignore", "ignore", options.showsErrors ? "inherit" : "ignore", "ipc"],
      env: { ...options.environment },
      windowsHide: true,
    });
    child = started;
    if (started.pid !== undefined) log({ type: "part-started", part: name, pid: started.pid });
    started.on("message", (value, handle) => {
      heardMs = performance.now();
      const message = options.incoming.parse(value);
      if (message.type === "taken") return settleSocket(message, true);
      if (message.type !== "beat") return options.onMessage(message, handle instanceof Socket ? handle : null);
      isWorking = (message.progress ?? 0) !== progress;
      progress = message.progress ?? 0;
    });
    // A program that could not be started at all never exits.
    started.on("error", (error) => void (started.pid === undefined && onExit(error.message, null, null)));
    started.once("exit", (code, signal) => onExit(signal ?? `exit code ${code}`, code, signal));
    options.onStarted();
  }

  function settleSocket(message: { readonly id?: number }, isTaken: boolean): void {
    const settle = handedOver.get(message.id ?? -1);
    handedOver.delete(message.id ?? -1);
    settle?.(isTaken);
  }

  function onExit(how: string, exitCode: number | null, signal: NodeJS.Signals | null): void {
    child = null;
    const upMs = performance.now() - startedMs;
    log({ type: "part-stopped", part: name, exitCode, signal, upMs, asked: isStopping });
    for (const id of [...handedOver.keys()]) settleSocket({ id }, false);
    options.onStopped?.();
    if (isStopping) return;
    if (!isReady && startsLeft <= 0) {
      options.onFatal(
        new HostError(
          "child",
          `The ${name} does not start (${how}). Start again with SOVEREIGN_DEBUG=1 to see why; nothing saved is lost.`,
        ),
      );
      return;
    }
    if (performance.now() - startedMs > healthyMs) pauseMs = restartMsMin;
    notify(`The ${name} stopped (${how}) and is started again. Nothing saved is lost.`);
    restart = setTimeout(start, pauseMs);
    pauseMs = Math.min(pauseMs * 2, restartMsMax);
  }

  function isSilent(now: number): boolean {
    const { idleMs, workingMs, startingMs } = options.patience;
    return now - heardMs > (isReadyNow ? (isWorking ? workingMs : idleMs) : startingMs);
  }

  const watch = setInterval(() => {
    const now = performance.now();
    // A watch that is late itself (the laptop slept) says nothing about the child.
    if (now - lastWatchMs > 2 * watchEveryMs) heardMs = now;
    lastWatchMs = now;
    suspectLooks = child !== null && isSilent(now) ? suspectLooks + 1 : 0;
    if (child === null || suspectLooks < suspectLooksMin) return;
    notify(`The ${name} does not respond and is stopped.`);
    log({ type: "part-hung", part: name, silentMs: now - heardMs });
    child.kill("SIGKILL");
  }, watchEveryMs);

  start();
  return {
    name,
    isBeating: () => child !== null && isReadyNow && !isSilent(performance.now()),
    get pid() {
      return child?.pid;
    },
    state: () => ({
      state: child === null ? "stopped" : isReadyNow ? "running" : "starting",
      pid: child?.pid ?? null,
      upSeconds: child === null ? 0 : Math.floor((performance.now() - startedMs) / 1_000),
    }),
    send: (message) => void (child?.connected && child.send(options.outgoing.encode(message), () => {})),
    sendSocket: (message, socket, settle) => {
      if (child?.connected !== true) return settle(false);
      handedOver.set(message.id, settle);
      child.send(options.outgoing.encode(message), socket, { keepOpen: true }, (error) => {
        if (error !== null) settleSocket(message, false);
      });
    },
    markReady: () => {
      if (!isReadyNow) log({ type: "part-ready", part: name, afterMs: performance.now() - startedMs });
      isReady = isReadyNow = true;
    },
    stop: async (message, graceMs) => {
      isStopping = true;
      clearInterval(watch);
      clearTimeout(restart);
      const ending = child;
      if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => ending.once("exit", () => resolve()));
      if (ending.connected) ending.send(options.outgoing.encode(message), () => {});
      const kill = setTimeout(() => ending.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(kill);
    },
  };
}
