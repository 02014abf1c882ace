/** KaTeX's style sheet names each of its fonts in three formats; every browser that can run this app reads the first. */
import type { Plugin } from "vite";

export function katexFonts(): Plugin {
  return {
    name: "sovereign:katex-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!/katex[^?]*\.css/.test(id)) return null;
      return { code: withoutOldFonts(code), map: null };
    },
  };
}

export function withoutOldFonts(css: string): string {
  return css.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'][a-z]+["']\)/g, "");
}
