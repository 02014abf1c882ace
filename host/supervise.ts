/**
 * One part of the host as a child process: started, watched, started again. When it is killed or started is settled in watch/watchdog.ts; here is what that takes of the system.
 * One that says `failed`, or never becomes ready in several tries, ends the host with a sentence.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { HostError } from "./errors.ts";
import type { MessageForm } from "./ipc.ts";
import type { LogEvent, PartKind } from "./log/events.ts";
import {
  isSilent,
  newWatch,
  stepWatch,
  watchEveryMs,
  type Patience,
  type WatchEffect,
  type WatchEvent,
} from "./watch/watchdog.ts";
import type { ServiceEntry } from "./watch/board.ts";

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
  /** Where it is written down how the part is (watch/board.ts). */
  readonly board?: ServiceEntry;
}

/** What all parts of a host are started with. */
export type SharedPartOptions = Pick<PartOptions<never, never>, "showsErrors" | "patience" | "notify" | "onFatal"> &
  Required<Pick<PartOptions<never, never>, "log">>;

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

/** What each message from a part may have, whichever part it is. */
interface FromPart {
  readonly type: string;
  readonly id?: number;
  readonly progress?: number;
  readonly waiting?: number;
  readonly oldestMs?: number;
}

export function startPart<In extends FromPart, Out>(options: PartOptions<In, Out>): Part<Out> {
  const { name, notify, log = () => {}, board } = options;
  let child: ChildProcess | null = null;
  let watched = newWatch(performance.now());
  let isStopping = false;
  let restart: NodeJS.Timeout | undefined;
  const handedOver = new Map<number, (isTaken: boolean) => void>();

  /** What happened goes to the watchdog; what it says is done. */
  function tell(event: WatchEvent): readonly WatchEffect[] {
    const [next, effects] = stepWatch(watched, event, performance.now(), options.patience);
    watched = next;
    return effects;
  }

  function start(): void {
    tell({ kind: "started" });
    board?.set("starting");
    const started = spawn(process.execPath, [...options.execArgv, options.entry], {
      stdio: ["ignore", "ignore", options.showsErrors ? "inherit" : "ignore", "ipc"],
      env: { ...options.environment },
      windowsHide: true,
    });
    child = started;
    if (started.pid !== undefined) log({ type: "part-started", part: name, pid: started.pid });
    started.on("message", (value, handle) => {
      const message = options.incoming.parse(value);
      if (message.type !== "beat") tell({ kind: "heard" });
      if (message.type === "taken") return settleSocket(message, true);
      if (message.type !== "beat") return options.onMessage(message, handle instanceof Socket ? handle : null);
      const { progress = 0, waiting = 0, oldestMs = 0 } = message;
      tell({ kind: "beat", progress });
      board?.beat({ progress, waiting, oldestMs });
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
    const upMs = performance.now() - watched.startedMs;
    log({ type: "part-stopped", part: name, exitCode, signal, upMs, asked: isStopping });
    for (const id of [...handedOver.keys()]) settleSocket({ id }, false);
    options.onStopped?.();
    const wasKilled = watched.phase === "ending";
    if (isStopping) return;
    for (const effect of tell({ kind: "ended" })) {
      if (effect.kind === "giveUp")
        options.onFatal(
          new HostError(
            "child",
            `The ${name} does not start (${how}). Start again with SOVEREIGN_DEBUG=1 to see why; nothing saved is lost.`,
          ),
        );
      if (effect.kind !== "start") continue;
      const says = `The ${name} stopped (${how}) and is started again. Nothing saved is lost.`;
      board?.trouble(wasKilled ? "hung" : "crashed", says);
      notify(says);
      restart = setTimeout(start, effect.afterMs);
    }
  }

  const watch = setInterval(() => {
    for (const effect of tell({ kind: "look" })) {
      if (effect.kind !== "kill") continue;
      const says = `The ${name} does not respond and is stopped.`;
      board?.trouble("hung", says);
      notify(says);
      log({ type: "part-hung", part: name, silentMs: effect.silentMs });
      child?.kill("SIGKILL");
    }
  }, watchEveryMs);

  start();
  return {
    name,
    isBeating: () =>
      child !== null && watched.phase === "running" && !isSilent(watched, performance.now(), options.patience),
    get pid() {
      return child?.pid;
    },
    state: () => ({
      state: child === null ? "stopped" : watched.phase === "starting" ? "starting" : "running",
      pid: child?.pid ?? null,
      upSeconds: child === null ? 0 : Math.floor((performance.now() - watched.startedMs) / 1_000),
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
      if (watched.phase === "starting")
        log({ type: "part-ready", part: name, afterMs: performance.now() - watched.startedMs });
      tell({ kind: "ready" });
      board?.set("well");
    },
    stop: async (message, graceMs) => {
      isStopping = true;
      board?.set("off");
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
