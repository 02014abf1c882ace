/**
 * What a lane writes of each tool call, into `steps/<run>`, each once and in this order:
 *
 *   call          {call, name, class, version, target, arguments, cut, at, hidden}    the model asked for it; nothing has happened. `hidden`: what was taken out of the
 *                 arguments before they stand here, or with "warn" what was found in them, by kind
 *   call-asks     {call, until, host, why}     it waits for the owner's word (approvals.ts)
 *   call-begins   {call, at}                   written, and for what has effects stored, before it is run
 *   call-gives    {call, text}   more than a line or so: what its model is given, in pieces; `says` below is its beginning
 *   call-says     {call, says, share}          how far it is: some times, the last one counts
 *   call-form     {call, form, says, fields, until, host}      its tool asks its owner something (formAnswers.ts): some times, one after the other
 *   call-form-ends {call, form, end}
 *   call-ends     {call, end, ms, says, cut, entry}
 *
 * A call that has begun and never ended may have run: nobody runs it again. `call` is an id that the host makes, 32 hex digits.
 */
import type { RunId } from "#crypto/ids.ts";
import {
  askedArgumentsCharsMax,
  callGivesCharsMax,
  callProgressCharsMax,
  callSaysCharsMax,
  callTargetCharsMax,
  callsMax,
  formCharsMax,
  givenPieceCharsMax,
} from "../limits.ts";
import { redactionModes, type RedactionMode } from "./redactionRules.ts";
import { toolClasses, type ToolClass } from "./toolPolicy.ts";

export const callEnds = ["done", "failed", "denied", "refused", "expired", "stopped"] as const;
export type CallEnd = (typeof callEnds)[number];

/**
 * Why the owner is asked: their rule (and, after it, why their "always" does not hold: it was said of another tool of this name, or nobody wrote down of which); their project stays on their own machines, and this reaches outside; what was read is by strangers, and this could send it out; what a model outside was not shown would go out with it; it
 * may have run before.
 */
export const askReasons = ["rule", "another", "unpinned", "label", "tainted", "private", "may-have-run"] as const;
export type AskReason = (typeof askReasons)[number];

export interface CallStep {
  readonly kind: "call";
  readonly call: string;
  readonly name: string;
  readonly class: ToolClass;
  readonly version: string;
  readonly target: string;
  /** JSON: the very text that runs, unless `cut` says how many of its characters are left out. */
  readonly arguments: string;
  readonly cut: number;
  readonly at: number;
  /** Left out: nothing was found, or nothing is looked for. */
  readonly hidden?: HiddenParts;
}

export interface HiddenParts {
  readonly mode: RedactionMode;
  readonly counts: Readonly<Record<string, number>>;
}

export interface AskStep {
  readonly kind: "call-asks";
  readonly call: string;
  readonly until: number;
  /** Who would run it. */
  readonly host: string;
  readonly why: readonly AskReason[];
}

export interface BeginStep {
  readonly kind: "call-begins";
  readonly call: string;
  readonly at: number;
}

export interface GiveStep {
  readonly kind: "call-gives";
  readonly call: string;
  readonly text: string;
}

export interface SaysStep {
  readonly kind: "call-says";
  readonly call: string;
  readonly says: string;
  /** From 0 to 1; `null`: it does not know. */
  readonly share: number | null;
}

export interface FormStep {
  readonly kind: "call-form";
  readonly call: string;
  /** 1, 2, … within a call. */
  readonly form: number;
  /** The tool's question, in its server's words, after ours. */
  readonly says: string;
  /** JSON: a flat JSON schema of an object, as it is judged by. */
  readonly fields: string;
  readonly until: number;
  readonly host: string;
}

export interface FormEndStep {
  readonly kind: "call-form-ends";
  readonly call: string;
  readonly form: number;
  readonly end: "answered" | "declined";
}

export interface EndStep {
  readonly kind: "call-ends";
  readonly call: string;
  readonly end: CallEnd;
  readonly ms: number;
  /** What it gave, or why not. */
  readonly says: string;
  /** Characters of that which are left out. */
  readonly cut: number;
  /** Its last entry in the host's ledger, so that a device knows how far that went. */
  readonly entry: LedgerPlace | null;
}

export interface LedgerPlace {
  /** Whose ledger. */
  readonly host: string;
  readonly n: number;
  readonly hash: string;
}

export type ToolStep = CallStep | AskStep | BeginStep | SaysStep | FormStep | FormEndStep | GiveStep | EndStep;

/** One run's, as they stand in the doc; whether it is over decides what a call without an end is. */
export interface RunSteps {
  readonly run: RunId;
  readonly isOver: boolean;
  readonly steps: readonly object[];
}

export interface CallView extends Omit<CallStep, "kind"> {
  readonly run: RunId;
  readonly status: CallEnd | "called" | "asks" | "running" | "may-have-run";
  readonly ask: Omit<AskStep, "kind" | "call"> | null;
  /** What its tool asks now. */
  readonly form: Omit<FormStep, "kind" | "call"> | null;
  readonly progress: Omit<SaysStep, "kind" | "call"> | null;
  readonly ms: number | null;
  readonly says: string;
  /** How much of what it came to is neither in `says` nor in `gave`. */
  readonly saysCut: number;
  /** All of it, or more of it; "" where `says` is all that there is. */
  readonly gave: string;
  readonly entry: LedgerPlace | null;
}

