/** Gives a file to the browser's downloads. */

/** The browser has taken it by then. */
const holdMs = 10_000;

export function saveFile(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), holdMs);
}

/** Of a drawing, at twice its size: as points, since a drawing in text may hold more than it shows. */
export async function savePicture(
  name: string,
  drawing: { readonly url: string; readonly width: number; readonly height: number },
): Promise<void> {
  const image = new Image();
  image.src = drawing.url;
  await image.decode();
  const scale = Math.min(2, pictureSideMax / Math.max(drawing.width, drawing.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(drawing.width * scale));
  canvas.height = Math.max(1, Math.round(drawing.height * scale));
  const brush = canvas.getContext("2d");
  if (brush === null) throw new Error("This browser draws no pictures.");
  brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob === null) throw new Error("The picture was not made.");
  saveFile(name, "image/png", blob);
}

/** Browsers refuse canvases much larger than this. */
const pictureSideMax = 8_000;
