import katex, { type KatexOptions } from "katex";
import { describe, expect, it } from "vitest";
import { type Branching, isDeeperThan } from "./treeDepth.ts";
import { formulaDepthMax } from "./mathLimits.ts";

const { __renderToDomTree: layOut } = katex as unknown as {
  __renderToDomTree(source: string, options: KatexOptions): Branching;
};
const isTooDeep = (source: string): boolean =>
  isDeeperThan(layOut(source, { output: "htmlAndMathml" }), formulaDepthMax);

describe("a formula's depth", () => {
  it("of what people write is drawn", () => {
    for (const source of [
      "x^2",
      String.raw`\frac{1}{1+\frac{1}{1+\frac{1}{1+\frac{1}{1+\frac{1}{1+\frac{1}{x}}}}}}`,
      String.raw`\begin{pmatrix} \sqrt{\frac{a}{\sqrt{b}}} & 0 \\ 0 & \int_0^{\infty} e^{-x^{2^{n}}} dx \end{pmatrix}`,
      String.raw`\left(\sum_{i=1}^{n}\left[\prod_{j=1}^{m}\left\{\frac{\partial^2 f}{\partial x_i \partial y_j}\right\}\right]\right)`,
      `${"\\sqrt{".repeat(10)}x${"}".repeat(10)}`,
    ])
      expect(isTooDeep(source), source).toBe(false);
  });

  it("of a bomb is seen before a browser goes down into it", () => {
    for (const [open, close, times] of [
      ["{", "}", 300],
      ["\\sqrt{", "}", 200],
      ["\\frac{1}{", "}", 150],
      ["x^{", "}", 150],
    ] as const)
      expect(isTooDeep(`${open.repeat(times)}x${close.repeat(times)}`), open).toBe(true);
  });
});
