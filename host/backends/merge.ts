/** One list out of what all backends have, by pure rules: who serves a name, in which order they are asked, and what is known of it. */
import type { ModelInfo } from "./backend.ts";
import type { Member } from "./member.ts";
import type { RouteTarget } from "./settings.ts";

/** A member, and the model that is asked for there. */
export interface Seat {
  readonly member: Member;
  readonly info: ModelInfo;
}

/** What can be asked for by name: a model or a route. */
export interface PoolModel {
  readonly id: string;
  readonly info: ModelInfo;
  /** Names of those that serve it, the preferred first. */
  readonly backends: readonly string[];
  readonly isRoute: boolean;
}

export interface Merge {
  readonly models: readonly PoolModel[];
  readonly chatModels: readonly PoolModel[];
  describe(model: string): ModelInfo | null;
  /** All that could answer, in the order of preference; `null` asks for the first model that there is. */
  seats(model: string | null, path: string): readonly Seat[];
  /** Of these seats for `model`, the one to ask now; `null` while all places are taken. */
  best(model: string | null, seats: readonly Seat[]): Seat | null;
}

export function createMerge(members: readonly Member[], routes: ReadonlyMap<string, readonly RouteTarget[]>): Merge {
  const all = members.flatMap((member) => member.models.map((info): Seat => ({ member, info })));
  const byName = Map.groupBy(all, ({ info }) => info.id);
  const byRoute = new Map(
    [...routes].map(([name, targets]) => [name, targets.flatMap((target) => all.filter((seat) => fits(seat, target)))]),
  );

  const toModel = (id: string, seats: readonly Seat[], isRoute: boolean): PoolModel[] => {
    const info = common(id, seats);
    return info === null ? [] : [{ id, info, isRoute, backends: seats.map(({ member }) => member.name) }];
  };
  const models = [
    ...[...byRoute].flatMap(([id, seats]) => toModel(id, seats, true)),
    ...[...byName].filter(([id]) => !routes.has(id)).flatMap(([id, seats]) => toModel(id, seats, false)),
  ];
  const chatModels = models.filter(({ info }) => !info.embeddings);
  // Routes are listed first, but the first model that a server lists is what its owner loaded: it answers by default.
  const defaultModel = chatModels.find(({ isRoute }) => !isRoute)?.id ?? chatModels[0]?.id ?? null;
  const known = new Map(models.map((model) => [model.id, model.info]));

  return {
    models,
    chatModels: [
      ...chatModels.filter(({ id }) => id === defaultModel),
      ...chatModels.filter(({ id }) => id !== defaultModel),
    ],
    describe: (model) => known.get(model) ?? null,
    seats: (model, path) => {
      const name = model ?? defaultModel;
      if (name === null) return [];
      const seats = byRoute.get(name) ?? byName.get(name) ?? [];
      const wantsEmbeddings = path.endsWith("/embeddings");
      // A model of unknown kind may do both; one that only embeds must not be asked to chat.
      return seats.filter(({ info }) => wantsEmbeddings || !info.embeddings);
    },
    best: (model, seats) => {
      const free = seats.filter(({ member }) => member.taken < member.maxConcurrent);
      const [first] = free;
      // A route's order is its owner's wish; equal servers of one model share the work.
      if (first === undefined || (model !== null && routes.has(model))) return first ?? null;
      const load = ({ member }: Seat): number => member.taken / member.maxConcurrent;
      return free.reduce((best, seat) => (load(seat) < load(best) ? seat : best), first);
    },
  };
}

function fits({ member, info }: Seat, target: RouteTarget): boolean {
  return info.id === target.model && (target.backend === null || target.backend === member.name);
}

/** What holds whoever answers: the smallest context, and only what all can do. */
function common(id: string, seats: readonly Seat[]): ModelInfo | null {
  const infos = seats.map(({ info }) => info);
  const [first] = infos;
  if (first === undefined) return null;
  const contexts = infos.flatMap(({ contextTokens }) => contextTokens ?? []);
  const sizes = infos.flatMap(({ sizeBytes }) => sizeBytes ?? []);
  const loaded = infos.map(({ isLoaded }) => isLoaded);
  const all = (read: (info: ModelInfo) => boolean | null): boolean | null => {
    const answers = infos.map(read);
    if (answers.includes(false)) return false;
    return answers.includes(null) ? null : true;
  };
  return {
    id,
    contextTokens: contexts.length === 0 ? null : Math.min(...contexts),
    tools: all(({ tools }) => tools),
    vision: all(({ vision }) => vision),
    reasoning: all(({ reasoning }) => reasoning),
    // Whoever has it in memory answers at once; of different copies the largest is what it takes.
    isLoaded: loaded.includes(true) ? true : loaded.includes(null) ? null : false,
    sizeBytes: sizes.length === 0 ? null : Math.max(...sizes),
    embeddings: infos.every(({ embeddings }) => embeddings),
    prefill: infos.some(({ prefill }) => prefill === "no") ? "no" : first.prefill,
  };
}
