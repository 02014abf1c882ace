/**
 * Builds the runtimes of small apps (client/preview/runtimes/), each into one script that stands in a file of its own. It says in the place of
 * client/preview/runtimeUrls.ts where they are.
 */
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const names = ["ui", "chart"] as const;

export function previewRuntimes(): Plugin {
  return {
    name: "sovereign:preview-runtimes",
    apply: "build",
    async load(id) {
      if (!id.replaceAll("\\", "/").endsWith("/client/preview/runtimeUrls.ts")) return null;
      const lines: string[] = [];
      for (const name of names) {
        const source = await buildRuntime(name);
        const asset = this.emitFile({ type: "asset", name: `runtime-${name}.js`, source });
        lines.push(`${name}: import.meta.ROLLUP_FILE_URL_${asset}`);
      }
      return `export const runtimeUrls = { ${lines.join(", ")} };`;
    },
  };
}

/** As the frame runs it: no module, nothing that it would have to fetch. */
export async function buildRuntime(name: (typeof names)[number]): Promise<string> {
  const entry = fileURLToPath(new URL(`../preview/runtimes/${name}.ts`, import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: { write: false, lib: { entry, formats: ["iife"], name: `runtime_${name}` }, target: "es2022" },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ("output" in one ? one.output : []));
  const [script] = outputs;
  if (outputs.length !== 1 || script?.type !== "chunk") throw new Error(`The runtime ${name} is not one piece.`);
  return script.code;
}
