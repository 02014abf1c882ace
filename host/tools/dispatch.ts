/**
 * The one way in which anything acts for a model: policy, then the owner where policy says so, then the entry in the ledger, and only then
 * the tool; afterwards the entry of what it came to. Nothing that a model, a tool or a text says changes what happens here: rules and
 * approvals are written by devices, and what a device approved is what runs, to the byte.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import type { Approval } from "#sync/docs/approvals.ts";
import type { FormAnswer } from "#sync/docs/formAnswers.ts";
import { isHighSurrogate } from "#sync/docs/text.ts";
import { findLapse, ruleFor, type ToolClass, type ToolPolicy } from "#sync/docs/toolPolicy.ts";
import type { AskReason, CallEnd, CallStep, LedgerPlace, ToolStep } from "#sync/docs/toolSteps.ts";
import {
  approvalLifeMs,
  askedArgumentsCharsMax,
  callArgumentsCharsMax,
  callGivesCharsMax,
  callSaysCharsMax,
  callTargetCharsMax,
  givenPieceCharsMax,
} from "#sync/limits.ts";
import type { Clock, Random } from "#sync/ports.ts";
import { untilAborted } from "../untilAborted.ts";
import { createAside, type PlannedForm } from "./aside.ts";
import { findMisfits } from "./fits.ts";
import type { Ledger, WrittenEntry } from "./ledger.ts";
import type { Hidden, Outgoing } from "./outgoing.ts";
import { callsMs, callsPerRunMax, declinedAsksMax, givesPerRunCharsMax } from "./limits.ts";
import { resultToText } from "./results.ts";
import { errorResult, type JsonObject, type Tool, type ToolContext, type ToolResult } from "./tool.ts";

/** What runs if its owner says yes. */
export interface PlannedCall {
  readonly call: string;
  readonly name: string;
  readonly version: string;
  readonly target: string;
  readonly arguments: string;
  readonly until: number;
}

export interface DispatchOptions {
  /** Asked each time: a server's tools come, change and go. */
  readonly tools: () => readonly Tool[];
  /** Asked each time: a device may have changed it. */
  readonly policy: () => ToolPolicy;
  readonly ledger: Ledger;
  /** Where this happens, for the ledger. */
  readonly place: JsonObject;
  readonly host: string;
  /** Resolves with a device's word on exactly this; `null`: nobody gave it in time. */
  readonly askOwner: (planned: PlannedCall, signal: AbortSignal) => Promise<Approval | null>;
  /** Into `steps/<run>`. `false`: the run has no room for it. */
  readonly write: (step: ToolStep) => boolean;
  /** Resolves when what was written is stored at the relay, so that another host knows of it; `false`: it never will be. */
  readonly stored: () => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  /** Nobody is there to be asked. */
  readonly isUnattended: boolean;
  /** What the model was shown already was written by strangers. */
  readonly isTainted: boolean;
  /** Calls of this answer that a host had begun when it died, as `callKey` says them. */
  readonly mayHaveRun: ReadonlySet<string>;
  /** What a model outside was not shown stands in what it said all the same: placeholders were put back. */
  readonly holdsPrivate?: () => boolean;
  /** The chat's project stays on its owner's own machines: what would reach outside asks each time, whatever a rule allows. */
  readonly staysHere?: () => boolean;
  /** What goes to tools outside is looked through first; left out, it goes as it is. */
  readonly outgoing?: Outgoing;
  /** Resolves with a device's answer to a tool's form; `null`: nobody gave one in time. */
  readonly askForm?: (planned: PlannedForm, signal: AbortSignal) => Promise<FormAnswer | null>;
}

export interface Dispatcher {
  /** By what the model said. Never throws. */
  call(name: string, args: JsonObject, signal: AbortSignal): Promise<CallOutcome>;
  /** Those that policy leaves, for the model to choose from. */
  offered(): readonly Tool[];
  readonly isTainted: boolean;
}

export interface CallOutcome {
  readonly end: CallEnd;
  /** For the model. */
  readonly says: string;
}

/** What of a tool's reach is enough to carry words out of here: what asks elsewhere does so with words. */
const sendingClasses: readonly ToolClass[] = ["reads-outside", "sends-out", "costs-money"];

