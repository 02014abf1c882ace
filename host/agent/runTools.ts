/**
 * The tools of one run: what its model may choose from, what it called before this host took over, and the dispatcher by which everything
 * acts. An approval is looked for in the chat, where devices write it; rules are read in the chat's terms at each call.
 */
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { Roster } from "#crypto/roster.ts";
import { findApproval, type Approval, type AskedCall } from "#sync/docs/approvals.ts";
import { findFormAnswer, type FormAnswer } from "#sync/docs/formAnswers.ts";
import type { Chat, ChatMessage } from "#sync/docs/chat.ts";
import { comesFromOthers, runsBehind } from "#sync/docs/othersWords.ts";
import { readTerms } from "#sync/docs/terms.ts";
import { parseRedactionTerms } from "#sync/docs/redactionRules.ts";
import { parseToolTerms } from "#sync/docs/toolPolicy.ts";
import { readCalls, type CallView, type ToolStep } from "#sync/docs/toolSteps.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { AnswerPart, Backend, Question, ToolCall, Turn } from "../backends/backend.ts";
import { usualRedaction, withRules, type RedactionSettings } from "../backends/redactedAnswer.ts";
import type { PlannedForm } from "../tools/aside.ts";
import { callKey, createDispatcher, type PlannedCall } from "../tools/dispatch.ts";
import type { Ledger } from "../tools/ledger.ts";
import { callEndBytesReserved } from "../tools/limits.ts";
import { createOutgoing } from "../tools/outgoing.ts";
import type { JsonObject, Tool, ToolSource } from "../tools/tool.ts";
import { answerWithTools, turnsOf, type ToolProgress } from "./answerWithTools.ts";
import { createDeviceTools } from "./deviceTools.ts";
import { createArtifactSource } from "./artifactSource.ts";
import type { ArtifactTools } from "./artifactTools.ts";
import type { LaneWriter } from "./laneWriter.ts";
import { createRememberTool } from "./rememberTool.ts";
import { hideTagsIn, sayToolTags } from "./toolTags.ts";

/** What an agent has for all its runs. */
export interface HostTools {
  readonly sources: readonly ToolSource[];
  readonly ledger: Ledger;
  readonly roster: () => Roster;
  /** What tools outside are not told, beside what a chat's project says of it; left out, the usual. */
  readonly redaction?: () => RedactionSettings;
}

export interface RunToolsOptions {
  readonly host: HostTools;
  readonly chat: Chat;
  readonly doc: DocId;
  readonly run: RunId;
  readonly hostId: AuthorId;
  readonly writer: Pick<LaneWriter, "step" | "stored">;
  readonly clock: Clock;
  readonly random: Random;
  /** The branch that is answered. */
  readonly path: readonly ChatMessage[];
  /** `null`: nothing of artifacts here. */
  readonly artifacts: ArtifactTools | null;
  /** The model is shown artifacts. Who wrote them nobody knows here: an answer in another branch, or one that had read a stranger's page. */
  readonly showsArtifacts: boolean;
  /** The device that asked sleeps, or nobody asked. */
  readonly isUnattended: boolean;
  readonly by: "calls" | "tags";
  /** Who calls, for the ledger; "": whichever the backend takes. */
  readonly model?: string;
}

export interface RunTools {
  /** For the system's words; "" for models that have tools. */
  readonly says: string;
  /** A model proposes what is to be remembered by a tool, and need not be told of the tag. */
  readonly remembers: boolean;
  answer(
    backend: Pick<Backend, "answer">,
    asked: Question,
    before: string,
    signal: AbortSignal,
  ): AsyncIterable<AnswerPart>;
}

export function createRunTools(options: RunToolsOptions): RunTools {
  const { host, chat, doc, run, writer, clock, by } = options;
  const earlier = earlierCalls(chat, run);
  const artifacts = options.artifacts === null ? null : createArtifactSource(options.artifacts);
  const terms = readTerms(chat.doc);
  const found = earlierLinks(chat, run).flatMap((link) => chat.run(link).found);
  const ofDevices = createDeviceTools({
    ...{ chat, doc, run, clock, isUnattended: options.isUnattended, terms },
    numbered: (options.path.at(-1)?.sources.length ?? 0) + found.length,
  });
  // For those that know no calls, a tag of its own is less to read than a tool.
  const isOwners = (options.path.at(-1)?.by ?? null) === null;
  const remember = terms.proposesMemory && isOwners && by === "calls" ? createRememberTool() : null;
  const own = [...(artifacts?.tools ?? []), ...ofDevices, ...(remember === null ? [] : [remember.tool])];
  const tools = (): readonly Tool[] => withoutDoubles([...own, ...host.sources.flatMap((source) => source.tools())]);
  let holdsPrivate = false;
  const dispatcher = createDispatcher({
    tools,
    policy: () => parseToolTerms(readTerms(chat.doc).tools),
    ledger: host.ledger,
    place: { doc, run, ...(options.model === undefined || options.model === "" ? {} : { model: options.model }) },
    host: options.hostId,
    askOwner: (planned, signal) => waitForApproval(options, planned, signal),
    askForm: (planned, signal) => waitForAnswer(options, planned, signal),
    // How a call ends has room, whatever it said and asked before.
    write: (step: ToolStep) => writer.step(step, keepsRoom.includes(step.kind) ? callEndBytesReserved : 0),
    stored: () => writer.stored(),
    clock,
    random: options.random,
    isUnattended: options.isUnattended,
    isTainted:
      terms.memory !== "" ||
      options.showsArtifacts ||
      isTainted(chat, options.path, tools()) ||
      hasStrangers(earlier, tools()),
    mayHaveRun: new Set(
      earlier
        .filter(({ status }) => status === "may-have-run")
        .map((call) => callKey(call.name, call.arguments, call.cut)),
    ),
    holdsPrivate: () => holdsPrivate,
    staysHere: () => readTerms(chat.doc).isLocalOnly,
    outgoing: createOutgoing(() =>
      withRules(host.redaction?.() ?? usualRedaction, parseRedactionTerms(readTerms(chat.doc).redaction)),
    ),
  });
  const offers = dispatcher.offered();
  const says = by === "tags" && offers.length > 0 ? sayToolTags(offers) : "";
  let progress: ToolProgress | null = null;

  const answer: RunTools["answer"] = (backend, asked, before, signal) => {
    const shown = by === "tags" ? hideTagsIn(asked.turns, says) : asked.turns;
    const turns = earlier.length === 0 ? shown : [...shown, ...sayEarlier(before, earlier, by)];
    progress ??= { turns, answer: before, round: 1, completionTokens: 0 };
    const called = {
      // What its server is told: nothing of classes and versions.
      offers: offers.map(({ name, description, parameters }) => ({ name, description, parameters })),
      call: async (call: ToolCall, answer: string) => {
        artifacts?.standsAt(answer);
        const outcome = await dispatcher.call(call.name, call.arguments as JsonObject, signal);
        return { writes: artifacts?.takeWritten() ?? "", says: outcome.says };
      },
    };
    if (offers.length === 0) return backend.answer({ ...asked, turns }, signal);
    const onRestored = (): void => {
      holdsPrivate = true;
    };
    return answerWithTools(backend, { ...asked, turns, onRestored }, called, signal, { progress, by });
  };

  return {
    says,
    remembers: offers.some(({ name }) => name === remember?.tool.name),
    answer: (...asked) => remember?.withProposals(answer(...asked), asked[3]) ?? answer(...asked),
  };
}

