/**
 * What kind of picture bytes begin as, and how large it would be once decoded. A picture is shown by what it is, never by what it is
 * called, and a small file that would decode into gigabytes is not decoded.
 */

export interface PictureHead {
  readonly type: "image/png" | "image/jpeg" | "image/webp" | "image/gif";
  readonly width: number;
  readonly height: number;
}

/** The media types of these: what a file is called before its bytes are there. */
export const pictureTypes: readonly string[] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/** Shown in the conversation up to here: what a phone's camera makes, and 160 MB decoded. */
export const picturePixelsMax = 40_000_000;
/** Larger ones are fetched when somebody asks for them. */
export const pictureBytesMax = 20_971_520;

/** `null`: no such picture. */
export function readPictureHead(bytes: Uint8Array): PictureHead | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readPng(view) ?? readGif(view) ?? readWebp(view) ?? readJpeg(view);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const PNG_START = 0x89_50_4e_47;
const PNG_HEAD = 0x49_48_44_52;

function readPng(view: DataView): PictureHead | null {
  if (view.getUint32(0) !== PNG_START || view.getUint32(12) !== PNG_HEAD) return null;
  return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

function readGif(view: DataView): PictureHead | null {
  if (textAt(view, 0, 4) !== "GIF8") return null;
  return { type: "image/gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

function readWebp(view: DataView): PictureHead | null {
  if (textAt(view, 0, 4) !== "RIFF" || textAt(view, 8, 4) !== "WEBP") return null;
  const kind = textAt(view, 12, 4);
  const type = "image/webp";
  if (kind === "VP8X") {
    const at = (offset: number): number => view.getUint16(offset, true) + view.getUint8(offset + 2) * 0x1_0000 + 1;
    return { type, width: at(24), height: at(27) };
  }
  if (kind === "VP8L") {
    const packed = view.getUint32(21, true);
    return { type, width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  if (kind !== "VP8 ") return null;
  return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** Its segments, up to the one that starts a frame. */
function readJpeg(view: DataView): PictureHead | null {
  if (view.getUint16(0) !== 0xff_d8) return null;
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Fill bytes may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { type: "image/jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
}

function textAt(view: DataView, at: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, index) => view.getUint8(at + index)));
}
