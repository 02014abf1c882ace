import { describe, expect, it } from "vitest";
import { readPictureHead } from "./pictureHead.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? Array.from(part, (c) => c.charCodeAt(0)) : part)),
  );

const png = bytes([0x89], "PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 2, 0x80], [0, 0, 1, 0xe0]);
const gif = bytes("GIF89a", [0x40, 0x01], [0xf0, 0x00]);
const extended = bytes("RIFF", [0, 0, 0, 0], "WEBPVP8X", [10, 0, 0, 0], [0, 0, 0, 0], [0x7f, 0x02, 0], [0xdf, 0x01, 0]);
const lossy = bytes("RIFF", [0, 0, 0, 0], "WEBPVP8 ", [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a], [0x80, 0x02], [0xe0, 0x01]);
const packed = (640 - 1) | ((480 - 1) << 14);
const lossless = bytes(
  "RIFF",
  [0, 0, 0, 0],
  "WEBPVP8L",
  [0, 0, 0, 0, 0x2f],
  [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255, packed >>> 24],
);
const jpeg = bytes(
  [0xff, 0xd8],
  [0xff, 0xe0, 0, 4, 1, 2],
  [0xff, 0xc4, 0, 3, 9],
  [0xff],
  [...[0xff, 0xc2, 0, 17, 8], ...[0x01, 0xe0], ...[0x02, 0x80]],
);

describe("a picture's head", () => {
  it.each([
    ["image/png", png, 640, 480],
    ["image/gif", gif, 320, 240],
    ["image/webp", extended, 640, 480],
    ["image/webp", lossy, 640, 480],
    ["image/webp", lossless, 640, 480],
    ["image/jpeg", jpeg, 640, 480],
  ])("%s is known by its bytes, with its size", (type, picture, width, height) => {
    expect(readPictureHead(picture)).toEqual({ type, width, height });
  });

  it("is nothing in what is no such picture, or was cut off", () => {
    for (const other of [
      "",
      "<svg xmlns='http://www.w3.org/2000/svg'>",
      "<!doctype html>",
      "GIF8",
      "\xff\xd8\xff",
      "BM0000",
    ])
      expect(readPictureHead(bytes(other)), JSON.stringify(other)).toBeNull();
    for (const picture of [png, extended, lossy, lossless, jpeg])
      for (let length = 0; length < picture.length; length++)
        expect(readPictureHead(picture.subarray(0, length))).toBeNull();
  });
});