/** The runs that this one goes on from, in order. */
function earlierLinks(chat: Chat, run: RunId): readonly RunId[] {
  const links = chat.links(run);
  return links.slice(0, links.indexOf(run));
}

/** What runs that this one goes on from called, in order. */
export function earlierCalls(chat: Chat, run: RunId): readonly CallView[] {
  return earlierLinks(chat, run)
    .flatMap((link) => chat.run(link).calls)
    .flatMap((steps) => readCalls({ ...steps, isOver: true }));
}

function sayEarlier(before: string, earlier: readonly CallView[], by: "calls" | "tags"): readonly Turn[] {
  const results = earlier.map((call, index) => ({
    call: { id: `call-${index}`, name: call.name, arguments: parseArguments(call.arguments) },
    says:
      call.status === "may-have-run"
        ? "The host stopped while this was being done. It may have been done or not, and is not done again by itself. Say so."
        : call.saysCut > 0
          ? `${sayAll(call)}\n[${call.saysCut} characters more are left out here.]`
          : call.says === ""
            ? "Not done: the host stopped before."
            : sayAll(call),
  }));
  return turnsOf(before, results, by);
}

const sayAll = ({ says, gave }: CallView): string => (gave === "" ? says : gave);

function parseArguments(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    // reason: what was too long to be kept whole is shown as having been left out.
    return {};
  }
}

/** What others wrote stands in what the model is shown, or in answers that were made from it. */
function isTainted(chat: Chat, path: readonly ChatMessage[], tools: readonly Tool[]): boolean {
  return path.some(
    (message) =>
      comesFromOthers(message) ||
      runsBehind(chat, message).some((run) => hasStrangers(chat.answer(run).calls.flatMap(readCalls), tools)),
  );
}

/** Of a tool that is not here any more nobody knows what it gave. */
function hasStrangers(calls: readonly CallView[], tools: readonly Tool[]): boolean {
  return calls.some(({ name }) => tools.find((tool) => tool.name === name)?.isUntrusted ?? true);
}

/** The first of a name counts: what is built in cannot be passed over by a server's. */
function withoutDoubles(tools: readonly Tool[]): readonly Tool[] {
  const byName = new Map<string, Tool>();
  for (const tool of tools) if (!byName.has(tool.name)) byName.set(tool.name, tool);
  return [...byName.values()];
}

const keepsRoom: readonly ToolStep["kind"][] = ["call", "call-says", "call-form", "call-gives"];

function waitForApproval(
  options: RunToolsOptions,
  planned: PlannedCall,
  signal: AbortSignal,
): Promise<Approval | null> {
  const { chat, doc, run, hostId, host } = options;
  const asked: AskedCall = { doc, run, host: hostId, ...planned };
  return waitForWord(options, planned.until, signal, () => findApproval(chat.doc, asked, host.roster()));
}

function waitForAnswer(
  options: RunToolsOptions,
  planned: PlannedForm,
  signal: AbortSignal,
): Promise<FormAnswer | null> {
  const { chat, doc, run, hostId, host } = options;
  const asked = { doc, run, host: hostId, ...planned };
  return waitForWord(options, planned.until, signal, () => findFormAnswer(chat.doc, asked, host.roster()));
}

/** Until a device has written what is looked for into the chat. `null`: none has, in time. */
function waitForWord<T>(
  { chat, clock }: RunToolsOptions,
  until: number,
  signal: AbortSignal,
  find: () => T | null,
): Promise<T | null> {
  const approvals = chat.doc.getMap<unknown>("approvals");
  return new Promise((resolve) => {
    const finish = (word: T | null): void => {
      cancel();
      approvals.unobserve(look);
      signal.removeEventListener("abort", onAbort);
      resolve(word);
    };
    const look = (): void => {
      const word = find();
      if (word !== null) finish(word);
    };
    const onAbort = (): void => finish(null);
    const cancel = clock.after(Math.max(0, until - clock.now()), onAbort);
    approvals.observe(look);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
