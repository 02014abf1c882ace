import { expect, it } from "vitest";
import type { HostStatus } from "../hostStatus.ts";
import { createMetricsAsking } from "./asking.ts";
import { createMetrics } from "./metrics.ts";

const running = { state: "running", pid: 1, upSeconds: 1 } as const;
const status: Pick<HostStatus, "upSeconds" | "devicesConnected" | "parts" | "backend"> = {
  upSeconds: 61,
  devicesConnected: 2,
  parts: { relay: running, agent: { ...running, state: "starting" }, gateway: running, https: null, push: null },
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
  const lines = metrics.text(status).trim().split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "sovereign_up_seconds 61",
      "sovereign_devices_connected 2",
      'sovereign_part_running{part="relay"} 1',
      'sovereign_part_running{part="agent"} 0',
      "sovereign_models 2",
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
  for (const line of metrics.text(status).trimEnd().split("\n")) {
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
