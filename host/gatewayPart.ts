/** The gateway as the supervisor sees it: told where the door is and who may read what tools say, asked for nothing but places at backends and the host's numbers. */
import type { HostConfig } from "./config.ts";
import type { Door } from "./door/door.ts";
import type { FromAgent, FromGateway, ToGateway } from "./ipc.ts";
import { gatewayGraceMs, gatewayPlan } from "./partPlans.ts";
import { startPart, type Part, type SharedPartOptions } from "./supervise.ts";
import type { ServiceEntry } from "./watch/board.ts";

export type Recipients = Extract<FromAgent, { type: "recipients" }>["devices"];

export interface GatewayPart {
  /** `null`: none runs here. */
  readonly part: Part<ToGateway> | null;
  /** The devices of the vault, whenever they change. */
  setRecipients(devices: Recipients): void;
  /** The door is open. */
  advance(): void;
  stop(): Promise<void>;
}

export interface GatewayPartOptions {
  readonly config: HostConfig;
  /** `null`: none. */
  readonly entry: string | null;
  readonly shared: SharedPartOptions;
  readonly board: () => ServiceEntry;
  readonly door: () => Door | null;
  /** Whatever it says; what is its own alone is done here. */
  readonly onMessage: (message: FromGateway) => void;
  readonly onUp: (isUp: boolean) => void;
  /** The host in numbers, in the form that was asked for. */
  readonly numbers: (form: "prometheus" | "otlp") => string;
}

export function createGatewayPart(options: GatewayPartOptions): GatewayPart {
  const { config, entry, shared, board, door, onMessage, onUp, numbers } = options;
  let part: Part<ToGateway> | null = null;
  let recipients: Recipients = [];
  let isWaiting = false;

  const start = (file: string): Part<ToGateway> =>
    startPart({
      ...shared,
      ...gatewayPlan(config, file),
      board: board(),
      onStarted: () => {
        isWaiting = true;
        // In its first life there is no `part` yet to be told.
        queueMicrotask(advance);
      },
      onStopped: () => onUp(false),
      onMessage: (message) => {
        onMessage(message);
        if (message.type === "metricsAsked")
          part?.send({ type: "metrics", form: message.form, text: numbers(message.form) });
        if (message.type !== "ready") return;
        part?.markReady();
        onUp(true);
      },
    });

  function advance(): void {
    const opened = door();
    if (!isWaiting || part === null || opened === null) return;
    isWaiting = false;
    const { home, backend, gatewayPort, isGatewayPortSet: isWanted, otlp } = config;
    part.send({ type: "recipients", devices: recipients });
    const { url: otlpUrl = null, keyFile: otlpKeyFile = null } = otlp ?? {};
    part.send({
      ...{ type: "start", home, backend, gatewayPort, isWanted, ownPorts: [opened.port] },
      ...{ otlpUrl, otlpKeyFile },
    });
  }

  if (entry !== null) part = start(entry);
  return {
    part,
    setRecipients: (devices) => {
      recipients = devices;
      part?.send({ type: "recipients", devices });
    },
    advance,
    stop: async () => {
      await part?.stop({ type: "drain" }, gatewayGraceMs);
    },
  };
}
