/** A project: what every chat in it is told, who answers there, how far words may go, and its chats. Fetched when one is opened. */
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, Show, Suspense } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import { instructionsCharsMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import { tell } from "../app/createChatActions.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { createDevices } from "../bridge/createDevices.ts";
import { createOpenProject } from "../bridge/createOpenProject.ts";
import type { TemplateList } from "../bridge/createTemplates.ts";
import { l } from "../chat/laterWords.ts";
import { moveCaret } from "../chat/moveCaret.ts";
import { sayFacts, toModelRows } from "../chat/modelRows.ts";
import { inBytes, shortTime } from "../chat/words.ts";
import { DestroyProject } from "../keeping/DestroyProject.tsx";
import { KeepFor } from "../keeping/KeepFor.tsx";
import { ProjectMemory } from "../memory/ProjectMemory.tsx";
import { ProjectFiles } from "../reading/ProjectFiles.tsx";
import { TemplateSection } from "../settings/TemplateSection.tsx";
import { ToolRules } from "../tools/ToolRules.tsx";
import { k } from "../tools/words.ts";
import { Icon } from "../ui/Icon.tsx";
import { projectColours } from "./colours.ts";
import { ProjectTasks } from "./ProjectTasks.tsx";
import { RedactionField } from "./RedactionField.tsx";
import "../settings/settings.css";
import "./projects.css";
import { fetchedView } from "../ui/fetchedView.ts";

const ProjectArtifacts = fetchedView(() =>
  import("../artifacts/Library.tsx").then(({ ProjectArtifacts }) => ProjectArtifacts),
);

export function ProjectPage(props: {
  vault: Vault;
  project: ProjectEntry;
  chats: readonly ChatRow[];
  templates: TemplateList;
  /** What the host says of its models, to choose from; `null`: none has said. */
  info: HostInfo | null;
  now: number;
  openChat(id: DocId): void;
  /** Given what takes files that are let go over the page; `null` when it goes. */
  onTake(take: ((files: readonly File[]) => void) | null): void;
}): JSX.Element {
  const list = () => props.vault.catalog.value.projects;
  const setLocalOnly = (isLocalOnly: boolean): void => {
    const [vault, id] = [props.vault, props.project.id];
    tell(() => vault.setLocalOnly(id, isLocalOnly));
  };
  const chats = createMemo(() => props.chats.filter((row) => row.project === props.project.id && !row.archived));
  const models = createMemo((): readonly { readonly name: string; readonly says: string }[] => {
    const { model } = props.project;
    const rows = props.info?.kind === "model" ? toModelRows(props.info, new Set()) : [];
    const named = rows.map((row) => ({
      name: row.name,
      says: [row.name, ...sayFacts(row, l, inBytes)].join(" · "),
    }));
    return model === "" || rows.some(({ name }) => name === model) ? named : [{ name: model, says: model }, ...named];
  });

  return (
    <div class="project-page">
      <div class="project-title">
        <input
          class="project-name"
          aria-label={l.projectName}
          placeholder={l.untitledProject}
          value={props.project.name}
          maxlength="120"
          autocomplete="off"
          onChange={(event) => list().change(props.project.id, { name: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
          }}
        />
        <div class="colours" role="radiogroup" aria-label={l.projectColour}>
          <For each={projectColours}>
            {(colour) => (
              <label class="colour" title={l.colours[colour]}>
                <input
                  type="radio"
                  name="project-colour"
                  checked={props.project.colour === colour}
                  onChange={() => list().change(props.project.id, { colour })}
                />
                <span class="project-mark" data-colour={colour} aria-hidden="true" />
                <span class="unseen">{l.colours[colour]}</span>
              </label>
            )}
          </For>
        </div>
      </div>
      <Instructions vault={props.vault} id={props.project.id} />
      <ProjectFiles vault={props.vault} id={props.project.id} onTake={(take) => props.onTake(take)} />
      <section aria-label={t.chats}>
        <h2 class="field-name">{t.chats}</h2>
        <Show when={chats().length > 0} fallback={<p class="project-note">{l.beginHere}</p>}>
          <ul class="project-chat-list">
            <For each={chats()}>
              {(row) => (
                <li>
                  <a
                    href={`#/chat/${row.id}`}
                    onClick={(event) => {
                      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                      event.preventDefault();
                      props.openChat(row.id);
                    }}
                  >
                    <span class="chat-title">{row.title === "" ? t.untitledChat : row.title}</span>
                    <time datetime={new Date(row.at).toISOString()}>{shortTime(row.at, props.now)}</time>
                  </a>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </section>
      <ProjectTasks vault={props.vault} id={props.project.id} now={props.now} />
      <ProjectMemory vault={props.vault} id={props.project.id} />
      <div class="project-field">
        <TemplateSection templates={props.templates} project={props.project.id} note={l.projectTemplatesNote} />
      </div>
      <Suspense>
        <ProjectArtifacts vault={props.vault} project={props.project.id} now={props.now} />
      </Suspense>
      <label class="project-field">
        <span class="field-name">{l.projectModel}</span>
        <span class="select-field">
          <select
            class="field"
            value={props.project.model}
            onChange={(event) => list().change(props.project.id, { model: event.currentTarget.value })}
          >
            <option value="">{l.hostsChoice}</option>
            <For each={models()}>{({ name, says }) => <option value={name}>{says}</option>}</For>
          </select>
          <Icon name="chevron" />
        </span>
      </label>
      <fieldset class="project-field">
        <legend class="field-name">{l.projectReach}</legend>
        <For each={[true, false]}>
          {(isLocalOnly) => (
            <label class="reach">
              <input
                type="radio"
                name="project-reach"
                checked={props.project.isLocalOnly === isLocalOnly}
                onChange={() => setLocalOnly(isLocalOnly)}
              />
              <span>
                <strong>{isLocalOnly ? l.localOnly : l.anywhere}</strong>
                <span class="reach-note">{isLocalOnly ? l.localOnlyNote : l.anywhereNote}</span>
              </span>
            </label>
          )}
        </For>
      </fieldset>
      <RedactionField vault={props.vault} id={props.project.id} />
      <Members vault={props.vault} />
      <section class="project-field" aria-label={k.rules}>
        <h2 class="field-name">{k.rules}</h2>
        <p class="project-note">{k.rulesOfProject}</p>
        <ToolRules vault={props.vault} project={props.project.id} />
      </section>
      <KeepFor vault={props.vault} project={props.project} />
      <DestroyProject vault={props.vault} id={props.project.id} name={props.project.name} />
    </div>
  );
}

/** A vault has one owner, and all in it is on all their devices: a project has no others. */
function Members(props: { vault: Vault }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const devices = createDevices(props.vault);
  const names = (): string =>
    new Intl.ListFormat(t.language).format(
      devices.rows.filter(({ role }) => role === "device").map(({ name, isThis }) => (isThis ? l.thisOne(name) : name)),
    );
  return (
    <section class="project-field" aria-label={l.members}>
      <h2 class="field-name">{l.members}</h2>
      <p class="project-note">{l.membersAre(names())}</p>
    </section>
  );
}

/** Every keystroke is in the project's doc, and what another device writes there comes in around the caret. */
function Instructions(props: { vault: Vault; id: DocId }): JSX.Element {
  const open = createOpenProject(
    () => props.vault,
    () => props.id,
  );
  const [text, setText] = createSignal("");
  const [field, setField] = createSignal<HTMLTextAreaElement>();

  createEffect(
    on(open, (doc) => {
      if (doc === null) return;
      setText(doc.value.readInstructions());
      onCleanup(doc.value.observe(() => show(doc.value.readInstructions())));
    }),
  );

  const show = (next: string): void => {
    const area = field();
    const before = text();
    if (next === before) return;
    const [start, end] = [area?.selectionStart ?? 0, area?.selectionEnd ?? 0];
    setText(next);
    if (area === undefined || document.activeElement !== area) return;
    area.value = next;
    area.setSelectionRange(moveCaret(start, before, next), moveCaret(end, before, next));
  };

  return (
    <label class="project-field">
      <span class="field-name">{l.instructions}</span>
      <textarea
        ref={setField}
        class="field instructions"
        rows="5"
        maxlength={instructionsCharsMax}
        placeholder={l.instructionsHint}
        value={text()}
        disabled={open() === null}
        onInput={(event) => {
          setText(event.currentTarget.value);
          open()?.value.setInstructions(event.currentTarget.value);
        }}
      />
      <span class="project-note">{l.instructionsNote}</span>
    </label>
  );
}
