/**
 * What a host's lane may write, checked by every receiver before an update reaches a doc (SC1..SC9 in PROTOCOL.md).
 * A lane is lent a chat's key, so it could seal anything; this is what keeps it (and whoever talked it into something) away
 * from a person's words. Allowed, in the update of one lane, from its first operation on:
 *
 *   one clientID, operations without a gap and each only once, no deletes, nothing formatted, nothing embedded
 *   gen/<run>, think/<run>   strings, each appended to what the lane wrote there before
 *   steps/<run>              plain JSON values, pushed
 *   meta/<run>               a fixed set of keys, each set once to a value of its type; nothing at all after `end`
 *
 * A FINAL holds the lane's whole state in one update. It must repeat exactly what was received, and may add to it.
 * Time is linear in the update; nothing is applied to find out.
 */
import type { RunId } from "#crypto/ids.ts";
import {
  ContentAny,
  ContentString,
  decodeStateVector,
  decodeUpdate,
  type Doc,
  encodeStateAsUpdate,
  encodeStateVector,
  type GC,
  Item,
  type Skip,
} from "yjs";
import { runEnds, runRoots, type RunMeta } from "./docs/run.ts";
import { runErrorCharsMax, runNameCharsMax, stepDepthMax, titleCharsMax, updateBytesMax } from "./limits.ts";

export interface Scope {
  /** `null` when the update is in scope, else why not, for a log. After a violation everything is refused. */
  check(update: Uint8Array): string | null;
  checkFinal(update: Uint8Array): string | null;
  /** `end` was written: the lane has nothing more to say. */
  readonly isEnded: boolean;
}

export interface ScopeOptions {
  readonly run: RunId;
  /** `laneClientId(run, lane)`. */
  readonly clientId: number;
  /** What the run may write in all, in bytes of updates. */
  readonly bytesMax: number;
  /** Where the lane's earlier updates were applied, when they are no longer at hand one by one. */
  readonly resumeFrom?: Doc;
}

/** Where each of the lane's operations stands and what it holds: enough to tell whether a FINAL repeats it. */
interface LaneState {
  next: number;
  /** Neighbouring operations in one place are one span. */
  readonly spans: { readonly place: string; readonly start: number }[];
  readonly lastClock: Map<string, number>;
  readonly texts: Map<string, string>;
  readonly values: Map<string, string[]>;
  isEnded: boolean;
}

class ScopeViolation extends Error {}

export function createScope(options: ScopeOptions): Scope {
  const { run, clientId, bytesMax } = options;
  let state = emptyState();
  let bytes = 0;
  let broken: string | null = null;

  const attempt = (work: () => void): string | null => {
    if (broken !== null) return broken;
    try {
      work();
    } catch (cause) {
      // Yjs throws whatever it likes on bytes that are no update.
      broken = cause instanceof ScopeViolation ? cause.message : "undecodable";
    }
    return broken;
  };

  if (options.resumeFrom !== undefined) {
    const doc = options.resumeFrom;
    attempt(() => {
      const update = encodeStateAsUpdate(doc, vectorWithout(doc, clientId));
      for (const struct of decodeUpdate(update).structs) step(state, struct, run, clientId);
      bytes = update.length;
    });
  }

  return {
    check: (update) =>
      attempt(() => {
        if (update.length > updateBytesMax) refuse("update too large");
        bytes += update.length;
        if (bytes > bytesMax) refuse("run too large");
        apply(state, update, run, clientId);
      }),
    checkFinal: (update) =>
      attempt(() => {
        if (update.length > bytesMax) refuse("run too large");
        const final = emptyState();
        apply(final, update, run, clientId);
        requireRepeats(final, state);
        state = final;
      }),
    get isEnded() {
      return state.isEnded;
    },
  };
}

function emptyState(): LaneState {
  return { next: 0, spans: [], lastClock: new Map(), texts: new Map(), values: new Map(), isEnded: false };
}

function apply(state: LaneState, update: Uint8Array, run: RunId, clientId: number): void {
  const { structs, ds } = decodeUpdate(update);
  for (const deletes of ds.clients.values()) if (deletes.length > 0) refuse("deletes");
  if (structs.length === 0) refuse("empty");
  for (const struct of structs) step(state, struct, run, clientId);
}

function step(state: LaneState, struct: Item | GC | Skip, run: RunId, clientId: number): void {
  if (!(struct instanceof Item)) return refuse("not an item");
  if (struct.id.client !== clientId) refuse("another client");
  if (struct.id.clock !== state.next) refuse(struct.id.clock < state.next ? "replay" : "gap");
  if (struct.length < 1) refuse("no length");
  if (state.isEnded) refuse("after the end");
  if (struct.rightOrigin !== null) refuse("not appended");
  const place = placeOf(state, struct, run, clientId);
  const roots = runRoots(run);
  if (place === roots.text || place === roots.thinking) takeText(state, place, struct.content);
  else if (place === roots.steps) takeSteps(state, place, struct.content);
  else takeMeta(state, place, struct.content, roots.meta);
  if (state.spans.at(-1)?.place !== place) state.spans.push({ place, start: state.next });
  state.next += struct.length;
  state.lastClock.set(place, state.next - 1);
}

