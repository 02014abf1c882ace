/**
 * The page's one Trusted Types policy, made before anything is rendered. It admits the HTML of templates known at build time
 * and the addresses of our own workers; every other string that reaches a script sink is refused by the browser.
 */
import { trustedTemplates } from "virtual:trusted-templates";
// eslint-disable-next-line import/default -- reason: the address that Vite makes of it, not what it exports.
import highlightWorker from "../chat/markdown/highlightWorker.ts?worker&url";
// eslint-disable-next-line import/default -- reason: the same.
import searchWorker from "../search/searchWorker.ts?worker&url";
import { importWorkerUrl } from "./importWorker.ts";
import { drawingWorkerUrl, passageWorkerUrl, readingWorkerUrl } from "./readingWorkers.ts";
import { stretchWorkerUrl } from "./stretchWorker.ts";

interface PolicyFactory {
  createPolicy(
    name: string,
    rules: {
      createHTML(text: string): string;
      createScript(): never;
      createScriptURL(url: string): string;
    },
  ): unknown;
}

export const serviceWorkerUrl = "/sw.js";
export const highlightWorkerUrl: string = highlightWorker;
export const searchWorkerUrl: string = searchWorker;

const workerUrls: ReadonlySet<string> = new Set([
  serviceWorkerUrl,
  highlightWorkerUrl,
  searchWorkerUrl,
  stretchWorkerUrl,
  importWorkerUrl,
  readingWorkerUrl,
  drawingWorkerUrl,
  passageWorkerUrl,
]);

export function installTrustedTypes(): void {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  if (factory === undefined) return;
  const known = new Set(trustedTemplates);
  factory.createPolicy("default", {
    createHTML: (text) => {
      if (known.has(text)) return text;
      throw new TypeError("This text is not one of the app's own templates.");
    },
    createScript: () => {
      throw new TypeError("Text is never run as a script.");
    },
    createScriptURL: (url) => {
      if (workerUrls.has(url)) return url;
      throw new TypeError("This address is not one of the app's own workers.");
    },
  });
}
