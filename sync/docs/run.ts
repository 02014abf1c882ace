/** What a host wrote for one run: its root types, their names, and how they read as one view. */
import { parseAuthorId, parseRunId, type AuthorId, type RunId } from "#crypto/ids.ts";
import type { Doc, Map as YMap, Text as YText } from "yjs";
import { runErrorCharsMax, runNameCharsMax, sourcesMax, titleCharsMax } from "../limits.ts";
import { readFlag, readNumber, readString } from "./fields.ts";
import { foundSources } from "./looked.ts";
import type { Source } from "./sources.ts";
import type { RunSteps } from "./toolSteps.ts";
import { readFiled, readSeen, type FiledPart, type SeenArtifact } from "./answerArtifacts.ts";
import type { LiveRuns } from "./liveRuns.ts";

export const runEnds = ["done", "stopped", "failed", "interrupted"] as const;
export type RunEnd = (typeof runEnds)[number];

export function isRunEnd(status: string): status is RunEnd {
  return runEnds.some((end) => end === status);
}

/** How long a model that thinks is to think first, in the words that model servers have for it. */
export const efforts = ["low", "medium", "high"] as const;
export type Effort = (typeof efforts)[number];

export type RunStatus = "requested" | "accepted" | "streaming" | "withdrawn" | RunEnd;

/** What a device wrote about a run. */
export interface ChatRequest {
  readonly run: RunId;
  readonly question: string;
  readonly model: string | null;
  /** `null`: as the model likes. */
  readonly effort: Effort | null;
  readonly at: number;
  readonly device: AuthorId | null;
  readonly stopAt: number | null;
  readonly withdrawnAt: number | null;
  readonly interruptedAt: number | null;
  /** Until when it was lent to a host that was away. */
  readonly waitingUntil: number | null;
  /** The interrupted run that this one goes on from. */
  readonly continues: RunId | null;
  /** The one that goes on from this run; every device reads the same one. */
  readonly continuedBy: RunId | null;
  /** Asked by a device without its owner. */
  readonly isAutomatic: boolean;
  /** It began a chat that nobody has named. */
  readonly wantsTitle: boolean;
  /** Of the answer that it began: what became of the artifacts in it; `null` as long as no device has filed them. */
  readonly filed: readonly FiledPart[] | null;
}

/** The keys of `meta/<run>`; a lane sets each at most once, and no other. */
export interface RunMeta {
  acceptedAt: number;
  model: string;
  label: string;
  where: string;
  queueMs: number;
  firstTokenMs: number;
  totalMs: number;
  promptTokens: number;
  completionTokens: number;
  /** This run goes on from another's text after so many of its characters. Left out: it began anew. */
  continuedAt: number;
  /** What the chat might be called: a proposal, which devices take where no person gave a title. */
  title: string;
  end: RunEnd;
  error: RunError;
}

/** Why a run has no answer, or not all of it. */
interface RunError {
  readonly code: string;
  readonly says: string;
}

export interface RunView {
  readonly run: RunId;
  readonly status: RunStatus;
  readonly text: string;
  readonly thinking: string;
  /** What follows `text` and `thinking` and is not in the document yet: shown at once, and promised to nobody. */
  readonly overlay: string;
  readonly thinkingOverlay: string;
  /** Before its first word: how much of the question its model has read, in percent; `null`: its server does not say. */
  readonly reading: number | null;
  /** What answers, in words: a model's name, or "Guide, not a model". */
  readonly label: string | null;
  readonly model: string | null;
  /** Where it runs, in words. */
  readonly where: string | null;
  readonly error: RunError | null;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | null;
  readonly timings: {
    readonly queueMs: number | null;
    readonly firstTokenMs: number | null;
    readonly totalMs: number | null;
    /** While it was writing; `null` when the backend did not count. */
    readonly tokensPerSecond: number | null;
  };
  /** Its place among those that wait at the host, 1 is next; `null` when it waits for nothing, or no host is there. */
  readonly queue: number | null;
  /** What the chat might be called, in the words of whoever answered. */
  readonly title: string | null;
  /** Messages of the branch that the model was not shown, since they did not fit. */
  readonly dropped: number;
  /** What was private in what went elsewhere: how much, and whether it was left as it was. `null`: nothing, or it stayed here. */
  readonly redacted: { readonly isWarning: boolean; readonly count: number } | null;
  /** Artifacts that the model was shown; `null`: it was told nothing of them, and what looks like one in its text is words. */
  readonly seen: readonly SeenArtifact[] | null;
  /** What became of the artifacts in its text; `null`: nothing yet. */
  readonly filed: readonly FiledPart[] | null;
  /** Which of the question's sources the model was shown; `null`: it came with none. */
  readonly sources: SourcesStep | null;
  /** What tools were called, run by run; `readCalls` reads it. Empty for most answers. */
  readonly calls: readonly RunSteps[];
  /** What its calls found in files; an answer's numbers go on with these after the question's own. */
  readonly found: readonly Source[];
  /** While it waits: its chat's key is left for the host until then, so that it is answered though this device sleeps. */
  readonly waitingUntil: number | null;
  /** The run that this one goes on from, and the one that goes on from it. */
  readonly continues: RunId | null;
  readonly continuedBy: RunId | null;
  /** After how many characters of the other's text; `null`: it is no continuation, or began anew. */
  readonly continuedAt: number | null;
}

