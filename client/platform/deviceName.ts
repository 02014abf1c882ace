/** A first guess at what the owner calls this device, such as "Firefox on macOS"; it can be changed before it is used. */

const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/CriOS\/|Google Chrome/, "Chrome"],
  [/Chrom(e|ium)\//, "Chromium"],
  [/Safari\//, "Safari"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** `brands` are those of User-Agent Client Hints, which tell Chrome from Chromium. */
export function guessDeviceName(userAgent: string, brands: readonly string[]): string {
  const text = [...brands, userAgent].join(" ");
  const browser = browsers.find(([pattern]) => pattern.test(text))?.[1] ?? "Browser";
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  return system === undefined ? browser : `${browser} on ${system}`;
}

export function thisDeviceName(): string {
  const hints = (navigator as { userAgentData?: { brands?: readonly { brand: string }[] } }).userAgentData;
  return guessDeviceName(
    navigator.userAgent,
    (hints?.brands ?? []).map(({ brand }) => brand),
  );
}

/** For the others' list of devices; a guess, like the name. */
export function guessDeviceKind(userAgent: string, touchPoints: number): "phone" | "tablet" | "computer" {
  // An iPad says that it is a Mac, and a Mac has no touch.
  if (/iPad|Tablet/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return "tablet";
  if (/Android/.test(userAgent)) return /Mobile/.test(userAgent) ? "phone" : "tablet";
  return /iPhone|Mobile/.test(userAgent) ? "phone" : "computer";
}

export function thisDeviceKind(): "phone" | "tablet" | "computer" {
  return guessDeviceKind(navigator.userAgent, navigator.maxTouchPoints);
}
