/**
 * Which parts of libsodium the app calls. Its wrappers are a table of names beside a table of functions, registered in a loop, so
 * that no bundler can tell what is used; and behind each stands compiled C that nothing else calls. Both tables are cut to the
 * names that appear in our one file, and in the wrappers' own check at start; a bundler drops the functions, `wasmPrune.ts` the C.
 */
import { type Node, visitCode } from "./ast.ts";

export interface SodiumParts {
  /** The wrappers, with shorter tables. */
  readonly code: string;
  /** The compiled functions that what is left of them calls, as named in JavaScript: `_crypto_sign`. */
  readonly natives: ReadonlySet<string>;
}

/** Names of the library that a file of ours uses: `sodium.crypto_sign`. */
export function usedNames(code: string): Set<string> {
  return new Set([...code.matchAll(/\bsodium\.(\w+)/g)].flatMap(([, name]) => (name === undefined ? [] : [name])));
}

/** `null` when the wrappers no longer look as described above. */
export function cutWrappers(code: string, used: ReadonlySet<string>): SodiumParts | null {
  const seen = readWrappers(code);
  const tables = seen.tables.filter(({ names }) => names.length > 100);
  const [functions, constants] = tables;
  if (functions === undefined || constants === undefined || functions.beside === null) return null;
  const wanted = new Set([...used, ...seen.ownNames]);
  const isKept = functions.names.map((name) => wanted.has(name));
  const keptIds = functions.beside.ids.filter((_, index) => isKept[index]);
  const keptConstants = constants.names.filter((name) => wanted.has(name));
  const natives = new Set(keptConstants.map((name) => `_${name.toLowerCase()}`));
  for (const native of seen.nativesFrom(keptIds)) natives.add(native);
  for (const name of functions.names) if (wanted.has(name)) natives.add(`_${name}`);

  const cuts = [
    { ...functions, text: JSON.stringify(functions.names.filter((_, index) => isKept[index])) },
    { ...functions.beside, text: `[${keptIds.join(",")}]` },
    { ...constants, text: JSON.stringify(keptConstants) },
  ];
  let cut = code;
  for (const { start, end, text } of cuts.sort((a, b) => b.start - a.start))
    cut = cut.slice(0, start) + text + cut.slice(end);
  return { code: cut, natives };
}

interface Table {
  readonly start: number;
  readonly end: number;
  readonly names: readonly string[];
  /** The table of functions that belongs to the names. */
  readonly beside: { readonly start: number; readonly end: number; readonly ids: readonly string[] } | null;
}

interface Wrappers {
  readonly tables: readonly Table[];
  /** Names that the wrappers' own code calls: `t.crypto_secretbox_easy`. */
  readonly ownNames: ReadonlySet<string>;
  /** Compiled functions that these wrappers call, and those they call, and what runs at start. */
  nativesFrom(ids: readonly string[]): ReadonlySet<string>;
}

function readWrappers(code: string): Wrappers {
  const tables: Table[] = [];
  const lists: { readonly start: number; readonly end: number; readonly ids: readonly string[] }[] = [];
  const functions = new Map<string, { readonly start: number; readonly end: number }>();
  const members: { readonly at: number; readonly name: string }[] = [];
  const ids: { readonly at: number; readonly name: string }[] = [];
  visitCode(code, (node) => {
    if (node.type === "FunctionDeclaration") {
      const name = (node["id"] as Node | null)?.["name"];
      if (typeof name === "string") functions.set(name, { start: node.start, end: node.end });
    }
    if (node.type === "Identifier") ids.push({ at: node.start, name: node["name"] as string });
    if (node.type === "MemberExpression" && node["computed"] !== true)
      members.push({ at: node.start, name: (node["property"] as Node)["name"] as string });
    if (node.type !== "ArrayExpression") return;
    const items = node["elements"] as Node[];
    const { start, end } = node;
    if (items.every((item) => typeof item["value"] === "string"))
      tables.push({ start, end, names: items.map((item) => item["value"] as string), beside: null });
    else if (items.every((item) => item.type === "Identifier"))
      lists.push({ start, end, ids: items.map((item) => item["name"] as string) });
  });
  const paired = tables.map((table) => ({
    ...table,
    beside: lists.find(({ ids: list }) => list.length === table.names.length && list.length > 100) ?? null,
  }));
  const isIn = (at: number, { start, end }: { readonly start: number; readonly end: number }): boolean =>
    at >= start && at < end;
  const isInFunction = (at: number): boolean => [...functions.values()].some((place) => isIn(at, place));
  const isInTable = (at: number): boolean => [...lists, ...tables].some((place) => isIn(at, place));

  return {
    tables: paired,
    ownNames: new Set(members.map(({ name }) => name).filter((name) => /^(crypto|randombytes|sodium)_/.test(name))),
    nativesFrom: (roots) => {
      const reached = new Set<string>();
      const waiting = [...roots];
      for (const { at, name } of ids)
        if (!isInFunction(at) && !isInTable(at) && functions.has(name)) waiting.push(name);
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const place = functions.get(name);
        if (place === undefined || reached.has(name)) continue;
        reached.add(name);
        for (const id of ids) if (functions.has(id.name) && isIn(id.at, place)) waiting.push(id.name);
      }
      const places = [...reached].map((name) => functions.get(name)).filter((place) => place !== undefined);
      const isKept = (at: number): boolean => !isInFunction(at) || places.some((place) => isIn(at, place));
      return new Set(members.filter(({ at, name }) => name.startsWith("_") && isKept(at)).map(({ name }) => name));
    },
  };
}
