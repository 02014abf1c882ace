import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeCalls } from "../egress/wayOut.ts";
import type { HostStatus } from "../hostStatus.ts";
import { createMetricsAsking } from "./asking.ts";
import { durationBoundsSeconds } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { createOtlpSender } from "./sendOtlp.ts";

const running = { state: "running", pid: 1, upSeconds: 1 } as const;
const line = { state: "well", since: 1, heard: 1, waiting: 0, oldestMs: 0, restarts: 0, lastError: null } as const;
const status: Pick<HostStatus, "upSeconds" | "devicesConnected" | "parts" | "backend" | "services"> = {
  upSeconds: 61,
  devicesConnected: 2,
  parts: { relay: running, agent: { ...running, state: "starting" }, gateway: running, https: null, push: null },
  services: [
    { ...line, kind: "relay", waiting: 3 },
    { ...line, kind: "backend", name: "a secret place", state: "trouble", trouble: "unreachable" },
    { ...line, kind: "backend", name: "another" },
  ],
  backend: { kind: "model", label: "Ollama", models: ["a secret name", "b"], defaultModel: "b", remark: "" },
};
const run = { queueMs: 0, firstTokenMs: 400, totalMs: 2_000, promptTokens: 10, completionTokens: 5 };

it("MT1 what happened is counted: ends, tokens, times, tools, parts that ended unasked", () => {
  const metrics = createMetrics();
  metrics.take({ type: "run-ended", end: "done", ...run });
  metrics.take({ type: "run-ended", end: "done", ...run, totalMs: 700_000 });
  metrics.take({ type: "run-ended", end: "failed", ...run, firstTokenMs: null, promptTokens: null });
  metrics.take({ type: "tool-answered", status: 200, totalMs: 30, whole: true });
  metrics.take({ type: "part-stopped", part: "agent", exitCode: 1, signal: null, upMs: 5, asked: false });
  metrics.take({ type: "part-stopped", part: "relay", exitCode: 0, signal: null, upMs: 5, asked: true });
  const lines = metrics.prometheus(status).trim().split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "sovereign_up_seconds 61",
      "sovereign_devices_connected 2",
      'sovereign_part_running{part="relay"} 1',
      'sovereign_part_running{part="agent"} 0',
      "sovereign_models 2",
      'sovereign_service_troubles{kind="backend"} 1',
      'sovereign_service_troubles{kind="relay"} 0',
      'sovereign_service_waiting{kind="relay"} 3',
      'sovereign_answers_total{end="done"} 2',
      'sovereign_answers_total{end="failed"} 1',
      'sovereign_tokens_total{kind="prompt"} 20',
      'sovereign_tokens_total{kind="answer"} 15',
      'sovereign_answer_first_token_seconds_bucket{le="0.25"} 0',
      'sovereign_answer_first_token_seconds_bucket{le="0.5"} 2',
      'sovereign_answer_seconds_bucket{le="600"} 2',
      'sovereign_answer_seconds_bucket{le="+Inf"} 3',
      "sovereign_answer_seconds_sum 704",
      'sovereign_gateway_requests_total{status="200",whole="true"} 1',
      'sovereign_part_stops_total{part="agent"} 1',
    ]),
  );
  expect(lines.some((line) => line.includes("https") || line.includes("secret") || line.includes("Ollama"))).toBe(
    false,
  );
  expect(lines.some((line) => line.startsWith('sovereign_part_stops_total{part="relay"}'))).toBe(false);
});

