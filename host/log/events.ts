/**
 * Everything the host's log can say: a closed list. A field is a count, a flag or one of a few words that stand here, never text, so a chat, a title, a name, a path
 * or a key has no way in, whoever writes. What comes from a part is read by this table at the border (ipc.ts); of what does not fit, nothing is kept.
 */
import { constants } from "node:os";
import type { HostErrorCode } from "../errors.ts";
import { count, flag, messageForm, oneOf, optional, type Field, type Forms, type MessageOf } from "../ipcFields.ts";

type Level = "info" | "warn" | "error";

export type PartKind = "relay" | "agent" | "gateway" | "https" | "push";
const part = oneOf<PartKind>("relay", "agent", "gateway", "https", "push");
/** By it the system says why a process is gone. */
const signal = oneOf(...(Object.keys(constants.signals) as NodeJS.Signals[]));
/** Times are measured in parts of a millisecond, and nobody reads those. */
const ms: Field<number> = { read: count.read, write: (value) => Math.max(0, Math.round(value)) };

const ERROR_CODES: Readonly<Record<HostErrorCode | "unknown", true>> = {
  config: true,
  home: true,
  locked: true,
  port: true,
  database: true,
  full: true,
  corrupt: true,
  newer: true,
  key: true,
  app: true,
  backup: true,
  engine: true,
  child: true,
  unknown: true,
};
const errorCode = oneOf(...(Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]));

const EVENTS = {
  "host-started": { pid: count },
  "host-ready": { port: count, afterMs: ms },
  "host-stopping": {},
  "host-failed": { code: errorCode },
  "part-started": { part, pid: count },
  "part-ready": { part, afterMs: ms },
  /** `exitCode` or `signal`; `asked`: the host itself was ending it. */
  "part-stopped": { part, exitCode: optional(count), signal: optional(signal), upMs: ms, asked: flag },
  /** It was taken for hung, and killed. */
  "part-hung": { part, silentMs: ms },
  "devices-connected": { devices: count },
  "tailnet-addresses": { addresses: count },
  "certificate-in-use": { way: oneOf("tailscale", "files", "local") },
  "backend-changed": { kind: oneOf("model", "guide"), models: count },
  "vault-claimed": {},
  "run-ended": {
    end: oneOf("done", "stopped", "interrupted", "failed"),
    queueMs: ms,
    firstTokenMs: optional(ms),
    totalMs: ms,
    promptTokens: optional(count),
    completionTokens: optional(count),
  },
  /** The gateway has answered a tool, or its connection has ended; `status` as in HTTP. */
  "tool-answered": { status: count, totalMs: ms, whole: flag },
  /** A push service took word for a device that was away. */
  "push-sent": {},
  /** Lines that could not be written, for which the disk had no room. */
  "lines-lost": { lines: count },
  /** A part said something that is not of this list; nothing of it is kept. */
  "line-refused": {},
} satisfies Forms;

export type LogEvent = MessageOf<typeof EVENTS>;
export type EventName = LogEvent["type"];

const LOUDER: Readonly<Partial<Record<EventName, Level>>> = {
  "host-failed": "error",
  "part-hung": "error",
  "lines-lost": "warn",
  "line-refused": "warn",
};

export function levelOf(event: LogEvent): Level {
  if (event.type === "part-stopped") return event.asked ? "info" : "error";
  if (event.type === "run-ended") return event.end === "failed" ? "warn" : "info";
  if (event.type === "tool-answered") return event.status >= 500 ? "warn" : "info";
  return LOUDER[event.type] ?? "info";
}

export const logForm = messageForm<LogEvent>(EVENTS);

export function readEvent(value: unknown): LogEvent {
  return passing(() => logForm.parse(value));
}

/** What our own code hands in passes the same table as what a part says. */
export function checkEvent(event: LogEvent): LogEvent {
  return passing(() => logForm.parse(logForm.encode(event)));
}

function passing(read: () => LogEvent): LogEvent {
  try {
    return read();
  } catch {
    // reason: the log must not bring down what it is there to watch.
    return { type: "line-refused" };
  }
}
