/** All that an artifact was: versions in time, each with whose hand it is; one of them looked at, compared, named, brought back. */
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import type { Vault } from "#sync/vault.ts";
import type { ShownArtifact } from "../bridge/createArtifact.ts";
import { TitleField } from "../chat/TitleField.tsx";
import { fullTime, shortTime } from "../chat/words.ts";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/toasts.tsx";
import { copyTo, titleOf } from "./artifactActions.ts";
import { DiffView, hunksOf, LayoutSwitch } from "./DiffView.tsx";
import { handWords } from "./hands.ts";
import { a } from "./words.ts";

type Version = ReturnType<Artifact["versions"]>[number];

const keyOf = ({ heads }: Version): string => [...heads].sort().join();

export function History(props: { vault: Vault; shown: ShownArtifact; entry: ArtifactEntry }): JSX.Element {
  const versions = createMemo((): readonly Version[] => {
    props.shown.changed();
    return props.shown.artifact.versions();
  });
  const [chosen, setChosen] = createSignal<string | null>(null);
  const [list, setList] = createSignal<HTMLElement>();
  const version = createMemo(() => versions().find((each) => keyOf(each) === chosen()) ?? null);
  const back = (): void => {
    const was = versions().length - 1 - versions().findIndex((each) => keyOf(each) === chosen());
    setChosen(null);
    list()?.querySelectorAll<HTMLElement>(".version-open")[was]?.focus();
  };

  return (
    <Show
      when={version()}
      fallback={
        <Show when={versions().length > 0} fallback={<p class="artifact-note">{a.noVersions}</p>}>
          <ol ref={setList} class="timeline" aria-label={a.timeline}>
            <For each={[...versions()].reverse()}>
              {(each, index) => (
                <li
                  class="version"
                  classList={{ model: (each.hand?.by ?? null) !== null, unsigned: each.hand === null }}
                >
                  <button type="button" class="version-open" onClick={() => setChosen(keyOf(each))}>
                    <span class="version-name">{each.name ?? handWords(props.vault, each.hand)}</span>
                    <time class="version-when" datetime={new Date(each.at).toISOString()} title={fullTime(each.at)}>
                      {index() === 0 ? a.now : shortTime(each.at, Date.now())}
                    </time>
                    <span class="version-hand">
                      {each.name === null ? "" : `${handWords(props.vault, each.hand)} · `}
                      {a.changesMany(each.changes)}
                    </span>
                  </button>
                </li>
              )}
            </For>
          </ol>
        </Show>
      }
    >
      {(one) => (
        <VersionView
          vault={props.vault}
          shown={props.shown}
          entry={props.entry}
          version={one()}
          versions={versions()}
          back={back}
        />
      )}
    </Show>
  );
}

/** Said of places that are no version's key. */
const [before, asItWas] = ["before", "text"] as const;

function VersionView(props: {
  vault: Vault;
  shown: ShownArtifact;
  entry: ArtifactEntry;
  version: Version;
  versions: readonly Version[];
  back(): void;
}): JSX.Element {
  const [against, setAgainst] = createSignal<string>(before);
  const [isNaming, setIsNaming] = createSignal(false);
  const place = (): number => props.versions.findIndex((each) => keyOf(each) === keyOf(props.version));
  const isNewest = (): boolean => place() === props.versions.length - 1;
  const text = createMemo(() => props.shown.artifact.textAt(props.version.heads));
  const other = createMemo(() => {
    const found =
      against() === before ? props.versions[place() - 1] : props.versions.find((each) => keyOf(each) === against());
    return found === undefined ? "" : props.shown.artifact.textAt(found.heads);
  });
  const hunks = createMemo(() => (against() === asItWas ? [] : hunksOf(other(), text())));
  const nameOf = (each: Version): string =>
    `${each.name ?? shortTime(each.at, Date.now())}, ${handWords(props.vault, each.hand)}`;
  const restore = (): void => {
    props.shown.artifact.restore(props.version.heads);
    showToast({ says: a.restored });
    props.back();
  };

  return (
    <div class="review">
      <div class="review-head">
        <div class="review-who">
          <button
            type="button"
            class="quiet"
            ref={(button) => queueMicrotask(() => button.focus())}
            onClick={() => props.back()}
          >
            <Icon name="back" />
            {a.backToVersions}
          </button>
          <LayoutSwitch />
        </div>
        <Show
          when={isNaming()}
          fallback={
            <h3 class="version-title">
              {props.version.name ?? (isNewest() ? a.now : shortTime(props.version.at, Date.now()))}
            </h3>
          }
        >
          <TitleField
            title={props.version.name ?? ""}
            label={a.versionName}
            hint={a.versionName}
            done={(name) => {
              setIsNaming(false);
              if (name !== null) props.shown.artifact.nameVersion(props.version.heads, name);
            }}
          />
        </Show>
        <dl class="version-facts">
          <div>
            <dt>{a.signedBy}</dt>
            <dd classList={{ trouble: props.version.hand === null }}>
              {props.version.hand === null ? a.nobodyNote : handWords(props.vault, props.version.hand)}
            </dd>
          </div>
          <Show when={props.version.hand?.by}>
            {(by) => (
              <div>
                <dt>{a.run}</dt>
                <dd class="run-id">{by().run.slice(0, 12)}</dd>
              </div>
            )}
          </Show>
        </dl>
        <label class="against">
          <span>{a.compareWith}</span>
          <span class="select-field">
            <select class="field" value={against()} onChange={(event) => setAgainst(event.currentTarget.value)}>
              <option value={before}>{a.versionBefore}</option>
              <option value={asItWas}>{a.asItWas}</option>
              <For each={[...props.versions].reverse().filter((each) => keyOf(each) !== keyOf(props.version))}>
                {(each) => <option value={keyOf(each)}>{nameOf(each)}</option>}
              </For>
            </select>
            <Icon name="chevron" />
          </span>
        </label>
      </div>
      <div class="review-body" tabindex="0" role="group" aria-label={a.text}>
        <Show
          when={against() !== asItWas}
          fallback={
            <pre class="version-text" dir="auto">
              {text()}
            </pre>
          }
        >
          <DiffView before={other()} hunks={hunks()} isCode={props.entry.kind === "code"} />
        </Show>
      </div>
      <div class="review-foot" role="group" aria-label={a.versions}>
        <Show when={!isNewest()}>
          <button type="button" class="primary" onClick={restore}>
            {a.restore}
          </button>
        </Show>
        <button type="button" class="plain" onClick={() => setIsNaming(true)}>
          {a.nameIt}
        </button>
        <button
          type="button"
          class="plain"
          onClick={() =>
            copyTo(props.vault, props.entry, a.forkOf(titleOf(props.entry)), props.shown.artifact, props.version.heads)
          }
        >
          {a.fork}
        </button>
      </div>
    </div>
  );
}