/** In the order in which they were called. */
export function readCalls({ run, isOver, steps }: RunSteps): readonly CallView[] {
  const calls = new Map<string, CallView>();
  for (const step of steps) {
    const fields = step as Record<string, unknown>;
    const id = text(fields["call"], 64);
    const known = calls.get(id);
    if (fields["kind"] === "call" && known === undefined && calls.size < callsMax) {
      const called = readCall(run, id, fields);
      if (called !== null) calls.set(id, called);
    } else if (known === undefined || isEnd(known.status)) continue;
    else if (fields["kind"] === "call-asks" && known.status === "called")
      calls.set(id, { ...known, status: "asks", ask: readAsk(fields) });
    else if (fields["kind"] === "call-begins") calls.set(id, { ...known, status: "running" });
    else if (fields["kind"] === "call-says") calls.set(id, { ...known, progress: readProgress(fields) });
    else if (fields["kind"] === "call-form") calls.set(id, { ...known, form: readForm(fields) });
    else if (fields["kind"] === "call-form-ends") calls.set(id, { ...known, form: null });
    else if (fields["kind"] === "call-gives") {
      const gave = known.gave + text(fields["text"], givenPieceCharsMax);
      if (known.status === "running" && gave.length <= callGivesCharsMax) calls.set(id, { ...known, gave });
    } else if (fields["kind"] === "call-ends")
      calls.set(id, { ...known, ...readEnd(fields, known.gave), form: null, progress: null });
  }
  if (!isOver) return [...calls.values()];
  return [...calls.values()].map((each) => {
    const call = { ...each, form: null, progress: null };
    if (call.status === "running") return { ...call, status: "may-have-run" };
    return isEnd(call.status) ? call : { ...call, status: "stopped" };
  });
}

/** Which entries of hosts' ledgers a chat was told of: with the end of each call. */
export function ledgerPlacesOf(chat: {
  runs(): readonly RunId[];
  run(run: RunId): { readonly calls: readonly RunSteps[] };
}): readonly LedgerPlace[] {
  return chat
    .runs()
    .flatMap((run) => chat.run(run).calls.flatMap(readCalls))
    .flatMap(({ entry }) => (entry === null ? [] : [entry]));
}

export function isEnd(status: CallView["status"]): status is CallEnd {
  return callEnds.some((end) => end === status);
}

function readCall(run: RunId, call: string, fields: Record<string, unknown>): CallView | null {
  const toolClass = toolClasses.find((each) => each === fields["class"]);
  if (!/^[0-9a-f]{32}$/.test(call) || toolClass === undefined) return null;
  return {
    ...{ run, call, class: toolClass, status: "called", ask: null, form: null, progress: null },
    ...{ ms: null, says: "", saysCut: 0, gave: "", entry: null },
    name: text(fields["name"], 200),
    version: text(fields["version"], 64),
    target: text(fields["target"], callTargetCharsMax),
    arguments: text(fields["arguments"], askedArgumentsCharsMax),
    cut: count(fields["cut"]),
    at: count(fields["at"]),
    ...readHidden(fields["hidden"]),
  };
}

function readHidden(value: unknown): Pick<CallStep, "hidden"> {
  const { mode, counts } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const known = redactionModes.find((each) => each === mode);
  if (known === undefined || typeof counts !== "object" || counts === null) return {};
  const entries = Object.entries(counts).map(([kind, found]) => [text(kind, 40), count(found)] as const);
  const kept = entries.filter(([kind, found]) => kind !== "" && found > 0).slice(0, hiddenKindsMax);
  return kept.length === 0 ? {} : { hidden: { mode: known, counts: Object.fromEntries(kept) } };
}

/** More kinds than are looked for. */
const hiddenKindsMax = 100;

function readAsk(fields: Record<string, unknown>): CallView["ask"] {
  const why = Array.isArray(fields["why"]) ? (fields["why"] as unknown[]) : [];
  return {
    until: count(fields["until"]),
    host: text(fields["host"], 64),
    why: askReasons.filter((reason) => why.includes(reason)),
  };
}

function readProgress(fields: Record<string, unknown>): CallView["progress"] {
  const share = fields["share"];
  const isShare = typeof share === "number" && share >= 0 && share <= 1;
  return { says: text(fields["says"], callProgressCharsMax), share: isShare ? share : null };
}

function readForm(fields: Record<string, unknown>): CallView["form"] {
  const read = {
    form: count(fields["form"]),
    says: text(fields["says"], formCharsMax),
    fields: text(fields["fields"], formCharsMax),
    until: count(fields["until"]),
    host: text(fields["host"], 64),
  };
  return read.form === 0 || read.fields === "" ? null : read;
}

type End = Pick<CallView, "status" | "ms" | "says" | "saysCut" | "gave" | "entry">;

function readEnd(fields: Record<string, unknown>, gave: string): End {
  const says = text(fields["says"], callSaysCharsMax);
  const isMore = gave.length > says.length;
  const entry = (typeof fields["entry"] === "object" ? fields["entry"] : null) as Record<string, unknown> | null;
  return {
    status: callEnds.find((end) => end === fields["end"]) ?? "failed",
    ms: count(fields["ms"]),
    says,
    saysCut: isMore ? Math.max(0, says.length + count(fields["cut"]) - gave.length) : count(fields["cut"]),
    gave: isMore ? gave : "",
    entry:
      entry === null ? null : { host: text(entry["host"], 64), n: count(entry["n"]), hash: text(entry["hash"], 64) },
  };
}

const text = (value: unknown, charsMax: number): string =>
  typeof value === "string" && value.length <= charsMax ? value : "";

const count = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
