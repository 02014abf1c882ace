/** The part that ends TLS as the supervisor sees it: there only once a tailnet is, since most machines have none and would carry another process for nothing. */
import type { HostConfig } from "./config.ts";
import type { Door } from "./door/door.ts";
import type { Place } from "./door/tailnet.ts";
import type { ToHttps } from "./ipc.ts";
import { httpsGraceMs, httpsPlan } from "./partPlans.ts";
import { startPart, type Part, type PartState, type SharedPartOptions } from "./supervise.ts";
import type { HttpsState } from "./tls/httpsState.ts";
import type { ServiceEntry } from "./watch/board.ts";

export interface HttpsPart {
  /** `null` while there was no tailnet yet, and where nothing ends TLS. */
  readonly part: Part<ToHttps> | null;
  /** Where the tailnet reaches this host: with a first place the part begins. */
  setPlaces(places: readonly Place[]): void;
  /** The door is open. */
  advance(): void;
  state(): PartState | null;
  stop(): Promise<void>;
}

export interface HttpsPartOptions {
  readonly config: HostConfig;
  /** `null`: none. */
  readonly entry: string | null;
  readonly shared: SharedPartOptions;
  readonly board: ServiceEntry;
  readonly door: () => Door | null;
  readonly onState: (state: HttpsState | null) => void;
  readonly onUp: (isUp: boolean) => void;
}

export function createHttpsPart(options: HttpsPartOptions): HttpsPart {
  const { config, entry, shared, board, door, onState, onUp } = options;
  const { notify, log } = shared;
  let part: Part<ToHttps> | null = null;
  let places: readonly Place[] = [];
  let isWaiting = false;
  let isStopping = false;

  const start = (file: string): Part<ToHttps> =>
    startPart({
      ...shared,
      ...httpsPlan(config, file),
      board,
      // The host does all its other work without it.
      onFatal: (error) => notify(error.ownerSentence),
      onStarted: () => {
        isWaiting = true;
        // In its first life there is no `part` yet to be told.
        queueMicrotask(advance);
      },
      onStopped: () => onUp(false),
      onMessage: (message, socket) => {
        if (message.type === "failed" || message.type === "notice") notify(message.says);
        if (message.type === "state") {
          onState(message.state);
          if (message.state !== null) log({ type: "certificate-in-use", way: message.state.way });
        }
        if (message.type === "logged") log(message.event);
        if (message.type === "inner" && socket !== null) {
          const { id, part: behind, head, names, port: securePort } = message;
          door()?.enter(behind, socket, { head: Buffer.from(head), names, securePort }, () =>
            part?.send({ type: "go", id }),
          );
        }
        if (message.type !== "ready") return;
        part?.markReady();
        onUp(true);
      },
    });

  function advance(): void {
    const opened = door();
    if (!isWaiting || part === null || opened === null) return;
    isWaiting = false;
    const { certificate = null, key = null } = config.certificate ?? {};
    part.send({ type: "places", places });
    part.send({ type: "start", home: config.home, port: opened.port, certificate, key });
  }

  return {
    get part() {
      return part;
    },
    setPlaces: (now) => {
      places = now;
      if (now.length > 0 && entry !== null && !isStopping) part ??= start(entry);
      part?.send({ type: "places", places: now });
      advance();
    },
    advance,
    state: () => part?.state() ?? null,
    stop: async () => {
      isStopping = true;
      await part?.stop({ type: "drain" }, httpsGraceMs);
    },
  };
}
