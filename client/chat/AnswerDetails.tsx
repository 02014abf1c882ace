/** How an answer came about, for those who ask. What is not known is left out. */
import { For, type JSX } from "solid-js";
import type { RunView } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import { t } from "../app/strings.ts";
import { r } from "../reading/words.ts";
import { count, fullTime, guideLabel, inSeconds, labelWords } from "./words.ts";

export function AnswerDetails(props: { run: RunView; sources: readonly Source[]; at: number }): JSX.Element {
  const rows = (): (readonly [string, string])[] => {
    const { label, model, where, usage, timings } = props.run;
    const found: (readonly [string, string | null])[] = [
      // The guide has no model to name.
      [
        t.detailModel,
        label === guideLabel || label === model
          ? label === null
            ? null
            : labelWords(label)
          : [label, model].filter((name) => name !== null).join(", ") || null,
      ],
      [t.detailWhere, where],
      [t.detailTokens, usage === null ? null : t.tokens(count(usage.promptTokens), count(usage.completionTokens))],
      [t.detailSpeed, speedOf(props.run)],
      [t.detailFirstToken, timings.firstTokenMs === null ? null : inSeconds(timings.firstTokenMs)],
      [t.detailTotal, timings.totalMs === null ? null : inSeconds(timings.totalMs)],
      [t.detailDropped, props.run.dropped === 0 ? null : t.dropped(props.run.dropped)],
      [r.redacted, props.run.redacted === null ? null : sayRedacted(props.run.redacted)],
      [r.shownSources, sourcesOf(props.run, props.sources)],
      [t.detailAt, fullTime(props.at)],
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

/** Of the writing alone: what came before the first token is another figure. */
export function speedOf({ usage, timings: { firstTokenMs, totalMs, tokensPerSecond } }: RunView): string | null {
  if (tokensPerSecond !== null) return t.tokensPerSecond(count(tokensPerSecond));
  if (usage === null || usage.completionTokens === 0 || firstTokenMs === null || totalMs === null) return null;
  const writingMs = totalMs - firstTokenMs;
  return writingMs <= 0 ? null : t.tokensPerSecond(count((usage.completionTokens * 1000) / writingMs));
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
