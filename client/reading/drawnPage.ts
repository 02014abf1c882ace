/** What a drawn page of a PDF is, and where on it a passage stands. Both sides count a passage's letters alike, whatever lies between them. */

/** A place on the page, in parts of its width and height. */
export interface PageMark {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PageToDraw {
  /** From 1. */
  readonly page: number;
  readonly widthPixels: number;
  /** Of the page's letters, those of the passage: from one up to another. */
  readonly from: number;
  readonly to: number;
}

export interface DrawnPage {
  readonly bitmap: ImageBitmap;
  readonly marks: readonly PageMark[];
}

/** Reading a page joins divided words and tidies spaces (readPdf.ts); its letters stay. */
const between = /[\s\0\f-]+/g;
export const lettersIn = (text: string): number => text.replace(between, "").length;

/** A line of text as it lies on the page. */
export interface PlacedText {
  readonly text: string;
  /** In the page's own measure: a corner, the way along the line, and the way up. */
  readonly at: readonly [number, number];
  readonly along: readonly [number, number];
  readonly up: readonly [number, number];
}

/** Of the letters from one up to another, the boxes, one for each piece of text. `toView`: onto the drawn page. */
export function marksOf(
  all: readonly PlacedText[],
  { from, to }: Pick<PageToDraw, "from" | "to">,
  view: { readonly width: number; readonly height: number; readonly toView: (x: number, y: number) => number[] },
): readonly PageMark[] {
  const marks: PageMark[] = [];
  let passed = 0;
  for (const { text, at, along, up } of all) {
    const letters = lettersIn(text);
    const [first, last] = [Math.max(0, from - passed), Math.min(letters, to - passed)];
    passed += letters;
    if (letters === 0 || first >= last) continue;
    // As if all letters were as wide as each other: nobody reads a mark to the pixel.
    const corner = (part: number, height: number): number[] =>
      view.toView(at[0] + along[0] * part + up[0] * height, at[1] + along[1] * part + up[1] * height);
    const corners = [first / letters, last / letters].flatMap((part) => [corner(part, -0.22), corner(part, 0.9)]);
    const xs = corners.map(([x = 0]) => x / view.width);
    const ys = corners.map(([, y = 0]) => y / view.height);
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    marks.push({ left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top });
  }
  return marks;
}
