/**
 * The host in numbers, for Prometheus and whatever else reads its format (OpenTelemetry's collector by its `prometheus` receiver). Made of the same closed list of events as the
 * log (log/events.ts), so there is no way in for a word of a chat either, and of how the parts are now. Counters begin anew with the host, as readers expect.
 */
import type { LogEvent } from "../log/events.ts";
import type { HostStatus } from "../hostStatus.ts";
import { durationBoundsSeconds } from "./limits.ts";

export interface Metrics {
  take(event: LogEvent): void;
  /** In the text format of Prometheus, version 0.0.4. */
  text(status: Pick<HostStatus, "upSeconds" | "devicesConnected" | "parts" | "backend">): string;
}

type Labels = Readonly<Record<string, string | number>>;

export function createMetrics(): Metrics {
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
    text: ({ upSeconds, devicesConnected, parts, backend }) => {
      const running = Object.entries(parts).flatMap(([part, state]) =>
        state === null ? [] : [{ labels: { part }, value: state.state === "running" ? 1 : 0 }],
      );
      const lines = [
        ...gauge("sovereign_up_seconds", "How long the host runs.", [{ labels: {}, value: upSeconds }]),
        ...gauge("sovereign_devices_connected", "Devices with a live link.", [{ labels: {}, value: devicesConnected }]),
        ...gauge("sovereign_part_running", "Whether a part of the host is well.", running),
        ...gauge("sovereign_models", "Models that can answer now.", [
          { labels: {}, value: backend?.kind === "model" ? backend.models.length : 0 },
        ]),
        ...[runs, tokens, queue, first, whole, tools, toolTimes, stops, hangs, lost].flatMap((each) => each.lines()),
      ];
      return `${lines.join("\n")}\n`;
    },
  };
}

interface Counter {
  add(labels: Labels, by?: number): void;
  lines(): readonly string[];
}

function createCounter(name: string, help: string): Counter {
  const values = new Map<string, number>();
  return {
    add: (labels, by = 1) => {
      const key = writeLabels(labels);
      values.set(key, (values.get(key) ?? 0) + by);
    },
    lines: () => [...head(name, help, "counter"), ...[...values].map(([labels, value]) => `${name}${labels} ${value}`)],
  };
}

interface Histogram {
  see(seconds: number): void;
  lines(): readonly string[];
}

function createHistogram(name: string, help: string): Histogram {
  const counts = durationBoundsSeconds.map(() => 0);
  let [count, sum] = [0, 0];
  return {
    see: (seconds) => {
      count += 1;
      sum += seconds;
      for (const [at, bound] of durationBoundsSeconds.entries())
        if (seconds <= bound) counts[at] = (counts[at] ?? 0) + 1;
    },
    lines: () => [
      ...head(name, help, "histogram"),
      ...durationBoundsSeconds.map((bound, at) => `${name}_bucket{le="${bound}"} ${counts[at]}`),
      `${name}_bucket{le="+Inf"} ${count}`,
      `${name}_sum ${sum}`,
      `${name}_count ${count}`,
    ],
  };
}

function gauge(
  name: string,
  help: string,
  values: readonly { readonly labels: Labels; readonly value: number }[],
): readonly string[] {
  return [...head(name, help, "gauge"), ...values.map(({ labels, value }) => `${name}${writeLabels(labels)} ${value}`)];
}

const head = (name: string, help: string, type: string): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

/** Each value is a word or a number of ours: nothing to escape. */
function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
