/** Where a link in an answer may lead. Everything else is shown as text. */

const schemes = new Set(["http:", "https:", "mailto:"]);
const urlCharsMax = 2048;

/** `null` when the address is not absolute, or of a kind that could run or fetch something by itself. */
export function safeUrl(href: string): string | null {
  if (href.length > urlCharsMax) return null;
  // A relative address would lead into this page, which is the owner's and not the model's.
  if (!/^[a-z][a-z0-9+.-]*:/i.test(href)) return null;
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  if (!schemes.has(url.protocol)) return null;
  // `https://bank.example@evil.example` names one place and leads to another.
  if (url.username !== "" || url.password !== "") return null;
  return url.href;
}