/** A root's name, or `meta/<run>:<key>`. An operation that has a left neighbour says only that, not where it is. */
function placeOf(state: LaneState, item: Item, run: RunId, clientId: number): string {
  const roots = runRoots(run);
  const origin = item.origin;
  if (origin !== null) {
    if (origin.client !== clientId) refuse("not appended");
    for (const place of [roots.text, roots.thinking, roots.steps]) {
      if (state.lastClock.get(place) === origin.clock) return place;
    }
    return refuse("not appended");
  }
  const parent: unknown = item.parent;
  if (parent === roots.meta && item.parentSub !== null) {
    const place = `${roots.meta}:${item.parentSub}`;
    return state.lastClock.has(place) ? refuse("set twice") : place;
  }
  const isOurs = parent === roots.text || parent === roots.thinking || parent === roots.steps;
  if (!isOurs || item.parentSub !== null) return refuse("another place");
  return state.lastClock.has(parent) ? refuse("not appended") : parent;
}

function takeText(state: LaneState, place: string, content: unknown): void {
  if (!(content instanceof ContentString)) return refuse("not text");
  state.texts.set(place, (state.texts.get(place) ?? "") + content.str);
}

function takeSteps(state: LaneState, place: string, content: unknown): void {
  if (!(content instanceof ContentAny)) return refuse("not a plain value");
  const values = state.values.get(place) ?? [];
  for (const value of content.arr as unknown[]) values.push(plainJson(value));
  state.values.set(place, values);
}

function takeMeta(state: LaneState, place: string, content: unknown, metaRoot: string): void {
  if (!(content instanceof ContentAny) || content.arr.length !== 1) return refuse("not a plain value");
  const key = place.slice(metaRoot.length + 1);
  const value: unknown = content.arr[0];
  if (!Object.hasOwn(META_CHECKS, key) || !META_CHECKS[key as keyof RunMeta](value)) refuse("meta");
  state.values.set(place, [plainJson(value)]);
  if (key === "end") state.isEnded = true;
}

const isCount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isName = (value: unknown): boolean => typeof value === "string" && value.length <= runNameCharsMax;

const META_CHECKS: { readonly [K in keyof RunMeta]: (value: unknown) => boolean } = {
  acceptedAt: isCount,
  model: isName,
  label: isName,
  where: isName,
  queueMs: isCount,
  firstTokenMs: isCount,
  totalMs: isCount,
  promptTokens: isCount,
  completionTokens: isCount,
  continuedAt: isCount,
  title: (value) => typeof value === "string" && value.length <= titleCharsMax,
  end: (value) => runEnds.some((end) => end === value),
  error: (value) => {
    if (typeof value !== "object" || value === null || Object.keys(value).sort().join() !== "code,says") return false;
    const { code, says } = value as { code?: unknown; says?: unknown };
    return isName(code) && typeof says === "string" && says.length <= runErrorCharsMax;
  },
};

/** The value as JSON text; refuses what JSON cannot hold, since readers would each make something else of it. */
function plainJson(value: unknown): string {
  requirePlain(value, 0);
  return JSON.stringify(value);
}

function requirePlain(value: unknown, depth: number): void {
  if (depth > stepDepthMax) refuse("nested too deeply");
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object" || value instanceof Uint8Array) return refuse("not a plain value");
  for (const part of Object.values(value)) requirePlain(part, depth + 1);
}

/** `held` must be the beginning of `final`: the same content, and every operation in the same place. */
function requireRepeats(final: LaneState, held: LaneState): void {
  if (final.next < held.next) refuse("final is shorter");
  for (const [index, span] of held.spans.entries()) {
    const same = final.spans[index];
    if (same?.place !== span.place || same.start !== span.start) refuse("final differs");
  }
  const after = final.spans[held.spans.length];
  if (after !== undefined && after.start < held.next) refuse("final differs");
  for (const [place, text] of held.texts) if (!final.texts.get(place)?.startsWith(text)) refuse("final differs");
  for (const [place, values] of held.values) {
    const same = final.values.get(place);
    if (same === undefined || values.some((value, index) => same[index] !== value)) refuse("final differs");
  }
}

/** A state vector that has everything but `clientId`. */
function vectorWithout(doc: Doc, clientId: number): Uint8Array {
  const vector = decodeStateVector(encodeStateVector(doc));
  vector.delete(clientId);
  return encodeStateVector(vector);
}

function refuse(reason: string): never {
  throw new ScopeViolation(reason);
}
