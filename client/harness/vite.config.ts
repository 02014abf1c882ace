/** The page of `e2e/hostileMarkup.spec.ts`, built as the app is: by the same compiler, with the same allow-set behind Trusted Types. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";
import { katexFonts } from "../build/katexFonts.ts";
import { sodiumWasm } from "../build/sodiumWasm.ts";
import { trustedTemplates } from "../build/trustedTemplates.ts";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  build: { target: "chrome120", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  worker: { format: "es", plugins: () => [sodiumWasm()] },
  plugins: [solid(), trustedTemplates(), katexFonts(), sodiumWasm()],
});
