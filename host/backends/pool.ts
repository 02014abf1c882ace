/**
 * All backends together: which are there, which has which model, who gets a place, and who is asked instead when one fails before its
 * first word. After the first word nobody else is asked: two halves of two answers are no answer.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "#sync/ports.ts";
import { guessProduct, isLoopback, usualPorts, type UsualPort } from "./addresses.ts";
import { BackendError, type Backend, type ModelInfo } from "./backend.ts";
import { createEmbed } from "./embed.ts";
import { createFailover } from "./failover.ts";
import { createGuideBackend } from "./guide/guide.ts";
import { backendLimits, concurrentDefault, farProbeMs, probeMs, waitingMs, type BackendLimits } from "./limits.ts";
import { createMember, type BackendAddress, type Member, type MemberOptions } from "./member.ts";
import { createMerge, type Merge, type PoolModel, type Seat } from "./merge.ts";
import { createPlaces, crowdedError } from "./places.ts";
import { engineProduct } from "./probe.ts";
import { usualRedaction, type RedactionSettings } from "./redactedAnswer.ts";
import type { Slots } from "./slots.ts";
import { engineName, readKey, type BackendSettings, type Place, type PoolSettings } from "./settings.ts";

/** The embedded engine, as far as the pool knows it. */
export interface EngineSource {
  /** Whoever made it closes it: it outlives a pool. Throws `BackendError` while it serves nothing. */
  address(): BackendAddress;
  readonly maxConcurrent: number;
  /** What the owner should know about its files; "" when there is nothing. */
  readonly remark: string;
  /** The same about one model, in a few words for beside its answers; "" when there is nothing. */
  warningFor(model: string): string;
  /** It has begun or ceased to serve. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly clock: Clock;
  readonly settings: PoolSettings;
  /** Never taken for a backend. */
  readonly ownPorts: readonly number[];
  readonly engine?: EngineSource | null;
  /** Left out, nobody else asks these backends. */
  readonly slots?: Slots;
  readonly ports?: readonly UsualPort[];
  readonly limits?: BackendLimits;
  /** How a server is looked at; left out, by asking it. */
  readonly probe?: MemberOptions["probe"];
  /** What is taken out of questions to backends outside. Left out: the usual. */
  readonly redaction?: () => RedactionSettings;
  /** Which models there are, or who has them, has changed. */
  readonly onChange?: (pool: Pool) => void;
}

export interface PickOptions {
  readonly signal?: AbortSignal;
  /** For fairness between owners: a device, a tool's key. */
  readonly owner?: string;
  /** Backends that were tried for this question already. */
  readonly except?: readonly string[];
  /** Only those on the host's own machines. */
  readonly isLocalOnly?: boolean;
}

/** A place at a backend, for one request of the gateway. */
export interface PickedBackend {
  readonly backend: string;
  readonly place: Place;
  /** Up to and including /v1. */
  readonly baseUrl: string;
  /** To be sent along: its key, if it has one. */
  readonly headers: Readonly<Record<string, string>>;
  /** As this backend calls it: another name than was asked for where a route led here. */
  readonly model: string;
  /** Gives the place back; once is enough. `isGood: false` says that it failed before its first byte. */
  release(isGood?: boolean): void;
}

export interface MemberStatus {
  readonly name: string;
  readonly product: string;
  readonly where: string;
  readonly place: Place;
  readonly isUp: boolean;
  /** It is not up, and somebody misses it: its owner named it, or it was there before. */
  readonly isMissed: boolean;
  readonly says: string;
  readonly taken: number;
  readonly models: readonly ModelInfo[];
}

export interface Pool {
  /** What answers now, for the agent. A new one after each change; answers of an older one go on. */
  readonly backend: Backend;
  /** All that can be asked for by name: models and routes. */
  readonly models: readonly PoolModel[];
  readonly members: readonly MemberStatus[];
  /** Questions that wait for a place at a backend. */
  readonly queue: { readonly waiting: number; readonly oldestMs: number };
  /**
   * Waits for a place at the best backend for this model; `path` is the request's ("/v1/embeddings"). Throws `BackendError`: the model
   * is unknown, its backends are away, or the queue is full.
   */
  pickBackend(model: string | null, path: string, options?: PickOptions): Promise<PickedBackend>;
  close(): Promise<void>;
}

