/** A syntax tree as the build's plugins read it. */
import { parseAst } from "vite";

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Calls `see` on every node of `code`, outer ones first. */
export function visitCode(code: string, see: (node: Node) => void): void {
  visit(parseAst(code), see);
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
  } else if (typeof value === "object" && value !== null) {
    if (typeof (value as Node).type === "string") see(value as Node);
    for (const child of Object.values(value)) visit(child, see);
  }
}