/** The names of the four root types that the lane of `run` may write, and nobody else. */
export function runRoots(run: RunId): { text: string; thinking: string; steps: string; meta: string } {
  return { text: `gen/${run}`, thinking: `think/${run}`, steps: `steps/${run}`, meta: `meta/${run}` };
}

/** `null`: not one that can be shown. */
export function readRequest(run: RunId, request: YMap<unknown>): ChatRequest | null {
  const question = readString(request, "question");
  if (question === null) return null;
  return {
    run,
    question,
    model: readString(request, "model"),
    effort: efforts.find((effort) => effort === request.get("effort")) ?? null,
    at: readNumber(request, "at") ?? 0,
    device: parseAuthorId(readString(request, "device") ?? ""),
    stopAt: readNumber(request, "stopAt"),
    withdrawnAt: readNumber(request, "withdrawnAt"),
    interruptedAt: readNumber(request, "interruptedAt"),
    waitingUntil: readNumber(request, "waitingUntil"),
    continues: parseRunId(readString(request, "continues") ?? ""),
    continuedBy: parseRunId(readString(request, "continuedBy") ?? ""),
    isAutomatic: readFlag(request, "auto"),
    wantsTitle: readFlag(request, "wantsTitle"),
    filed: readFiled(request.get("filed")),
  };
}

export interface RunReader {
  text(run: RunId): string;
  view(run: RunId, request: ChatRequest | null): RunView;
  /** Its lane said how it ended. */
  hasEnded(run: RunId): boolean;
}

export function createRunReader(doc: Doc, live: LiveRuns): RunReader {
  // A thread reads every answer at each change while only one of them grows.
  const known = new WeakMap<YText, string>();

  const read = (name: string): string => {
    // Asking for a root makes it, and nobody takes it away again: most answers have no thoughts, and none have before they begin.
    if (!doc.share.has(name)) return "";
    const type = doc.getText(name);
    const text = known.get(type);
    if (text !== undefined) return text;
    const fresh = type.toString();
    known.set(type, fresh);
    const forget = (): void => {
      known.delete(type);
      type.unobserve(forget);
    };
    type.observe(forget);
    return fresh;
  };

  return {
    text: (run) => read(runRoots(run).text),
    hasEnded: (run) => endOf(doc.getMap<unknown>(runRoots(run).meta)) !== undefined,
    view: (run, request) => {
      const roots = runRoots(run);
      const meta = doc.getMap<unknown>(roots.meta);
      const text = read(roots.text);
      const thinking = read(roots.thinking);
      const status = readStatus(meta, request, text.length + thinking.length > 0);
      const mayGrow = !isRunEnd(status) && status !== "withdrawn";
      const overlay = mayGrow ? live.after(run, "text", text.length) : "";
      const thinkingOverlay = mayGrow ? live.after(run, "thinking", thinking.length) : "";
      const steps = doc.share.has(roots.steps) ? doc.getArray<unknown>(roots.steps).toArray() : [];
      const calls = readRunSteps(run, isRunEnd(status), steps);
      const promptTokens = readNumber(meta, "promptTokens");
      const completionTokens = readNumber(meta, "completionTokens");
      return {
        run,
        status: overlay.length + thinkingOverlay.length > 0 ? "streaming" : status,
        text,
        thinking,
        overlay,
        thinkingOverlay,
        reading: status === "accepted" && overlay + thinkingOverlay === "" ? live.readingOf(run) : null,
        label: readName(meta, "label"),
        model: readName(meta, "model"),
        where: readName(meta, "where"),
        error: readError(meta),
        usage: promptTokens === null || completionTokens === null ? null : { promptTokens, completionTokens },
        timings: {
          queueMs: readNumber(meta, "queueMs"),
          firstTokenMs: readNumber(meta, "firstTokenMs"),
          totalMs: readNumber(meta, "totalMs"),
          tokensPerSecond: readSpeed(meta),
        },
        title: readString(meta, "title")?.slice(0, titleCharsMax) ?? null,
        queue: status === "requested" ? live.placeOf(run) : null,
        dropped: readDropped(steps),
        redacted: readRedacted(steps),
        seen: readSeen(steps),
        filed: request?.filed ?? null,
        sources: readShownSources(steps),
        calls,
        found: foundSources(doc, run, calls[0]?.steps ?? []),
        waitingUntil: status === "requested" && request?.waitingUntil !== 0 ? (request?.waitingUntil ?? null) : null,
        continues: request?.continues ?? null,
        continuedBy: request?.continuedBy ?? null,
        continuedAt: readNumber(meta, "continuedAt"),
      };
    },
  };
}

