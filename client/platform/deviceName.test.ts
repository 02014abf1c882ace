import { describe, expect, it } from "vitest";
import { guessDeviceKind, guessDeviceName } from "./deviceName.ts";

const chromeLinux =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

describe("the first guess at a device's name", () => {
  it.each([
    [chromeLinux, ["Chromium", "Not=A?Brand"], "Chromium on Linux"],
    [chromeLinux, ["Google Chrome", "Chromium"], "Chrome on Linux"],
    [`${chromeLinux} Edg/140.0`, [], "Edge on Linux"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0", [], "Firefox on macOS"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
      [],
      "Safari on iPhone",
    ],
    ["", [], "Browser"],
  ])("%s", (userAgent, brands, name) => {
    expect(guessDeviceName(userAgent, brands)).toBe(name);
  });
});

describe("the first guess at what a device is", () => {
  it.each([
    [chromeLinux, 0, "computer"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64)", 10, "computer"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 0, "computer"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 5, "tablet"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", 5, "phone"],
    ["Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0.0.0 Mobile Safari/537.36", 5, "phone"],
    ["Mozilla/5.0 (Linux; Android 15) Chrome/140.0.0.0 Safari/537.36", 5, "tablet"],
  ] as const)("%s", (userAgent, touchPoints, kind) => {
    expect(guessDeviceKind(userAgent, touchPoints)).toBe(kind);
  });
});
