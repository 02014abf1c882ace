/**
 * The allow-set behind Trusted Types. Solid makes its elements by giving a template's HTML to `innerHTML`, and the page's
 * policy refuses every string there that was not known when the app was built. This plugin finds those strings and puts
 * them where `platform/trustedTypes.ts` looks: the policy then admits exactly them, and nothing that arrives later.
 *
 * The strings are read from each module as it leaves the Solid compiler, where `template` is imported from `solid-js/web` and
 * called with one literal; a call with anything else fails the build, since no policy could know its string.
 */
import type { Plugin } from "vite";
import { type Node, visitCode } from "./ast.ts";

const virtualId = "virtual:trusted-templates";
const resolvedId = `\0${virtualId}`;
const placeholder = "__TRUSTED_TEMPLATES__";

export function trustedTemplates(): Plugin {
  const templatesOf = new Map<string, readonly string[]>();
  return {
    name: "sovereign:trusted-templates",
    apply: "build",
    // After the Solid compiler.
    enforce: "post",
    resolveId: (id) => (id === virtualId ? resolvedId : null),
    load: (id) => (id === resolvedId ? `export const trustedTemplates = ${placeholder};` : null),
    transform(code, id) {
      if (!code.includes("solid-js/web") || id === resolvedId) return null;
      const found = readTemplates(code);
      if (found.length > 0) templatesOf.set(id, found);
      return null;
    },
    renderChunk(code, _chunk, _options, meta) {
      if (!code.includes(placeholder)) return null;
      // Of the modules that made it into a chunk, and no others.
      const modules = new Set(Object.values(meta.chunks).flatMap((chunk) => chunk.moduleIds));
      const templates = new Set([...modules].flatMap((module) => templatesOf.get(module) ?? []));
      return { code: code.replaceAll(placeholder, () => JSON.stringify([...templates].sort())), map: null };
    },
  };
}

/** The literal arguments of the calls of Solid's `template` in one compiled module. */
export function readTemplates(code: string): string[] {
  const names = new Set<string>();
  const found: string[] = [];
  visitCode(code, (node) => {
    if (node.type !== "ImportDeclaration" || (node["source"] as Node)["value"] !== "solid-js/web") return;
    for (const specifier of node["specifiers"] as Node[]) {
      const imported = specifier["imported"] as Node | undefined;
      if (imported?.["name"] === "template") names.add(String((specifier["local"] as Node)["name"]));
    }
  });
  visitCode(code, (node) => {
    if (node.type !== "CallExpression" || !names.has(String((node["callee"] as Node)["name"]))) return;
    const html = literalOf((node["arguments"] as Node[])[0]);
    if (html === null)
      throw new Error("A Solid template is not a literal: the Trusted Types policy could not admit it.");
    found.push(html);
  });
  return found;
}

function literalOf(node: Node | undefined): string | null {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral" || (node["expressions"] as Node[]).length > 0) return null;
  const quasi = (node["quasis"] as Node[])[0];
  const cooked = (quasi?.["value"] as { cooked?: unknown } | undefined)?.cooked;
  return typeof cooked === "string" ? cooked : null;
}
