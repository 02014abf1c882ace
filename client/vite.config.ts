import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import solid from "vite-plugin-solid";
import { automergeWasm } from "./build/automergeWasm.ts";
import { earlyParts } from "./build/earlyParts.ts";
import { latePreloads } from "./build/latePreloads.ts";
import { katexFonts } from "./build/katexFonts.ts";
import { plainLogging } from "./build/plainLogging.ts";
import { previewPage } from "./build/previewPage.ts";
import { previewRuntimes } from "./build/previewRuntimes.ts";
import { createStartGroups } from "./build/startGroups.ts";
import { sodiumWasm } from "./build/sodiumWasm.ts";
import { trustedTemplates } from "./build/trustedTemplates.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root: folder,
  build: {
    outDir: "../dist/client",
    emptyOutDir: true,
    // Browsers with Web Locks, `:has`, popovers and OKLCH: what the page needs anyway.
    target: ["chrome120", "firefox128", "safari17.4"],
    // The polyfill would be one more script; every browser that can run this app has module preloading.
    modulePreload: { polyfill: false, resolveDependencies: latePreloads },
    // Nothing is inlined: the page's policy allows neither inline styles nor fonts from data.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: createStartGroups(folder) },
      },
    },
  },
  // Workers load the cipher library too.
  worker: { format: "es", plugins: () => [sodiumWasm()] },
  plugins: [
    solid(),
    trustedTemplates(),
    katexFonts(),
    plainLogging(),
    earlyParts(),
    previewPage(fileURLToPath(new URL("preview/frame/frame.ts", import.meta.url))),
    previewRuntimes(),
    sodiumWasm(),
    automergeWasm(),
    VitePWA({
      strategies: "injectManifest",
      srcDir: ".",
      filename: "sw.ts",
      // `platform/serviceWorker.ts` registers it: an inline or generated script would not pass the page's policy.
      injectRegister: false,
      injectManifest: {
        globPatterns: ["**/*.{js,css,html,svg,png,woff2,wasm}"],
        rollupFormat: "iife",
        // The runtime of diagrams, in one piece as the preview's frame needs it: 5.5 MB, and drawn offline, too.
        maximumFileSizeToCacheInBytes: 8_000_000,
      },
      manifest: {
        id: "/",
        name: "Sovereign",
        short_name: "Sovereign",
        description: "A personal assistant whose answers and history stay on hardware you own.",
        lang: "en",
        start_url: "/",
        scope: "/",
        display: "standalone",
        background_color: "#fbf9f4",
        theme_color: "#f2eee7",
        categories: ["productivity", "utilities"],
        icons: [
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
        shortcuts: [
          { name: "New chat", url: "/#/new", icons: [{ src: "/icon-192.png", sizes: "192x192", type: "image/png" }] },
          { name: "Search", url: "/#/search", icons: [{ src: "/icon-192.png", sizes: "192x192", type: "image/png" }] },
        ],
        // One window: two would fight for the vault.
        launch_handler: { client_mode: ["navigate-existing", "auto"] },
        // Into the composer of a new chat, and no further (`platform/openedFiles.ts`): what can be read there, and answered from.
        file_handlers: [
          {
            action: "/",
            accept: {
              "text/plain": [".txt", ".text", ".log"],
              "text/markdown": [".md", ".markdown"],
              "text/csv": [".csv"],
              "application/json": [".json"],
              "application/pdf": [".pdf"],
              "application/vnd.openxmlformats-officedocument.wordprocessingml.document": [".docx"],
              "message/rfc822": [".eml"],
            },
          },
        ],
        // Taken by the service worker; by POST, so that nothing of it stands in an address.
        share_target: {
          action: "/share",
          method: "POST",
          enctype: "multipart/form-data",
          params: { title: "title", text: "text", url: "url", files: [{ name: "files", accept: ["*/*"] }] },
        },
      },
    }),
  ],
});
