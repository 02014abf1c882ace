/**
 * The host in numbers: made of the same closed list of events as the log (log/events.ts), so there is no way in for a word of a chat either, and of how the parts are now.
 * Counters begin anew with the host, as readers expect. `written.ts` has the forms in which they are read and sent.
 */
import type { LogEvent } from "../log/events.ts";
import type { HostStatus } from "../hostStatus.ts";
import { durationBoundsSeconds } from "./limits.ts";
import { toOtlp, toPrometheus, type Family, type Labels, type Point } from "./written.ts";

type Shown = Pick<HostStatus, "upSeconds" | "devicesConnected" | "parts" | "backend" | "services">;

export interface Metrics {
  take(event: LogEvent): void;
  /** In the text format of Prometheus, version 0.0.4. */
  prometheus(status: Shown): string;
  /** As a collector of OpenTelemetry takes it: OTLP, in JSON. */
  otlp(status: Shown): string;
}

export function createMetrics(nowMs: () => number = Date.now): Metrics {
  const startedMs = nowMs();
  const runs = createCounter("sovereign_answers_total", "Answers to devices, by how they ended.");
  const tokens = createCounter("sovereign_tokens_total", "Tokens of answers to devices, as backends count them.");
  const queue = createHistogram("sovereign_answer_queue_seconds", "How long a question waited for its turn.");
  const first = createHistogram("sovereign_answer_first_token_seconds", "From the turn to the first token.");
  const whole = createHistogram("sovereign_answer_seconds", "From the turn to the end of the answer.");
  const tools = createCounter("sovereign_gateway_requests_total", "Requests of tools, by what was answered.");
  const toolTimes = createHistogram("sovereign_gateway_request_seconds", "How long a tool's request took.");
  const stops = createCounter("sovereign_part_stops_total", "How often a part ended that nobody had asked to.");
  const hangs = createCounter("sovereign_part_hangs_total", "How often a part was taken for hung.");
  const lost = createCounter("sovereign_log_lines_lost_total", "Lines of the log that the disk did not take.");

  return {
    take: (event) => {
      switch (event.type) {
        case "run-ended":
          runs.add({ end: event.end });
          tokens.add({ kind: "prompt" }, event.promptTokens ?? 0);
          tokens.add({ kind: "answer" }, event.completionTokens ?? 0);
          queue.see(event.queueMs / 1_000);
          whole.see(event.totalMs / 1_000);
          if (event.firstTokenMs !== null) first.see(event.firstTokenMs / 1_000);
          break;
        case "tool-answered":
          tools.add({ status: event.status, whole: String(event.whole) });
          toolTimes.see(event.totalMs / 1_000);
          break;
        case "part-stopped":
          if (!event.asked) stops.add({ part: event.part });
          break;
        case "part-hung":
          hangs.add({ part: event.part });
          break;
        case "lines-lost":
          lost.add({}, event.lines);
          break;
        default:
      }
    },
    prometheus: (status) => toPrometheus(familiesOf(status)),
    otlp: (status) => toOtlp(familiesOf(status), startedMs, nowMs()),
  };

  function familiesOf({ upSeconds, devicesConnected, parts, backend, services }: Shown): readonly Family[] {
    const running = Object.entries(parts).flatMap(([part, state]) =>
      state === null ? [] : [{ labels: { part }, value: state.state === "running" ? 1 : 0 }],
    );
    // By kind alone: the names of backends are places, and no number.
    const byKind = [...new Set(services.map(({ kind }) => kind))].map((kind) => ({
      kind,
      each: services.filter((service) => service.kind === kind && service.state !== "off"),
    }));
    const models = backend?.kind === "model" ? backend.models.length : 0;
    const gauge = (name: string, help: string, points: readonly Point[]): Family => ({
      ...{ type: "gauge", name, help, points },
    });
    return [
      gauge("sovereign_up_seconds", "How long the host runs.", [{ labels: {}, value: upSeconds }]),
      gauge("sovereign_devices_connected", "Devices with a live link.", [{ labels: {}, value: devicesConnected }]),
      gauge("sovereign_part_running", "Whether a part of the host is well.", running),
      gauge(
        "sovereign_service_troubles",
        "How many of a kind of service are in trouble.",
        byKind.map(({ kind, each }) => ({
          labels: { kind },
          value: each.filter(({ state }) => state === "trouble").length,
        })),
      ),
      gauge(
        "sovereign_service_waiting",
        "What waits there for its turn.",
        byKind.map(({ kind, each }) => ({
          labels: { kind },
          value: each.reduce((sum, { waiting }) => sum + waiting, 0),
        })),
      ),
      gauge("sovereign_models", "Models that can answer now.", [{ labels: {}, value: models }]),
      ...[runs, tokens, queue, first, whole, tools, toolTimes, stops, hangs, lost].map((each) => each.family()),
    ];
  }
}

interface Counter {
  add(labels: Labels, by?: number): void;
  family(): Family;
}

function createCounter(name: string, help: string): Counter {
  const values = new Map<string, { readonly labels: Labels; value: number }>();
  return {
    add: (labels, by = 1) => {
      const key = JSON.stringify(labels);
      const point = values.get(key) ?? { labels, value: 0 };
      point.value += by;
      values.set(key, point);
    },
    family: () => ({ type: "counter", name, help, points: [...values.values()] }),
  };
}

interface Histogram {
  see(seconds: number): void;
  family(): Family;
}

function createHistogram(name: string, help: string): Histogram {
  /** In each span alone; the last one is beyond all bounds. */
  const counts = [...durationBoundsSeconds, Number.POSITIVE_INFINITY].map(() => 0);
  let sum = 0;
  return {
    see: (seconds) => {
      sum += seconds;
      const at = durationBoundsSeconds.findIndex((bound) => seconds <= bound);
      const span = at === -1 ? durationBoundsSeconds.length : at;
      counts[span] = (counts[span] ?? 0) + 1;
    },
    family: () => ({ type: "histogram", name, help, bounds: durationBoundsSeconds, counts: [...counts], sum }),
  };
}
