/**
 * A formula as elements. KaTeX lays it out as a tree and makes elements of that: no HTML from text on the way. The one thing that
 * the page's policy would refuse is a `style` attribute, which some of its drawings carry; that is set as a property here.
 */
import katex, { type KatexOptions } from "katex";
import { formulaDepthMax } from "./mathLimits.ts";
import { isDeeperThan } from "./treeDepth.ts";
import "katex/dist/katex.min.css";

/** A formula is the model's, so it may not grow for ever (`\def`), nor cover the page (`\rule`), nor name addresses (`trust`). */
const limits = { maxExpand: 500, maxSize: 24, trust: false, strict: false } as const;

interface Drawn {
  toNode(): Node;
  readonly children?: readonly Drawn[];
  readonly attributes?: Record<string, string>;
}

/** What `katex.render` draws from; the types that it ships with leave it out. */
const { __renderToDomTree: layOut } = katex as unknown as {
  __renderToDomTree(source: string, options: KatexOptions): Drawn;
};

/** `null`: this is not TeX that it knows, or deeper than a page may be. */
export function drawMath(source: string, isDisplay: boolean): Node | null {
  try {
    const tree = layOut(source, {
      ...limits,
      displayMode: isDisplay,
      throwOnError: true,
      output: "htmlAndMathml",
    });
    if (isDeeperThan(tree, formulaDepthMax)) return null;
    styleByProperty(tree);
    return tree.toNode();
  } catch {
    return null;
  }
}

function styleByProperty(drawn: Drawn): void {
  for (const child of drawn.children ?? []) styleByProperty(child);
  const style = drawn.attributes?.["style"];
  if (drawn.attributes === undefined || style === undefined) return;
  delete drawn.attributes["style"];
  const toNode = drawn.toNode.bind(drawn);
  drawn.toNode = () => {
    const node = toNode();
    if (node instanceof HTMLElement || node instanceof SVGElement || node instanceof MathMLElement)
      node.style.cssText = style;
    return node;
  };
}
