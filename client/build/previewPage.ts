/**
 * Builds `preview.html`, the page of the sandboxed frame (client/preview/). Its script stands in the page itself: on an origin of its own
 * the frame could not fetch it, and its policy allows it to fetch nothing.
 */
import { build, type Plugin } from "vite";

export function previewPage(entry: string): Plugin {
  return {
    name: "sovereign:preview-page",
    apply: "build",
    async generateBundle() {
      const built = await build({
        configFile: false,
        logLevel: "warn",
        publicDir: false,
        build: { write: false, lib: { entry, formats: ["iife"], name: "preview" }, target: "es2022" },
      });
      const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ("output" in one ? one.output : []));
      const [script] = outputs;
      if (outputs.length !== 1 || script?.type !== "chunk") return this.error("The preview's script is not one piece.");
      this.emitFile({ type: "asset", fileName: "preview.html", source: toPreviewPage(script.code) });
    },
  };
}

export function toPreviewPage(code: string): string {
  // The one thing that would end the script early.
  const script = code.replaceAll(/<\/(script)/gi, "<\\/$1");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Preview</title></head><body><script>${script}</script></body></html>\n`;
}
