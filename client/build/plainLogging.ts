/**
 * Yjs warns through lib0's logging, which brings colours, elements and a library of schemas along: 4 kB of the first load for three sentences to whoever builds with Yjs.
 * Here they are said plainly.
 */
import type { Plugin } from "vite";

const NAME = "\0sovereign:plain-logging";

export function plainLogging(): Plugin {
  return {
    name: "sovereign:plain-logging",
    enforce: "pre",
    resolveId: (id) => (id === "lib0/logging" ? NAME : null),
    load: (id) => (id === NAME ? CODE : null),
  };
}

/** All of it that Yjs uses; what it would paint is left out. */
const CODE = `
const say = (...said) => console.warn(...said.filter((each) => typeof each !== "symbol"));
const style = Symbol();
export { say as print, say as warn };
export { style as BOLD, style as UNBOLD, style as RED, style as ORANGE };
`;