export function createDispatcher(options: DispatchOptions): Dispatcher {
  const { clock, random, ledger, write } = options;
  let isTainted = options.isTainted;
  let calls = 0;
  let workedMs = 0;
  let givenChars = 0;
  /** How often each tool got no "yes". */
  const declined = new Map<string, number>();

  const ruleOf = (tool: Tool) => ruleFor(options.policy(), tool.name, tool.class, tool.version);

  const staysHere = (): boolean => options.staysHere?.() === true;

  const mayOffer = (tool: Tool): boolean => {
    const { class: toolClass } = tool;
    const rule = ruleOf(tool);
    const isLost =
      options.isUnattended && (rule === "ask" || (sendingClasses.includes(toolClass) && (isTainted || staysHere())));
    return rule !== "deny" && !isLost;
  };

  /** Why this call needs its owner's word; empty: it does not. */
  const reasonsToAsk = (tool: Tool, text: string): AskReason[] => [
    ...(ruleOf(tool) === "ask" ? ruleReasons(findLapse(options.policy(), tool.name, tool.version)) : []),
    ...(sendingClasses.includes(tool.class) && staysHere() ? (["label"] as const) : []),
    ...(isTainted && sendingClasses.includes(tool.class) ? (["tainted"] as const) : []),
    ...(sendingClasses.includes(tool.class) && options.holdsPrivate?.() === true ? (["private"] as const) : []),
    // As the step shows it: a long text that nobody was asked about is cut there.
    ...(tool.class !== "reads-here" &&
    [text.length, callArgumentsCharsMax].some((charsMax) => options.mayHaveRun.has(keyOf(tool.name, text, charsMax)))
      ? (["may-have-run"] as const)
      : []),
  ];

  async function call(name: string, given: JsonObject, signal: AbortSignal): Promise<CallOutcome> {
    const tool = options.tools().find((each) => each.name === name);
    if (tool === undefined) return { end: "failed", says: `There is no tool ${JSON.stringify(name.slice(0, 100))}.` };
    calls += 1;
    if (calls > callsPerRunMax) return { end: "denied", says: "This answer has called enough tools. Answer now." };
    const id = bytesToHex(random(16));
    const outgoing = sendingClasses.includes(tool.class) ? (options.outgoing ?? null) : null;
    const hidden = outgoing?.hide(tool, given) ?? null;
    const text = JSON.stringify(hidden?.args ?? given);
    // What is shown is what runs: a number too large to be written down (1e999) would be another.
    const args = JSON.parse(text) as JsonObject;
    const target = targetOf(tool, args);
    const why = reasonsToAsk(tool, text);
    const charsMax = why.length > 0 ? askedArgumentsCharsMax : callArgumentsCharsMax;
    const shown = text.slice(0, charsMax).toWellFormed();
    const cut = text.length - shown.length;
    const at = clock.now();
    const about = { name, class: tool.class, version: tool.version, target };
    if (!write({ kind: "call", call: id, ...about, arguments: shown, cut, at, ...stepOf(hidden) }))
      return { end: "denied", says: "This answer is too long already to call more tools. Answer now." };

    const entryOf = (what: string, more: JsonObject): JsonObject => {
      return { what, ...options.place, call: id, ...about, arguments: shown, cut, ...more };
    };
    const finish = (end: CallEnd, says: string, ms: number, entry: LedgerPlace | null): CallOutcome => {
      const brief = says.slice(0, callSaysCharsMax).toWellFormed();
      write({ kind: "call-ends", call: id, end, ms, says: brief, cut: says.length - brief.length, entry });
      return { end, says };
    };
    /** Nothing was done; that is written down as well, where it can be. */
    const decline = (end: CallEnd, says: string): CallOutcome => {
      let entry: LedgerPlace | null = null;
      try {
        entry = ledger.append(entryOf("not-done", { end }));
      } catch {
        // reason: a ledger that takes nothing stops what acts; what did not act needs no entry.
      }
      return finish(end, says, 0, entry);
    };

    const misfits = findMisfits(args, tool.parameters);
    if (misfits.length > 0) return decline("failed", `Not done. ${sayHidden(hidden)}${misfits.join(" ")}`);
    if (!mayOffer(tool)) return decline("denied", "Not done: the owner does not allow this tool here.");
    if (workedMs > callsMs) return decline("denied", "Not done: the tools of this answer have used up their time.");
    let by: string = "policy";
    if (why.length > 0) {
      if (options.isUnattended) return decline("denied", "Not done: nobody is there to be asked.");
      if (cut > 0)
        return decline("denied", "Not done: this is too long for the owner to look through. Do it in parts.");
      if ((declined.get(name) ?? 0) >= declinedAsksMax)
        return decline("denied", "Not done: the owner was asked often enough, and did not want it. Answer now.");
      const until = clock.now() + approvalLifeMs;
      const planned = { call: id, name, version: tool.version, target, arguments: text, until };
      write({ kind: "call-asks", call: id, until, host: options.host, why });
      const approval = await options.askOwner(planned, signal);
      if (signal.aborted) return decline("stopped", "Stopped.");
      const isYes = approval?.choice === "allow" && clock.now() < until;
      if (!isYes) declined.set(name, (declined.get(name) ?? 0) + 1);
      if (approval === null || clock.now() >= until)
        return decline("expired", "Not done: the owner did not answer in time.");
      if (approval.choice !== "allow") return decline("refused", "Not done: the owner said no. Do not try it again.");
      by = approval.device;
      // What was approved is what stands here; what it would be now may be something else.
      const now = options.tools().find((each) => each.name === name);
      if (now?.version !== tool.version || targetOf(now, args) !== target || !mayOffer(now))
        return decline("denied", "Not done: the tool has changed meanwhile.");
    }
    if (signal.aborted) return decline("stopped", "Stopped.");
    const unwritten = "Not done: this host cannot write down what tools do, so none may act.";
    let entry: WrittenEntry;
    const hasEffects = tool.class !== "reads-here";
    try {
      const what = entryOf("before", { by });
      entry = hasEffects ? ledger.begin(what) : { place: ledger.append(what), stored: Promise.resolve() };
    } catch {
      return finish("failed", unwritten, 0, null);
    }
    // On this disk, and at the relay: both before anything is done, and both at once.
    const { place } = entry;
    const written = entry.stored.then(() => place).catch(() => null);
    const begunMs = clock.now();
    const isBegun = write({ kind: "call-begins", call: id, at: begunMs });
    // Another host must not do it again because it never heard of this.
    const isKnown = isBegun && (!hasEffects || (await untilAborted(options.stored(), signal)) === true);
    const before = await written;
    if (before === null) return finish("failed", unwritten, 0, null);
    if (!isBegun) return finish("failed", "Not done: this answer is too long already. Answer now.", 0, before);
    if (signal.aborted) return finish("stopped", "Stopped before it began.", 0, before);
    if (!isKnown) return finish("failed", "Not done: the relay did not take it down first.", 0, before);
    const aside = createAside(
      {
        ...{ clock, write, host: options.host, about: { call: id, name, version: tool.version, target } },
        askForm: options.isUnattended ? null : (options.askForm ?? null),
        note: (form, device) => void ledger.append(entryOf("answered", { form, by: device })),
      },
      signal,
    );
    const gave = await run(tool, args, aside, signal);
    const result = outgoing?.restore(gave) ?? gave;
    aside.end();
    const ms = Math.max(0, clock.now() - begunMs - aside.waitedMs);
    workedMs += ms;
    const isUntrusted = result.isUntrusted ?? tool.isUntrusted;
    isTainted ||= isUntrusted;
    const end: CallEnd = signal.aborted ? "stopped" : result.isError ? "failed" : "done";
    const says = `${sayHidden(hidden)}${resultToText(result, isUntrusted ? name : null)}`;
    let after = before;
    try {
      after = ledger.append(entryOf("after", { end, ms, by }));
    } catch {
      // reason: it is done, and the entry before says that it was begun; the next call finds the ledger shut.
    }
    giveWhole(id, says);
    return finish(end, says, ms, after);
  }

  /** More than stands with the end of a call stands in front of it, as far as the run has room: what a model was given, its owner can read. */
  function giveWhole(id: string, says: string): void {
    if (says.length <= callSaysCharsMax) return;
    const room = Math.max(0, Math.min(callGivesCharsMax, givesPerRunCharsMax - givenChars));
    const whole = says.slice(0, room).toWellFormed();
    for (let at = 0; at < whole.length;) {
      const end = at + givenPieceCharsMax;
      const text = whole.slice(at, isHighSurrogate(whole.charCodeAt(end - 1)) ? end - 1 : end);
      if (!write({ kind: "call-gives", call: id, text })) return;
      givenChars += text.length;
      at += text.length;
    }
  }

  /** With its end, whatever the tool does. */
  async function run(tool: Tool, args: JsonObject, aside: ToolContext, signal: AbortSignal): Promise<ToolResult> {
    try {
      const result = await untilAborted(tool.run(args, aside), aside.signal);
      if (result !== null) return result;
      return errorResult(
        signal.aborted ? "Stopped. It may have been done." : "It took too long. It may have been done.",
      );
    } catch {
      // reason: what a tool throws is its own fault, and its words are not for a chat.
      return errorResult("The tool failed.");
    }
  }

  return {
    call,
    offered: () => options.tools().filter(mayOffer),
    get isTainted() {
      return isTainted;
    },
  };
}

