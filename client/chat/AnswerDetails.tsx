/** How an answer came about, for those who ask. What is not known is left out. */
import { For, type JSX } from "solid-js";
import { isRunEnd, type RunView } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import { l } from "./laterWords.ts";
import { r } from "../reading/words.ts";
import { count, fullTime, guideLabel, inSeconds, labelWords } from "./words.ts";

export function AnswerDetails(props: { run: RunView; sources: readonly Source[]; at: number }): JSX.Element {
  const rows = (): (readonly [string, string])[] => {
    const { label, model, where, usage, timings } = props.run;
    const found: (readonly [string, string | null])[] = [
      // The guide has no model to name.
      [
        l.detailModel,
        label === guideLabel || label === model
          ? label === null
            ? null
            : labelWords(label)
          : [label, model].filter((name) => name !== null).join(", ") || null,
      ],
      [l.detailWhere, where],
      [l.detailTokens, usage === null ? null : l.tokens(count(usage.promptTokens), count(usage.completionTokens))],
      [l.detailSpeed, speedOf(props.run)],
      [l.detailFirstToken, timings.firstTokenMs === null ? null : inSeconds(timings.firstTokenMs)],
      [l.detailTotal, timings.totalMs === null ? null : inSeconds(timings.totalMs)],
      [l.detailEnd, sayEnd(props.run)],
      [l.detailDropped, props.run.dropped === 0 ? null : l.dropped(props.run.dropped)],
      [r.redacted, props.run.redacted === null ? null : sayRedacted(props.run.redacted)],
      [r.shownSources, sourcesOf(props.run, props.sources)],
      [l.detailAt, fullTime(props.at)],
    ];
    return found.filter((row): row is readonly [string, string] => row[1] !== null);
  };
  return (
    <dl class="details">
      <For each={rows()}>
        {([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        )}
      </For>
    </dl>
  );
}

function sayEnd({ status, error }: RunView): string | null {
  if (!isRunEnd(status)) return null;
  return error?.code === "cut" ? l.ends.limit : l.ends[status];
}

/** Beyond a hundred nobody reads the tenths. */
const rate = (perSecond: number): string => count(perSecond < 100 ? perSecond : Math.round(perSecond));

/** Of the writing alone: what came before the first token is another figure. */
export function speedOf({ usage, timings: { firstTokenMs, totalMs, tokensPerSecond } }: RunView): string | null {
  if (tokensPerSecond !== null) return l.tokensPerSecond(rate(tokensPerSecond));
  if (usage === null || usage.completionTokens === 0 || firstTokenMs === null || totalMs === null) return null;
  const writingMs = totalMs - firstTokenMs;
  return writingMs <= 0 ? null : l.tokensPerSecond(rate((usage.completionTokens * 1000) / writingMs));
}

const sayRedacted = ({ isWarning, count: many }: NonNullable<RunView["redacted"]>): string =>
  isWarning ? r.wentOut(many) : r.takenOut(many);

/** Which passages the model was shown, and how they were chosen. */
function sourcesOf({ sources: step }: RunView, sources: readonly Source[]): string | null {
  if (step === null || sources.length === 0) return null;
  const names = new Set(step.shown.flatMap((number) => sources[number - 1]?.name ?? []));
  const how = step.by === "meaning" ? r.byMeaning : r.byWords;
  return `${r.shownOf(step.shown.length, sources.length)}, ${how}: ${[...names].join(", ")}`;
}
