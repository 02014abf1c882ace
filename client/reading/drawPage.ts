/** Draws pages of one PDF, in a worker that ends with whoever looks at them. Nothing is fetched: a font that is not in the file is drawn in one of this device's. */
import { getDocumentProxy } from "unpdf";
import { withBoundedMemory } from "./boundedMemory.ts";
import { type DrawnPage, marksOf, type PageToDraw, type PlacedText } from "./drawnPage.ts";
import { drawnPixelsMax, picturePixelsMax, pieceBytesMax } from "./limits.ts";

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

/** What pdf.js draws on where there is no document to make an element in. */
class Canvases {
  create(width: number, height: number): { canvas: OffscreenCanvas | null; context: unknown } {
    const canvas = new OffscreenCanvas(width, height);
    return { canvas, context: canvas.getContext("2d", { willReadFrequently: true }) };
  }
  reset({ canvas }: { readonly canvas: OffscreenCanvas | null }, width: number, height: number): void {
    if (canvas !== null) Object.assign(canvas, { width, height });
  }
  destroy(held: { canvas: OffscreenCanvas | null; context: unknown }): void {
    if (held.canvas !== null) Object.assign(held.canvas, { width: 0, height: 0 });
    Object.assign(held, { canvas: null, context: null });
  }
}

/** Filters are elements too: what they would do to a picture is left out. */
class NoFilters {
  addFilter = (): string => "none";
  addHCMFilter = this.addFilter;
  addAlphaFilter = this.addFilter;
  addLuminosityFilter = this.addFilter;
  addKnockoutFilter = this.addFilter;
  addHighlightHCMFilter = this.addFilter;
  addSelectionHCMFilter = this.addFilter;
  destroy(): void {}
}

/** Rejects when the file does not open, or asks for more memory than a document needs. */
export async function openDrawing(bytes: Uint8Array): Promise<(wanted: PageToDraw) => Promise<DrawnPage>> {
  const document = await withBoundedMemory(
    () =>
      getDocumentProxy(bytes, {
        verbosity: 0,
        disableFontFace: true,
        useSystemFonts: false,
        maxImageSize: picturePixelsMax,
        CanvasFactory: Canvases,
        FilterFactory: NoFilters,
      }),
    pieceBytesMax,
  );
  return (wanted) => withBoundedMemory(() => drawPage(document, wanted), pieceBytesMax);
}

async function drawPage(document: Document, wanted: PageToDraw): Promise<DrawnPage> {
  const page = await document.getPage(wanted.page);
  try {
    const whole = page.getViewport({ scale: 1 });
    const scale = Math.min(
      wanted.widthPixels / whole.width,
      Math.sqrt(drawnPixelsMax / Math.max(1, whole.width * whole.height)),
    );
    const viewport = page.getViewport({ scale });
    const canvas = new OffscreenCanvas(
      Math.max(1, Math.round(viewport.width)),
      Math.max(1, Math.round(viewport.height)),
    );
    const canvasContext = canvas.getContext("2d") as unknown as CanvasRenderingContext2D;
    // As for paper: no page waits for a screen's next picture, which a worker has none of; and no form, link or note is drawn.
    await page.render({ canvasContext, canvas: null, viewport, intent: "print", annotationMode: 0 }).promise;
    const { items } = await page.getTextContent();
    const placed = items.flatMap((item) => ("str" in item ? [toPlaced(item)] : []));
    const toView = (x: number, y: number): number[] => viewport.convertToViewportPoint(x, y) as number[];
    const marks = marksOf(placed, wanted, { width: viewport.width, height: viewport.height, toView });
    return { bitmap: canvas.transferToImageBitmap(), marks };
  } finally {
    page.cleanup();
  }
}

function toPlaced(item: { readonly str: string; readonly transform: number[]; readonly width: number }): PlacedText {
  const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = item.transform;
  const size = Math.hypot(a, b) || 1;
  return { text: item.str, at: [x, y], along: [(a / size) * item.width, (b / size) * item.width], up: [c, d] };
}
