/**
 * Libraries that a page in the frame may use without a network: pinned here, built with the app, fetched from this device by the app (never by
 * the frame) when a page names one, and handed to the frame as text before the page begins. A page names one so:
 *
 *   <script src="runtime:ui"></script>       `ui`: Preact, its hooks, and `html` for tags in template strings (htm)
 *   <script src="runtime:chart"></script>    `uPlot`
 *
 * Models are told of them in host/agent/artifactPrompt.ts; a test holds the two lists together.
 */
import { runtimeUrls } from "./runtimeUrls.ts";

export const runtimeNames = ["ui", "chart"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** Each once, in the order in which the page names them. */
export function runtimesIn(html: string): readonly RuntimeName[] {
  const named = [...html.matchAll(/<script\b[^>]{0,400}?\bsrc\s*=\s*["']?runtime:([a-z]{1,20})\b/gi)];
  const names = named.flatMap(([, wanted]) => runtimeNames.filter((name) => name === wanted?.toLowerCase()));
  return [...new Set(names)];
}

const texts = new Map<RuntimeName, Promise<string>>();

/** Rejects when it is not on this device and cannot be fetched; the next call tries again. */
export function loadRuntime(name: RuntimeName): Promise<string> {
  const loading =
    texts.get(name) ??
    fetch(runtimeUrls[name]).then(async (response) => {
      if (!response.ok) throw new Error(`The runtime ${name} is not here.`);
      return response.text();
    });
  texts.set(name, loading);
  loading.catch(() => texts.delete(name));
  return loading;
}
