/** The worker that draws pages of one PDF. It has no key, fetches nothing, and is ended with the page that shows it. */
import type { DrawnPage, PageToDraw } from "./drawnPage.ts";
import { openDrawing } from "./drawPage.ts";

export type ToDrawing =
  | { readonly kind: "open"; readonly bytes: Uint8Array }
  | ({ readonly kind: "draw"; readonly id: number } & PageToDraw);
export type FromDrawing =
  | ({ readonly kind: "drawn"; readonly id: number } & DrawnPage)
  /** It cannot be drawn: its text still can be read. */
  | { readonly kind: "refused"; readonly id: number };

let opening: ReturnType<typeof openDrawing> | null = null;
/** One after the other. */
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<ToDrawing>) => {
  if (data.kind === "open") {
    opening = openDrawing(data.bytes);
    opening.catch(() => undefined);
    return;
  }
  last = last.then(async () => {
    try {
      const draw = await opening;
      if (draw === null) throw new Error("nothing was opened");
      const { bitmap, marks } = await draw(data);
      const drawn: FromDrawing = { kind: "drawn", id: data.id, bitmap, marks };
      postMessage(drawn, { transfer: [bitmap] });
    } catch {
      // reason: whatever a file breaks in here, its words are read elsewhere.
      const refused: FromDrawing = { kind: "refused", id: data.id };
      postMessage(refused);
    }
  });
});