function endOf(meta: YMap<unknown>): RunEnd | undefined {
  const end = meta.get("end");
  return runEnds.find((candidate) => candidate === end);
}

/** What the lane wrote counts before what devices noted: an answer that ended well was not interrupted after all. */
function readStatus(meta: YMap<unknown>, request: ChatRequest | null, hasText: boolean): RunStatus {
  const end = endOf(meta);
  if (end !== undefined) return end;
  const isAccepted = hasText || readNumber(meta, "acceptedAt") !== null;
  if (!isAccepted && request !== null && request.withdrawnAt !== null) return "withdrawn";
  if (!isAccepted && request !== null && request.stopAt !== null) return "stopped";
  if (request !== null && request.interruptedAt !== null) return "interrupted";
  if (!isAccepted) return "requested";
  return hasText ? "streaming" : "accepted";
}

/** What a lane puts into `steps/<run>` when it left messages out: `{ kind: "dropped", messages }`. */
export interface DroppedStep {
  readonly kind: "dropped";
  readonly messages: number;
}

function readDropped(steps: readonly unknown[]): number {
  for (const step of steps) {
    if (typeof step !== "object" || step === null) continue;
    const { kind, messages } = step as { kind?: unknown; messages?: unknown };
    if (kind === "dropped" && Number.isSafeInteger(messages) && Number(messages) > 0) return Number(messages);
  }
  return 0;
}

/** … and when something private was found in what a backend elsewhere was to see: how many of each kind, and whether it was taken out. */
export interface RedactedStep {
  readonly kind: "redacted";
  /** "warn": it went out as it was. */
  readonly mode: "warn" | "mask" | "placeholders";
  readonly counts: Readonly<Record<string, number>>;
}

function readRedacted(steps: readonly unknown[]): RunView["redacted"] {
  const step = steps.find((each) => (each as { kind?: unknown } | null)?.kind === "redacted");
  if (step === undefined) return null;
  const { mode, counts } = step as { mode?: unknown; counts?: unknown };
  const numbers = Object.values((counts ?? {}) as object).filter(Number.isSafeInteger) as number[];
  return { isWarning: mode === "warn", count: numbers.reduce((sum, each) => sum + each, 0) };
}

/** … and when the question came with sources: which of them fitted, by their numbers, and what their order was judged by. */
export interface SourcesStep {
  readonly kind: "sources";
  readonly shown: readonly number[];
  readonly by: "words" | "meaning";
}

function readShownSources(steps: readonly unknown[]): SourcesStep | null {
  for (const step of steps) {
    if (typeof step !== "object" || step === null) continue;
    const { kind, shown, by } = step as { kind?: unknown; shown?: unknown; by?: unknown };
    if (kind !== "sources" || !Array.isArray(shown)) continue;
    const numbers = shown.slice(0, sourcesMax).filter((each): each is number => Number.isSafeInteger(each) && each > 0);
    return { kind, shown: numbers, by: by === "meaning" ? "meaning" : "words" };
  }
  return null;
}

/** Told by their kinds alone: what they say is read by views that come later (toolSteps.ts). */
function readRunSteps(run: RunId, isOver: boolean, all: readonly unknown[]): readonly RunSteps[] {
  const steps = all.filter((step): step is object => {
    const kind = typeof step === "object" && step !== null ? (step as { kind?: unknown }).kind : null;
    return typeof kind === "string" && kind.startsWith("call");
  });
  return steps.length === 0 ? [] : [{ run, isOver, steps }];
}

function readSpeed(meta: YMap<unknown>): number | null {
  const tokens = readNumber(meta, "completionTokens");
  const firstMs = readNumber(meta, "firstTokenMs");
  const totalMs = readNumber(meta, "totalMs");
  if (tokens === null || firstMs === null || totalMs === null || totalMs <= firstMs) return null;
  return (tokens * 1_000) / (totalMs - firstMs);
}

function readName(meta: YMap<unknown>, key: string): string | null {
  return readString(meta, key)?.slice(0, runNameCharsMax) ?? null;
}

function readError(meta: YMap<unknown>): RunError | null {
  const error = meta.get("error");
  if (typeof error !== "object" || error === null) return null;
  const { code, says } = error as { code?: unknown; says?: unknown };
  if (typeof code !== "string" || typeof says !== "string") return null;
  return { code: code.slice(0, runNameCharsMax), says: says.slice(0, runErrorCharsMax) };
}
