/**
 * One answer may be several runs: a run that was interrupted is never taken up again (one lane a run), another goes on from it. Here
 * they read as one text, cut where the later one began, so that what an old lane still managed to write is not shown twice.
 *
 *   A  "One two thr" ⌁            A.continuedBy = B, B.continues = A: both written by the device that asked for B
 *   B  meta.continuedAt = 8       "three four"             →  "One two " ‖ "three four"
 *
 * A host that cannot go on from a text leaves `continuedAt` out: its run is another version beside the first.
 */
import type { RunId } from "#crypto/ids.ts";
import type { ChatRequest, RunView } from "./run.ts";

export interface Answers {
  /** The run that goes on from this one, as it is shown; `null` when none does. */
  next(run: RunId): RunId | null;
  /** The runs that this one goes on from, the nearest first. */
  before(run: RunId): readonly RunId[];
  /** Every run of the answer, in order. */
  links(run: RunId): readonly RunId[];
  text(run: RunId): string;
  view(run: RunId): RunView;
  /** It has no place of its own in a thread: it is shown in the answer that it goes on from, or was passed over for another. */
  isPart(run: RunId): boolean;
}

export interface AnswersOptions {
  readonly request: (run: RunId) => ChatRequest | null;
  readonly run: (run: RunId) => RunView;
  readonly text: (run: RunId) => string;
}

/** Links of one answer: people give up long before, and a circle, which only a hostile member can make, ends here. */
const linksMax = 64;

export function createAnswers({ request, run: viewOf, text: textOf }: AnswersOptions): Answers {
  /** It goes on from another's text, or may still, or came to nothing and so adds nothing to it. */
  const isContinuation = ({ status, continuedAt, continues, text, thinking }: RunView): boolean => {
    if (continues === null || status === "withdrawn") return false;
    return continuedAt !== null || (text === "" && thinking === "" && status !== "accepted");
  };

  const next = (run: RunId): RunId | null => {
    const by = request(run)?.continuedBy ?? null;
    if (by === null || by === run || request(by)?.continues !== run) return null;
    return isContinuation(viewOf(by)) ? by : null;
  };

  const before = (run: RunId): RunId[] => {
    const found: RunId[] = [];
    for (let at = run; found.length < linksMax;) {
      const earlier = request(at)?.continues ?? null;
      if (earlier === null || earlier === run || found.includes(earlier) || request(earlier) === null) break;
      if (!isContinuation(viewOf(at))) break;
      found.push(earlier);
      at = earlier;
    }
    return found;
  };

  const links = (run: RunId): RunId[] => {
    const found = [...before(run).toReversed(), run];
    for (let at = next(run); at !== null && !found.includes(at) && found.length < linksMax; at = next(at))
      found.push(at);
    return found;
  };

  const join = (runs: readonly RunId[]): string => {
    let text = "";
    for (const [index, run] of runs.entries()) {
      const after = runs[index + 1];
      const cutAt = after === undefined ? null : viewOf(after).continuedAt;
      text += cutAt === null ? textOf(run) : textOf(run).slice(0, cutAt);
    }
    return text;
  };

  return {
    next,
    before,
    links,
    text: (run) => {
      // Nearly every run stands alone, and a thread reads them all.
      const known = request(run);
      const isAlone = known === null || (known.continues === null && known.continuedBy === null);
      return isAlone ? textOf(run) : join(links(run));
    },
    view: (run) => {
      const alone = viewOf(run);
      if (alone.continues === null && alone.continuedBy === null) return alone;
      const runs = links(run);
      const views = runs.map(viewOf);
      const first = views[0] ?? alone;
      const last = views.at(-1) ?? alone;
      const text = join(runs);
      // What answered before is said until the next has taken it.
      const named = last.label === null ? (views.findLast(({ label }) => label !== null) ?? last) : last;
      return {
        ...last,
        run,
        status: last.status === "failed" && text !== "" ? "interrupted" : last.status,
        text,
        thinking: views.map(({ thinking }) => thinking).join(""),
        label: named.label,
        model: named.model,
        where: named.where,
        timings: { ...last.timings, queueMs: first.timings.queueMs, firstTokenMs: first.timings.firstTokenMs },
        seen: joinSeen(views),
        calls: views.flatMap(({ calls }) => calls),
        found: views.flatMap(({ found }) => found),
        filed: first.filed,
        continues: first.continues,
        continuedBy: last.run === run ? null : last.run,
      };
    },
    isPart: (run) => {
      const continues = request(run)?.continues ?? null;
      if (continues === null || request(continues) === null) return false;
      return next(continues) === run || viewOf(run).status === "withdrawn";
    },
  };
}

/** What was shown last counts: the later run was shown it anew. */
function joinSeen(views: readonly RunView[]): RunView["seen"] {
  const told = views.filter(({ seen }) => seen !== null);
  if (told.length === 0) return null;
  return [...new Map(told.flatMap(({ seen }) => (seen ?? []).map((each) => [each.id, each] as const))).values()];
}