it("MT2 each line is one of the format's, and each name is told what it is before it comes", () => {
  const metrics = createMetrics();
  metrics.take({ type: "run-ended", end: "stopped", ...run });
  const told = new Set<string>();
  for (const line of metrics.prometheus(status).trimEnd().split("\n")) {
    const [, type] = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (type !== undefined) told.add(type);
    if (line.startsWith("#")) continue;
    const [, name = ""] =
      /^(\w+?)(?:_bucket|_sum|_count)?(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?[\d.e+-]+$/.exec(line) ?? [];
    expect([...told], line).toContain(name);
  }
});

it("MT3 who asks at the same time is answered by one asking, and nobody waits for ever", async () => {
  let asked = 0;
  const asking = createMetricsAsking(() => (asked += 1));
  const both = Promise.all([asking.ask(), asking.ask()]);
  asking.take("numbers");
  expect(await both).toEqual(["numbers", "numbers"]);
  expect(asked).toBe(1);
  expect(await asking.ask()).toBeNull();
  asking.take("late");
  const again = asking.ask();
  asking.take("fresh");
  expect(await again).toBe("fresh");
});

it("MT4 the same numbers as OTLP: counters since the start, spans of durations each by itself, and no name of a model or a place", () => {
  let now = 1_800_000_000_000;
  const metrics = createMetrics(() => now);
  metrics.take({ type: "run-ended", end: "done", ...run });
  metrics.take({ type: "run-ended", end: "done", ...run, totalMs: 700_000 });
  now += 60_000;
  const text = metrics.otlp(status);
  expect(text).not.toMatch(/secret|Ollama|another/);
  const { resourceMetrics } = JSON.parse(text) as OtlpMessage;
  const { scopeMetrics = [], resource } = resourceMetrics[0] ?? {};
  expect(resource).toEqual({ attributes: [{ key: "service.name", value: { stringValue: "sovereign" } }] });
  const all = scopeMetrics[0]?.metrics ?? [];
  const of = (name: string) => all.find((each) => each["name"] === name);
  const times = { startTimeUnixNano: "1800000000000000000", timeUnixNano: "1800000060000000000" };
  expect(of("sovereign_answers_total")).toMatchObject({
    sum: {
      ...{ aggregationTemporality: 2, isMonotonic: true },
      dataPoints: [{ ...times, asDouble: 2, attributes: [{ key: "end", value: { stringValue: "done" } }] }],
    },
  });
  expect(of("sovereign_up_seconds")).toMatchObject({ gauge: { dataPoints: [{ asDouble: 61, attributes: [] }] } });
  const { dataPoints = [] } =
    (of("sovereign_answer_seconds") as { histogram?: { dataPoints: readonly Spans[] } }).histogram ?? {};
  expect(dataPoints[0]).toMatchObject({ ...times, count: "2", sum: 702, explicitBounds: durationBoundsSeconds });
  expect(dataPoints[0]?.bucketCounts).toEqual(["0", "0", "0", "0", "0", "1", "0", "0", "0", "0", "0", "0", "1"]);
});

interface Spans {
  readonly bucketCounts: readonly string[];
}
interface OtlpMessage {
  readonly resourceMetrics: readonly {
    readonly resource: object;
    readonly scopeMetrics: readonly { readonly metrics: readonly Readonly<Record<string, unknown>>[] }[];
  }[];
}

describe("numbers to the owner's collector", () => {
  let server: Server;
  let taken: { readonly path: string; readonly key: string; readonly body: string }[];
  let answers: number;
  let url: string;
  let notices: string[];
  beforeEach(async () => {
    [taken, answers, notices] = [[], 200, []];
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        taken.push({ path: request.url ?? "", key: request.headers.authorization ?? "", body });
        response.writeHead(answers, answers === 302 ? { location: "http://127.0.0.1:9/" } : {}).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  /** What the sender would wait for, by hand. */
  function start(keyFile: string | null): { turn: () => Promise<void>; pauses: number[]; close: () => void } {
    const pauses: number[] = [];
    let work: (() => void) | null = null;
    const sender = createOtlpSender({
      ...{ url, keyFile, ask: async () => "{}", notify: (says: string) => notices.push(says) },
      after: (delayMs, next) => {
        pauses.push(delayMs);
        work = next;
        return () => (work = null);
      },
    });
    const turn = async (): Promise<void> => {
      const before = pauses.length;
      work?.();
      await vi.waitFor(() => expect(pauses.length).toBe(before + 1), 10_000);
    };
    return { turn, pauses, close: sender.close };
  }

  it("MT5 go to its path with its key, are counted as having left, and to nobody it points to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sovereign-otlp-"));
    writeFileSync(join(folder, "key"), "a-key\n", { mode: 0o600 });
    const { turn, close } = start(join(folder, "key"));
    await turn();
    expect(taken).toEqual([{ path: "/v1/metrics", key: "Bearer a-key", body: "{}" }]);
    expect(takeCalls().find(({ why }) => why === "metrics")).toMatchObject({ to: new URL(url).host, calls: 1 });
    answers = 302;
    await turn();
    expect(notices).toHaveLength(1);
    close();
    rmSync(folder, { recursive: true });
  });

  it("MT6 one that takes nothing is said once, asked half as often each time, and as before when it is well", async () => {
    const { turn, pauses, close } = start(null);
    answers = 503;
    for (let at = 0; at < 6; at += 1) await turn();
    expect(pauses).toEqual([60_000, 120_000, 240_000, 480_000, 960_000, 960_000, 960_000]);
    expect(notices).toEqual([expect.stringMatching(/took no numbers of this host \(status 503\)/)]);
    answers = 200;
    await turn();
    expect(pauses.at(-1)).toBe(60_000);
    close();
  });
});
