/** The page of `e2e/pagePreview.spec.ts`, with the frame that the app has. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { previewPage } from "../../build/previewPage.ts";
import { previewRuntimes } from "../../build/previewRuntimes.ts";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  build: { target: "chrome120", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  plugins: [previewPage(fileURLToPath(new URL("../../preview/frame/frame.ts", import.meta.url))), previewRuntimes()],
});
