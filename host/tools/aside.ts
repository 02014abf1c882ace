/**
 * What a call says and asks while it is under way: how far it is, for whoever watches, and its tool's questions to the owner. A question is answered by a device that signs what was asked and what it answers; nothing, too late and
 * nobody there are no. The call's own time stands still while its owner reads.
 */
import type { FormAnswer } from "#sync/docs/formAnswers.ts";
import type { FormStep, ToolStep } from "#sync/docs/toolSteps.ts";
import { approvalLifeMs, callProgressCharsMax, formCharsMax } from "#sync/limits.ts";
import type { Clock } from "#sync/ports.ts";
import { findMisfits } from "./fits.ts";
import { callMs, formsPerCallMax, progressEveryMs, progressStepsMax } from "./limits.ts";
import type { ElicitForm, JsonObject, ToolContext } from "./tool.ts";

/** What is asked of the owner. */
export interface PlannedForm extends Omit<FormStep, "kind" | "host"> {
  readonly name: string;
  readonly version: string;
  readonly target: string;
}

export interface AsideOptions {
  readonly clock: Clock;
  readonly about: Pick<PlannedForm, "call" | "name" | "version" | "target">;
  readonly host: string;
  readonly write: (step: ToolStep) => boolean;
  /** Resolves with a device's answer to exactly this; `null`: nobody gave one in time. Left out: nobody can be asked. */
  readonly askForm: ((planned: PlannedForm, signal: AbortSignal) => Promise<FormAnswer | null>) | null;
  /** Writes down that an answer goes to the tool, before it does. Throws: then it does not. */
  readonly note: (form: number, device: string) => void;
}

export interface Aside extends ToolContext {
  /** How long the owner was waited for. */
  readonly waitedMs: number;
  end(): void;
}

/** `signal`: the answer's own. The call's ends with it, or when its time is over. */
export function createAside({ clock, about, host, write, askForm, note }: AsideOptions, signal: AbortSignal): Aside {
  const overtime = new AbortController();
  const ending = AbortSignal.any([signal, overtime.signal]);
  const { call } = about;
  let leftMs = callMs;
  let sinceMs = clock.now();
  let cancel = clock.after(leftMs, () => overtime.abort());
  let waitedMs = 0;
  let forms = 0;
  let isAsking = false;
  let said = 0;
  let saidMs = -Infinity;

  async function ask(form: ElicitForm): Promise<JsonObject | null> {
    const fields = JSON.stringify(form.fields);
    if (askForm === null || isAsking || forms >= formsPerCallMax || ending.aborted) return null;
    if (form.says.length > formCharsMax || fields.length > formCharsMax) return null;
    forms += 1;
    const planned = {
      ...about,
      form: forms,
      says: form.says.toWellFormed(),
      fields,
      until: clock.now() + approvalLifeMs,
    };
    const { says, until } = planned;
    if (!write({ kind: "call-form", call, form: forms, says, fields, until, host })) return null;
    isAsking = true;
    const [askedMs, number] = [clock.now(), forms];
    cancel();
    leftMs -= askedMs - sinceMs;
    const given = await askForm(planned, ending).catch(() => null);
    [isAsking, sinceMs] = [false, clock.now()];
    waitedMs += sinceMs - askedMs;
    if (!ending.aborted) cancel = clock.after(Math.max(0, leftMs), () => overtime.abort());
    const answer = given === null || clock.now() >= until ? null : readAnswer(given, form, number);
    write({ kind: "call-form-ends", call, form: number, end: answer === null ? "declined" : "answered" });
    return answer;
  }

  /** Fits the form, and is written down. */
  function readAnswer({ device, answer }: FormAnswer, form: ElicitForm, number: number): JsonObject | null {
    if (answer === null) return null;
    try {
      const value = JSON.parse(answer) as JsonObject;
      if (findMisfits(value, form.fields).length > 0) return null;
      note(number, device);
      return value;
    } catch {
      // reason: no JSON, or nowhere to write it down: nothing goes to the tool.
      return null;
    }
  }

  return {
    call,
    signal: ending,
    elicit: ask,
    progress: (says, share) => {
      const now = clock.now();
      const isLast = share !== undefined && share >= 1;
      if (ending.aborted || said >= progressStepsMax || (now - saidMs < progressEveryMs && !isLast)) return;
      [said, saidMs] = [said + 1, now];
      const short = says.toWellFormed().slice(0, callProgressCharsMax).toWellFormed();
      write({ kind: "call-says", call, says: short, share: share ?? null });
    },
    get waitedMs() {
      return waitedMs;
    },
    end: () => cancel(),
  };
}
