/** All artifacts, or those of one project: found by name and kind, made, renamed, put away. */
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { type ArtifactEntry, type ArtifactKind, artifactKinds } from "#sync/docs/artifactList.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { Vault } from "#sync/vault.ts";
import { tell } from "../app/createChatActions.ts";
import { goToArtifact, goToLibrary, routedArtifact } from "../app/route.ts";
import { createArtifactRows } from "../bridge/createArtifactRows.ts";
import { createProject } from "../bridge/createProject.ts";
import { TitleField } from "../chat/TitleField.tsx";
import { shortTime } from "../chat/words.ts";
import { fitting } from "../search/commands.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { create, duplicate, remove, titleOf } from "./artifactActions.ts";
import { KindMark } from "./KindMark.tsx";
import { a } from "./words.ts";
import "../settings/settings.css";
import "../projects/projects.css";
import "./panel.css";
import "./panelBar.css";
import "./shown.css";
import "./library.css";

export function Library(props: { vault: Vault; projects: readonly ProjectEntry[]; now: number }): JSX.Element {
  // The vault is one object for as long as the page stands.
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const artifacts = createArtifactRows(props.vault);
  const [query, setQuery] = createSignal("");
  const [kind, setKind] = createSignal<ArtifactKind | "">("");
  const [project, setProject] = createSignal<string>("");
  const kindsHere = createMemo(() => artifactKinds.filter((each) => artifacts.rows.some((row) => row.kind === each)));
  const projectsHere = createMemo(() =>
    props.projects.filter(({ id }) => artifacts.rows.some((row) => row.project === id)),
  );
  const shown = createMemo(() => {
    const rows = artifacts.rows.filter(
      (row) => (kind() === "" || row.kind === kind()) && (project() === "" || row.project === project()),
    );
    const found = fitting(
      rows.map((row) => ({ row, label: titleOf(row) })),
      query(),
    ).map(({ row }) => row);
    return [...found.filter(({ pinned }) => pinned), ...found.filter(({ pinned }) => !pinned)];
  });

  return (
    <div class="library">
      <div class="library-head">
        <input
          class="field library-search"
          type="search"
          aria-label={a.searchHere}
          placeholder={a.searchHere}
          autocomplete="off"
          value={query()}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <Show when={kindsHere().length > 1}>
          <Choice
            label={a.kindFilter}
            all={a.allKinds}
            value={kind()}
            choices={kindsHere().map((each) => [each, a.kinds[each]] as const)}
            choose={(next) => setKind(artifactKinds.find((each) => each === next) ?? "")}
          />
        </Show>
        <Show when={projectsHere().length > 0}>
          <Choice
            label={a.projectFilter}
            all={a.allProjects}
            value={project()}
            choices={projectsHere().map(({ id, name }) => [id, name] as const)}
            choose={setProject}
          />
        </Show>
        <NewArtifact vault={props.vault} project={null} />
      </div>
      <Show
        when={artifacts.rows.length > 0}
        fallback={
          <div class="empty library-empty">
            <h2>{a.emptyTitle}</h2>
            <p>{a.emptyText}</p>
          </div>
        }
      >
        <ul class="artifact-list" aria-label={a.artifacts}>
          <For each={shown()} fallback={<li class="artifact-note">{a.nothingFits}</li>}>
            {(row) => (
              <ArtifactLine
                vault={props.vault}
                row={row}
                project={props.projects.find(({ id }) => id === row.project)?.name ?? null}
                now={props.now}
              />
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}

/** On a project's page: its own, the newest first. */
export function ProjectArtifacts(props: { vault: Vault; project: DocId; now: number }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: as above.
  const artifacts = createArtifactRows(props.vault);
  const rows = createMemo(() => artifacts.rows.filter((row) => row.project === props.project));
  return (
    <section class="project-artifacts" aria-label={a.artifacts}>
      <div class="project-artifacts-head">
        <h2 class="field-name">{a.artifacts}</h2>
        <NewArtifact vault={props.vault} project={props.project} />
      </div>
      <ul class="artifact-list" aria-label={a.artifacts}>
        <For each={rows().slice(0, projectRowsMax)} fallback={<li class="project-note">{a.noneInProject}</li>}>
          {(row) => <ArtifactLine vault={props.vault} row={row} project={null} now={props.now} />}
        </For>
      </ul>
      <ProjectWants vault={props.vault} project={props.project} />
      <Show when={rows().length > projectRowsMax}>
        <button type="button" class="quiet" onClick={() => goToLibrary()}>
          {a.seeAll}
        </button>
      </Show>
    </section>
  );
}

function ProjectWants(props: { vault: Vault; project: DocId }): JSX.Element {
  const open = createProject(
    () => props.vault,
    () => props.project,
  );
  return (
    <label class="project-wants">
      <input
        type="checkbox"
        checked={open()?.wantsArtifacts() === true}
        disabled={open() === null}
        onChange={(event) => open()?.setWantsArtifacts(event.currentTarget.checked)}
      />
      {a.projectWants}
    </label>
  );
}

/** More would push the project's own settings out of sight. */
const projectRowsMax = 12;

function Choice(props: {
  label: string;
  all: string;
  value: string;
  choices: readonly (readonly [string, string])[];
  choose(value: string): void;
}): JSX.Element {
  return (
    <span class="select-field">
      <select
        class="field"
        aria-label={props.label}
        value={props.value}
        onChange={(event) => props.choose(event.currentTarget.value)}
      >
        <option value="">{props.all}</option>
        <For each={props.choices}>{([value, name]) => <option value={value}>{name}</option>}</For>
      </select>
      <Icon name="chevron" />
    </span>
  );
}

const make = (vault: Vault, project: DocId | null, kind: ArtifactKind): void =>
  tell(() => create(vault, { title: "", kind, project }));

function NewArtifact(props: { vault: Vault; project: DocId | null }): JSX.Element {
  return (
    <div class="new-artifact">
      <Menu
        label={a.newArtifact}
        sign="plus"
        items={artifactKinds.map((kind) => ({
          label: a.kinds[kind],
          act: () => make(props.vault, props.project, kind),
        }))}
      />
    </div>
  );
}

function ArtifactLine(props: { vault: Vault; row: ArtifactEntry; project: string | null; now: number }): JSX.Element {
  const [isRenaming, setIsRenaming] = createSignal(false);
  const list = () => props.vault.catalog.value.artifacts;
  return (
    <li class="artifact-line" classList={{ chosen: routedArtifact() === props.row.id }}>
      <KindMark kind={props.row.kind} />
      <Show
        when={!isRenaming()}
        fallback={
          <TitleField
            title={props.row.title}
            label={a.name}
            hint={a.name}
            done={(title) => {
              setIsRenaming(false);
              if (title !== null) list().rename(props.row.id, title);
            }}
          />
        }
      >
        <button
          type="button"
          class="artifact-open"
          aria-current={routedArtifact() === props.row.id ? "true" : undefined}
          onClick={() => goToArtifact(props.row.id)}
        >
          <span class="artifact-title" dir="auto">
            {titleOf(props.row)}
          </span>
          <span class="artifact-facts">
            {[a.kinds[props.row.kind], props.project, shortTime(props.row.lastAt, props.now)]
              .filter((fact) => fact !== null && fact !== "")
              .join(" · ")}
          </span>
        </button>
        <Show when={props.row.pinned}>
          <Icon name="pin" />
        </Show>
        <Menu
          label={a.moreFor(titleOf(props.row))}
          items={[
            { label: a.rename, act: () => setIsRenaming(true) },
            {
              label: props.row.pinned ? a.unpin : a.pin,
              act: () => list().setPinned(props.row.id, !props.row.pinned),
            },
            { label: a.duplicate, act: () => duplicate(props.vault, props.row) },
            { label: a.remove, isGrave: true, act: () => remove(props.vault, props.row) },
          ]}
        />
      </Show>
    </li>
  );
}
