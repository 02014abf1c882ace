/**
 * The parts that every start needs and that the first script asks for late: the engine, the main view, what those import, and the
 * ciphers' WebAssembly. The page names them itself, so that they are there, and compiled, when they are asked for: else each waits for
 * the one before it to have run. They come behind what is painted first.
 *
 * "allFunctionsCalledOnLoad" has V8 compile a file whole, beside the page's own thread, while it arrives; without it each function is
 * compiled when it is first called, on that thread, which was a third of a cold start's work. It is said of what a start runs, and of nothing else.
 */
import type { HtmlTagDescriptor, Plugin, Rolldown } from "vite";

/** What the first script imports when it runs. */
const early = ["/client/app/engine.ts", "/client/app/MainView.tsx"];
const hint = "//# allFunctionsCalledOnLoad\n";

export function earlyParts(): Plugin {
  return {
    name: "sovereign:early-parts",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const chunks = startChunks(bundle);
        if (chunks.early.size === 0)
          this.error("The parts of a start have moved: earlyParts.ts must learn where they are.");
        for (const name of [...chunks.entry, ...chunks.early]) {
          const chunk = bundle[name];
          if (chunk?.type === "chunk") chunk.code = hint + chunk.code;
        }
      },
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const { early: later } = startChunks(bundle);
        const wasm = Object.keys(bundle).filter(
          (name) => /libsodium-[\w-]+\.wasm$/.test(name) && isNamed(name, later, bundle),
        );
        const isThere = (name: string): boolean => html.includes(`"/${name}"`);
        return [
          ...wasm.map((name) => link({ rel: "preload", as: "fetch", crossorigin: true, href: `/${name}` })),
          ...[...later]
            .filter((name) => !isThere(name))
            .map((name) => link({ rel: "modulepreload", crossorigin: true, fetchpriority: "low", href: `/${name}` })),
        ];
      },
    },
  };
}

const link = (attrs: Record<string, string | boolean>): HtmlTagDescriptor => ({ tag: "link", attrs, injectTo: "head" });

/** The names of files: what the first script imports as it is, and what it asks for when it runs. */
function startChunks(bundle: Rolldown.OutputBundle): {
  readonly entry: ReadonlySet<string>;
  readonly early: ReadonlySet<string>;
} {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const entry = new Set<string>();
  const later = new Set<string>();
  const add = (name: string, to: Set<string>): void => {
    if (entry.has(name) || later.has(name)) return;
    const chunk = bundle[name];
    if (chunk?.type !== "chunk") return;
    to.add(name);
    for (const imported of chunk.imports) add(imported, to);
  };
  for (const chunk of chunks)
    if (chunk.isEntry && chunk.facadeModuleId?.endsWith("/index.html") === true) add(chunk.fileName, entry);
  for (const chunk of chunks)
    if (early.some((part) => chunk.facadeModuleId?.replaceAll("\\", "/").endsWith(part) === true))
      add(chunk.fileName, later);
  return { entry, early: later };
}

const isNamed = (file: string, names: ReadonlySet<string>, bundle: Rolldown.OutputBundle): boolean =>
  [...names].some((name) => {
    const chunk = bundle[name];
    return chunk?.type === "chunk" && chunk.code.includes(file.slice(file.lastIndexOf("/") + 1));
  });