/** By which a call is known again, from what its step shows: placeholders are numbered anew in each life of a host. */
export function callKey(name: string, shown: string, cut: number): string {
  const same = shown.replace(/\[([A-Z][A-Z_]{0,20})_\d{1,6}\]/g, "[$1]");
  return cut === 0 ? `${name} ${same}` : `${name} ${same} +${cut}`;
}

function stepOf(hidden: Hidden | null): Pick<CallStep, "hidden"> {
  if (hidden === null || Object.keys(hidden.counts).length === 0) return {};
  return { hidden: { mode: hidden.mode, counts: hidden.counts } };
}

/** For the model: what a tool outside was not told. */
function sayHidden(hidden: Hidden | null): string {
  const isOut = hidden !== null && hidden.mode !== "warn" && Object.keys(hidden.counts).length > 0;
  return isOut ? "What is private was left out of what this tool was given, as the owner wants it. " : "";
}

/** A device with an older app knows the first of them, and offers "always" for it. */
const ruleReasons = (lapse: ReturnType<typeof findLapse>): AskReason[] => (lapse === null ? ["rule"] : ["rule", lapse]);

function keyOf(name: string, text: string, charsMax: number): string {
  const shown = text.slice(0, charsMax).toWellFormed();
  return callKey(name, shown, text.length - shown.length);
}

function targetOf(tool: Tool, args: JsonObject): string {
  try {
    return tool.target(args).slice(0, callTargetCharsMax).toWellFormed();
  } catch {
    // reason: arguments that do not fit are said to be so a moment later.
    return "";
  }
}
