/**
 * What every start needs, in four files and not in forty: left to itself, the bundler makes a file of each few modules that some later
 * part needs too, and each pays for its imports, its exports and its own beginning of compression: 10 kB of the first load together.
 * One has what the first script runs with, and is all that the first paint waits for; one the engine's rest, one the main view's rest.
 */
import type { Rolldown } from "vite";

const startGroups = ["first", "vault", "view"] as const;
type StartGroup = (typeof startGroups)[number];

/** Each of them is asked for by its own name, and stays a file of its own. */
const beginnings: Readonly<Record<StartGroup, string>> = {
  first: "/main.tsx",
  vault: "/app/engine.ts",
  view: "/app/MainView.tsx",
};

/** Its files, what imports them, and what they import. */
const startFiles = new Set<string>([...startGroups, "sodium", "index", "engine", "MainView", "rolldown-runtime"]);

/** By the name that the build gives it. */
export function isStartFile(file: string): boolean {
  const [, name = ""] = /([^/]+)-[\w-]{8}\.js$/.exec(file) ?? [];
  return startFiles.has(name);
}

/** For `codeSplitting.groups`. `client`: that folder. What is in an earlier group is in no later one. */
export function createStartGroups(client: string): Rolldown.CodeSplittingGroup[] {
  const folder = client.replaceAll("\\", "/").replace(/\/$/, "");
  let groups: ReadonlyMap<string, StartGroup> | null = null;
  // The cipher library changes far less often than the app.
  const sodium = { name: "sodium", test: /node_modules[\\/]libsodium/, priority: startGroups.length + 1 };
  const others = startGroups.map((group, index) => ({
    // Called for each module; `null`: where it stands is the bundler's to say.
    name: (id: string, context: Rolldown.ChunkingContext) =>
      (groups ??= findGroups(folder, context)).get(id) === group ? group : null,
    priority: startGroups.length - index,
  }));
  return [sodium, ...others];
}

function findGroups(folder: string, context: Rolldown.ChunkingContext): ReadonlyMap<string, StartGroup> {
  const groups = new Map<string, StartGroup>();
  const own = new Set(Object.values(beginnings).map((name) => folder + name));
  for (const group of startGroups)
    for (const id of reachable(folder + beginnings[group], context))
      if (!own.has(id) && !groups.has(id)) groups.set(id, group);
  return groups;
}

/** By what runs at once; what is fetched later is no part of a start. */
function reachable(begin: string, context: Rolldown.ChunkingContext): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [begin];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(context.getModuleInfo(id)?.importedIds ?? []));
  }
  return found;
}
