/** Lines as an SVG, small enough to read as text: axes, ticks at round numbers, a name at each line's end. It reads in light and in dark. */
import type { Plot } from "./question.ts";

const [width, height] = [720, 360];
const box = { left: 64, right: 540, top: 36, bottom: 312 };
/** Told apart also by who sees few colours. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#332288"];

interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export function drawPlot(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const x = axisOf(
    points.map(([value]) => value),
    [box.left, box.right],
    plot.isLogarithmicX === true,
  );
  const y = axisOf(
    points.map(([, value]) => value),
    [box.bottom, box.top],
    plot.isLogarithmicY === true,
  );
  const grid = y.ticks.map(
    (tick) =>
      `<path d="M${box.left} ${round(y.at(tick))}H${box.right}" stroke="#8884"/><text x="${box.left - 8}" y="${round(y.at(tick)) + 4}" text-anchor="end">${label(tick)}</text>`,
  );
  const marks = x.ticks.map(
    (tick) => `<text x="${round(x.at(tick))}" y="${box.bottom + 18}" text-anchor="middle">${label(tick)}</text>`,
  );
  const ends = spread(plot.lines.map((line) => y.at(line.points.at(-1)?.[1] ?? 0)));
  const drawn = plot.lines.map((line, at) => {
    const colour = COLOURS[at % COLOURS.length] ?? "#000";
    const path = line.points.map(([px, py]) => `${round(x.at(px))} ${round(y.at(py))}`).join("L");
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/><text x="${box.right + 10}" y="${round(ends[at] ?? 0) + 4}" fill="${colour}">${escape(line.name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui,sans-serif" font-size="12" fill="#777">
<text x="${box.left}" y="18" font-size="14">${escape(plot.title)}</text>
${grid.join("\n")}
${marks.join("\n")}
<text x="${(box.left + box.right) / 2}" y="${height - 12}" text-anchor="middle">${escape(plot.x)}</text>
<text transform="translate(14 ${(box.top + box.bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(plot.y)}</text>
${drawn.join("\n")}
</svg>
`;
}

function axisOf(values: readonly number[], [from, to]: readonly [number, number], isLogarithmic: boolean): Axis {
  const usable = values.filter((value) => Number.isFinite(value) && (!isLogarithmic || value > 0));
  const [low, high] = [Math.min(...usable), Math.max(...usable)];
  if (isLogarithmic) {
    const [first, last] = [
      Math.floor(Math.log10(low)),
      Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1),
    ];
    const ticks = Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
    return { at: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from), ticks };
  }
  const step = niceStep(high / 5);
  const top = Math.max(step, Math.ceil(high / step) * step);
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step);
  return { at: (value) => from + (value / top) * (to - from), ticks };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough > 0 ? rough : 1));
  return power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
}

/** Names of lines that end close together stand below each other. */
function spread(wanted: readonly number[]): readonly number[] {
  const placed = new Map<number, number>();
  let last = -Infinity;
  for (const [at, y] of [...wanted.entries()].sort((a, b) => a[1] - b[1])) {
    last = Math.max(y, last + 15);
    placed.set(at, last);
  }
  return wanted.map((y, at) => placed.get(at) ?? y);
}

const round = (value: number): number => Math.round(value * 10) / 10;
const label = (value: number): string =>
  Math.abs(value) < 1 ? String(Number(value.toPrecision(2))) : value.toLocaleString("en");
const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
