/** Numbers as others read them: the text format of Prometheus, and OTLP in JSON (opentelemetry-proto, metrics/v1). Pure. */

/** Each value is a word or a number of ours: nothing to escape. */
export type Labels = Readonly<Record<string, string | number>>;

export interface Point {
  readonly labels: Labels;
  readonly value: number;
}

export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: "counter" | "gauge"; readonly points: readonly Point[] }
  | {
      readonly type: "histogram";
      readonly bounds: readonly number[];
      /** One more than bounds: what is in each span alone. */
      readonly counts: readonly number[];
      readonly sum: number;
    }
);

export function toPrometheus(families: readonly Family[]): string {
  const lines = families.flatMap((family) => [
    `# HELP ${family.name} ${family.help}`,
    `# TYPE ${family.name} ${family.type}`,
    ...(family.type === "histogram"
      ? toBuckets(family)
      : family.points.map(({ labels, value }) => `${family.name}${writeLabels(labels)} ${value}`)),
  ]);
  return `${lines.join("\n")}\n`;
}

/** There each bucket holds all before it. */
function toBuckets({ name, bounds, counts, sum }: Extract<Family, { type: "histogram" }>): readonly string[] {
  const upTo = (at: number): number => counts.slice(0, at + 1).reduce((all, count) => all + count, 0);
  const count = upTo(bounds.length);
  return [
    ...bounds.map((bound, at) => `${name}_bucket{le="${bound}"} ${upTo(at)}`),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
  ];
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** AGGREGATION_TEMPORALITY_CUMULATIVE: since the start, so that a message that is lost loses nothing. */
const cumulative = 2;

/** 64-bit numbers are texts in OTLP's JSON. */
const toNano = (ms: number): string => `${Math.round(ms)}000000`;

export function toOtlp(families: readonly Family[], startedMs: number, nowMs: number): string {
  const times = { startTimeUnixNano: toNano(startedMs), timeUnixNano: toNano(nowMs) };
  const toPoint = ({ labels, value }: Point): object => ({
    attributes: Object.entries(labels).map(([key, each]) => ({ key, value: { stringValue: String(each) } })),
    ...times,
    asDouble: value,
  });
  const metrics = families.map((family): object => {
    const { name, help: description } = family;
    if (family.type === "histogram") {
      const count = String(family.counts.reduce((all, each) => all + each, 0));
      const point = {
        ...{ attributes: [], ...times, count, sum: family.sum },
        ...{ bucketCounts: family.counts.map(String), explicitBounds: family.bounds },
      };
      return { name, description, unit: "s", histogram: { dataPoints: [point], aggregationTemporality: cumulative } };
    }
    const dataPoints = family.points.map(toPoint);
    if (family.type === "gauge") return { name, description, gauge: { dataPoints } };
    return { name, description, sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: true } };
  });
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "sovereign" } }] };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: "sovereign" }, metrics }] }] });
}