/** Resolves when the first look is over. */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const { clock, settings, engine = null, limits = backendLimits, redaction = () => usualRedaction } = options;
  const isConfigured = settings.backends.length + settings.files.length > 0;
  const places = createPlaces<Seat>(clock, ({ member }) => member.take());
  let merge: Merge = createMerge([], settings.routes);
  let shown = "";
  let isOpen = false;

  const { probe } = options;
  const shared = { clock, limits, redaction, onChange: () => refresh(), ...(probe === undefined ? {} : { probe }) };
  const serverMember = (server: BackendSettings, guess: string, waitMs: number): Member =>
    createMember({
      ...shared,
      ...server,
      guess,
      probeMs: waitMs,
      address: () => ({ baseUrl: server.baseUrl, key: readKey(server.keyFile) }),
      describeWhere: (product) => `${product} at ${new URL(server.baseUrl).host}`,
    });
  const servers = isConfigured
    ? settings.backends.map((server) => serverMember(server, guessProduct(server.baseUrl), waitFor(server.baseUrl)))
    : (options.ports ?? usualPorts)
        .filter(({ port }) => !options.ownPorts.includes(port))
        .map(({ port, product }) => serverMember(usualServer(port), product, probeMs));
  const members = engine === null ? servers : [...servers, engineMember(engine)];

  function engineMember(source: EngineSource): Member {
    const member = createMember({
      ...shared,
      name: engineName,
      guess: engineProduct,
      place: "local",
      maxConcurrent: source.maxConcurrent,
      probeMs,
      address: () => source.address(),
      describeWhere: (product) => `${product} on this host`,
    });
    source.onChange(() => void member.look());
    return member;
  }

  /** Something about a member has changed: whoever waits may go on, and others may want to know. */
  function refresh(): void {
    merge = createMerge(members, settings.routes);
    places.look();
    const next = whatIsShown();
    if (!isOpen || next === shown) return;
    shown = next;
    options.onChange?.(pool);
  }

  /** Whoever was told of this need not be told again. */
  function whatIsShown(): string {
    const { kind, label, where, remark } = backendNow();
    return JSON.stringify([kind, label, where, remark, merge.models]);
  }

  /** Of what the owner named: what is away, and what has changed. Of what was only looked for, nobody misses anything. */
  function remarkNow(): string {
    const away = isConfigured ? members.filter(({ isUp, name }) => !isUp && name !== engineName) : [];
    const says = [...away.map(({ failure }) => failure?.ownerSentence ?? ""), engine?.remark ?? ""];
    return says.filter((sentence) => sentence !== "").join(" ");
  }

  function release(seat: Seat): void {
    options.slots?.give(seat.member.name);
    leave(seat);
  }

  function leave({ member }: Seat): void {
    member.release();
    places.look();
  }

  /** A seat here, and a slot among all processes of the host. */
  async function takeSeat(owner: string, signal: AbortSignal, find: () => Seat | null): Promise<Seat> {
    const seat = await places.wait({ owner, signal, find });
    if (options.slots === undefined) return seat;
    const tired = new AbortController();
    const cancel = clock.after(waitingMs, () => tired.abort(crowdedError()));
    try {
      const { name, maxConcurrent } = seat.member;
      await options.slots.take(name, maxConcurrent, AbortSignal.any([signal, tired.signal]));
      return seat;
    } catch (error) {
      leave(seat);
      throw error;
    } finally {
      cancel();
    }
  }

  /** Throws when nobody can have it any more; null while all places are taken. */
  function findSeat(model: string | null, path: string, tried: ReadonlySet<string>, isLocalOnly = false): Seat | null {
    const allowed = isLocalOnly ? localSeats(model, path) : merge.seats(model, path);
    if (isLocalOnly && allowed.length === 0) throw noLocalError(model);
    const seats = allowed.filter(({ member }) => !tried.has(member.name));
    if (seats.length === 0) throw nobodyError(model);
    return merge.best(model, seats);
  }

  /** Where nobody named a model, the first that is at home here. */
  function localSeats(model: string | null, path: string): readonly Seat[] {
    const names = model === null ? merge.chatModels.map(({ id }) => id) : [model];
    for (const name of names) {
      const seats = merge.seats(name, path).filter(({ member }) => member.place === "local");
      if (seats.length > 0) return seats;
    }
    return [];
  }

  function noLocalError(model: string | null): BackendError {
    const what = model === null ? "a model" : `"${model.slice(0, 100)}"`;
    return new BackendError(
      "backend-far",
      `This project stays on your own machines, and none of those that are there has ${what}. Nothing was sent elsewhere. Choose another model, or change the project's label.`,
    );
  }

  function nobodyError(model: string | null): BackendError {
    const down = members.find((member) => !member.isUp && isConfigured && member.failure !== null);
    if (down?.failure !== null && down !== undefined) return down.failure;
    const name = model === null ? "A model" : `The model "${model.slice(0, 100)}"`;
    return new BackendError(
      "backend-model",
      `${name} is not at any of your model servers. Choose another one, or load it there and try again.`,
    );
  }

  const answer = createFailover({
    isLast: ({ model, isLocalOnly = false }, tried) =>
      (isLocalOnly ? localSeats(model, chatPath) : merge.seats(model, chatPath)).every(({ member }) =>
        tried.has(member.name),
      ),
    takeSeat: ({ model, owner = "", isLocalOnly = false }, signal, tried) =>
      takeSeat(owner, signal, () => findSeat(model, chatPath, tried, isLocalOnly)),
    release,
    remarkOn: ({ member, info }) => (member.name === engineName ? (engine?.warningFor(info.id) ?? "") : ""),
  });

  const embed = createEmbed({
    models: () => merge.models.flatMap(({ id, info }) => (info.embeddings ? id : [])),
    pick: (model, path, asked) => pickBackend(model, path, asked),
    redaction,
  });

  function backendNow(): Backend {
    const { chatModels } = merge;
    const first = chatModels[0];
    if (first === undefined && !isConfigured) return createGuideBackend();
    const preferred = first === undefined ? undefined : merge.seats(first.id, chatPath)[0]?.member;
    const away = settings.backends[0]?.name ?? "the model file";
    const snapshot = merge;
    return {
      kind: "model",
      label: preferred?.product ?? `No answer from ${away}`,
      where: preferred?.where ?? away,
      models: chatModels.map(({ id }) => id),
      defaultModel: first?.id ?? "",
      remark: remarkNow(),
      contextTokens: (model) => snapshot.describe(model)?.contextTokens ?? null,
      prefill: (model) => (snapshot.describe(model)?.prefill ?? "no") !== "no",
      describe: (model) => snapshot.describe(model),
      whereIs: (model) => snapshot.seats(model, chatPath)[0]?.member.where ?? null,
      answer,
      embed,
    };
  }

  async function pickBackend(model: string | null, path: string, pick: PickOptions = {}): Promise<PickedBackend> {
    const { signal = neverAborted, owner = "", except = [], isLocalOnly = false } = pick;
    const tried = new Set(except);
    const seat = await takeSeat(owner, signal, () => findSeat(model, path, tried, isLocalOnly));
    const { member, info } = seat;
    let isHeld = true;
    try {
      const { baseUrl, key } = member.address();
      return {
        backend: member.name,
        place: member.place,
        baseUrl,
        headers: key === null ? {} : { authorization: `Bearer ${key}` },
        model: info.id,
        release: (isGood = true) => {
          if (!isHeld) return;
          isHeld = false;
          member.report(isGood);
          release(seat);
        },
      };
    } catch (error) {
      release(seat);
      throw error;
    }
  }

  const pool: Pool = {
    get backend() {
      return backendNow();
    },
    get models() {
      return merge.models;
    },
    get members() {
      return members.map(({ name, product, where, place, isUp, wasUp, failure, taken, models }) => {
        const remark = name === engineName ? (engine?.remark ?? "") : "";
        const isMissed = !isUp && (wasUp || (isConfigured && name !== engineName));
        return { name, product, where, place, isUp, isMissed, says: failure?.ownerSentence ?? remark, taken, models };
      });
    },
    get queue() {
      return { waiting: places.waiting, oldestMs: places.oldestMs };
    },
    pickBackend,
    close: async () => {
      for (const member of members) member.close();
    },
  };
  await firstLook(members);
  refresh();
  isOpen = true;
  shown = whatIsShown();
  return pool;
}

/** The engine may take its time to start; the others are there or not. */
async function firstLook(members: readonly Member[]): Promise<void> {
  await Promise.race([
    Promise.all(members.map((member) => member.look())),
    pause(firstLookMs, undefined, { ref: false }),
  ]);
}

const firstLookMs = 5_000;
const chatPath = "/v1/chat/completions";
const neverAborted = new AbortController().signal;

function usualServer(port: number): BackendSettings {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  return { name: `127.0.0.1:${port}`, baseUrl, keyFile: null, place: "local", maxConcurrent: concurrentDefault };
}

function waitFor(baseUrl: string): number {
  return isLoopback(new URL(baseUrl).hostname) ? probeMs * 2 : farProbeMs;
}
