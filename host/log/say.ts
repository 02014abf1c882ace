/** A line of the log as a person reads it. */
import type { LogEvent } from "./events.ts";

export function sayEvent(event: LogEvent): string {
  switch (event.type) {
    case "host-started":
      return `The host was started (process ${event.pid}).`;
    case "host-ready":
      return `The app can be opened on port ${event.port}, ${seconds(event.afterMs)} after the start.`;
    case "host-stopping":
      return "The host is stopping.";
    case "host-failed":
      return `The host cannot go on (${event.code}); sovereign doctor says more.`;
    case "part-started":
      return `The ${event.part} was started (process ${event.pid}).`;
    case "part-ready":
      return `The ${event.part} is ready, after ${seconds(event.afterMs)}.`;
    case "part-stopped":
      return `The ${event.part} ${event.asked ? "was stopped" : `stopped by itself (${howItEnded(event)})`}, after ${seconds(event.upMs)}.`;
    case "part-hung":
      return `The ${event.part} said nothing for ${seconds(event.silentMs)} and was stopped.`;
    case "devices-connected":
      if (event.devices === 0) return "No device is connected.";
      return event.devices === 1 ? "1 device is connected." : `${event.devices} devices are connected.`;
    case "tailnet-addresses":
      return event.addresses === 0
        ? "No tailnet reaches the host."
        : `The tailnet reaches the host at ${counted(event.addresses, "address", "addresses")}.`;
    case "certificate-in-use":
      return `Devices reach the host by ${CERTIFICATES[event.way]}.`;
    case "backend-changed":
      return event.kind === "guide"
        ? "No model server answers; the built-in guide does."
        : `Model servers answer, with ${counted(event.models, "model", "models")}.`;
    case "vault-claimed":
      return "A vault was made here.";
    case "run-ended":
      return `A device's question: ${ENDS[event.end]} after ${seconds(event.totalMs)}${runDetails(event)}.`;
    case "push-sent":
      return "A device that was away was told that an answer is ready.";
    case "tool-answered":
      return `A tool's request: ${event.whole ? `status ${event.status}` : "broken off"} after ${seconds(event.totalMs)}.`;
    case "lines-lost":
      return `${counted(event.lines, "line", "lines")} could not be written here before this one: look at the disk.`;
    case "line-refused":
      return "A part wanted to write something that the log does not take; please report this.";
  }
}

const CERTIFICATES = {
  tailscale: "Tailscale's certificate",
  files: "your own certificate",
  local: "the certificate that the host made",
} as const;

const ENDS = {
  done: "answered",
  stopped: "stopped by a person",
  interrupted: "interrupted",
  failed: "failed",
} as const;

function runDetails(run: Extract<LogEvent, { type: "run-ended" }>): string {
  const details = [
    ...(run.firstTokenMs === null ? [] : [`the first word after ${seconds(run.firstTokenMs)}`]),
    ...(run.completionTokens === null ? [] : [counted(run.completionTokens, "token", "tokens")]),
    ...(run.queueMs < 100 ? [] : [`${seconds(run.queueMs)} in the queue`]),
  ];
  return details.length === 0 ? "" : ` (${details.join(", ")})`;
}

function howItEnded({ exitCode, signal }: Extract<LogEvent, { type: "part-stopped" }>): string {
  return signal ?? (exitCode === null ? "it could not be started" : `exit code ${exitCode}`);
}

const counted = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}
