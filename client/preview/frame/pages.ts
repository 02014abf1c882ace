/** What the frame shows in place of everything: a page that runs, the same page lying still, or a picture. */

/** Scripts that came as text do not run: each is made anew, in its place and in order. */
export function showPage(html: string): void {
  put(new DOMParser().parseFromString(html, "text/html"));
  for (const old of document.querySelectorAll("script")) {
    // It ran before the page, from what the frame was handed.
    if (isRuntime(old.getAttribute("src") ?? "")) {
      old.remove();
      continue;
    }
    const script = document.createElement("script");
    for (const { name, value } of old.attributes) script.setAttribute(name, value);
    script.textContent = old.textContent;
    old.replaceWith(script);
  }
}

const isRuntime = (address: string): boolean => /^\s*runtime:(ui|chart)\b/i.test(address);

/**
 * The page as it looks before any script ran, for browsers in which a script could still get out (SECURITY §0.4). A policy that allows
 * no script from here on comes first; then goes what asks for names without a script, which no policy covers.
 */
export function showStill(html: string): void {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "script-src 'none'";
  document.head.append(policy);
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of page.querySelectorAll(activeElements)) element.remove();
  for (const element of page.querySelectorAll("*"))
    for (const { name, value } of [...element.attributes]) {
      const isAddress = addressAttributes.has(name) && !/^(#|data:image\/)/i.test(value.trim());
      if (name.startsWith("on") || isAddress) element.removeAttribute(name);
    }
  page.head.prepend(policy);
  put(page);
}

/** As an image, in which nothing runs; here and not in the app, which a drawing of a million parts would hold up. */
export function showPicture(svg: string): void {
  const picture = document.createElement("img");
  picture.alt = "";
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg.toWellFormed())}`;
  Object.assign(picture.style, { width: "100%", height: "100%", objectFit: "contain" });
  Object.assign(document.body.style, { margin: "0", height: "100vh" });
  document.body.replaceChildren(picture);
}

/**
 * An origin of its own has no storage, and a page that asks for it would stop there. What is kept here is gone with the frame. Both are
 * looked up at the window by name, so they are put there.
 */
export function giveStorage(): void {
  for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(globalThis, name, { value: createMemoryStorage(), configurable: true });
}

function createMemoryStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
  };
}

function put(page: Document): void {
  document.head.replaceChildren(...page.head.childNodes);
  // A page of frames has none.
  document.body.replaceWith((page.body as HTMLElement | null) ?? document.createElement("body"));
}

/** What loads, leads away, or changes an address that was looked at. */
const activeElements =
  "script, link, meta, base, iframe, frame, frameset, fencedframe, object, embed, applet, portal, form, animate, set, animatemotion, animatetransform";
const addressAttributes = new Set([
  ...["href", "xlink:href", "src", "srcset", "imagesrcset", "poster", "background", "data", "action", "formaction"],
  ...["ping", "cite", "longdesc", "usemap", "manifest", "profile", "codebase", "classid", "icon", "srcdoc"],
]);
