/** Every ink on every ground it is set on, in both themes: what is read has 4.5:1, what is pressed or moved 3:1 (WCAG 1.4.3, 1.4.11). */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

const css = readFileSync(resolve(import.meta.dirname, "tokens.css"), "utf8");

type Colour = readonly [lightness: number, chroma: number, hue: number];

function coloursOf(selector: string): ReadonlyMap<string, Colour> {
  const from = css.indexOf(`${selector} {`);
  const block = css.slice(from, css.indexOf("\n}", from));
  const found = block.matchAll(/--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g);
  return new Map([...found].map(([, name = "", l, c, h]) => [name, [Number(l), Number(c), Number(h)] as const]));
}

/** OKLCH as linear sRGB, and how light that is. Numbers: Björn Ottosson's OKLab. */
function luminance([lightness, chroma, hue]: Colour): number {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const [red, green, blue] = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((part) => Math.min(1, Math.max(0, part))) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ["desk", "paper", "leaf", "hover", "hover-leaf", "chosen", "groove", "code-paper"];
const washes = ["wax-wash", "attention-wash"];

/** What is read, and on what. */
const texts: readonly (readonly [ink: string, grounds: readonly string[]])[] = [
  ["ink", [...grounds, ...washes, "key", "select"]],
  ["ink-soft", [...grounds, ...washes, "key", "select"]],
  ["ink-faint", grounds],
  ["wax", ["desk", "paper", "leaf", "hover", "hover-leaf", "wax-wash"]],
  ["attention", ["desk", "paper", "leaf", "hover-leaf", "attention-wash"]],
  ["on-wax", ["wax-fill", "wax-deep"]],
  ["code-comment", ["code-paper"]],
  ["code-string", ["code-paper"]],
  ["code-keyword", ["code-paper"]],
  ["code-name", ["code-paper"]],
  // A message at the foot of the page is ink and paper the other way round.
  ["paper", ["ink"]],
];

/** The edge of what can be pressed, the seal, the ring around what has the focus. */
const marks: typeof texts = [
  ["line-strong", ["desk", "paper", "leaf", "hover", "hover-leaf", "chosen"]],
  ["wax", ["desk", "paper", "leaf", "hover", "hover-leaf", "chosen", "groove"]],
  ["wax-fill", ["desk", "paper", "leaf"]],
];

for (const [theme, selector] of [
  ["light", ":root"],
  ["dark", ':root[data-theme="dark"]'],
] as const) {
  describe(`in the ${theme} theme`, () => {
    const colours = coloursOf(selector);
    const colour = (name: string): Colour => {
      const found = colours.get(name);
      if (found === undefined) throw new Error(`--${name} is no colour in ${selector}`);
      return found;
    };
    for (const [what, pairs, least] of [
      ["is read", texts, 4.5],
      ["is seen", marks, 3],
    ] as const) {
      test(`what ${what} has ${least}:1 on every ground`, () => {
        const weak = pairs.flatMap(([ink, on]) =>
          on
            .map((ground) => ({ ink, ground, ratio: contrast(colour(ink), colour(ground)) }))
            .filter(({ ratio }) => ratio < least)
            .map(({ ground, ratio }) => `${ink} on ${ground}: ${ratio.toFixed(2)}`),
        );
        expect(weak).toEqual([]);
      });
    }
  });
}

test("black on white is 21:1: the measure itself", () => {
  expect(contrast([0, 0, 0], [1, 0, 0])).toBeCloseTo(21, 1);
});
