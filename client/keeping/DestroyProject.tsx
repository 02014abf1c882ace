/** Destroys a project, once its name is typed, and says before that what goes, from where, and what does not. */
import { createMemo, createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { tell } from "../app/createChatActions.ts";
import { goToProject } from "../app/route.ts";
import { t } from "../app/strings.ts";
import { createVaultStatus } from "../bridge/createStatus.ts";
import { showToast } from "../ui/toasts.tsx";
import { sayGone } from "./sayGone.ts";
import { keeping as g } from "./words.ts";
import "./keeping.css";

export function DestroyProject(props: { vault: Vault; id: DocId; name: string }): JSX.Element {
  const id = createUniqueId();
  const [isOpen, setIsOpen] = createSignal(false);
  const [typed, setTyped] = createSignal("");
  const [isWorking, setIsWorking] = createSignal(false);
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const status = createVaultStatus(props.vault);
  const name = (): string => (props.name.trim() === "" ? g.untitled : props.name.trim());
  const isReachable = (): boolean => status().link === "live";
  const isMeant = (): boolean => isReachable() && typed().trim() === name();

  /** Read when the form is opened: what is true then is what is decided on. */
  const says = createMemo((): readonly string[] => {
    const catalog = props.vault.catalog.value;
    const chats = new Set(catalog.ofProject(props.id).map((chat) => chat.id));
    const artifacts = catalog.artifacts
      .withDeleted()
      .filter(({ project, chat }) => project === props.id || (project === null && chat !== null && chats.has(chat)));
    const others = props.vault.devices().filter(({ role, isThis }) => role === "device" && !isThis);
    const names = new Intl.ListFormat(t.language).format(others.map((device) => device.name));
    return [g.goes(chats.size, artifacts.length), g.goesWhere(names), g.goesBackups, g.goesNot];
  });

  const destroy = (): void => {
    if (!isMeant() || isWorking()) return;
    const [vault, project] = [props.vault, props.id];
    setIsWorking(true);
    tell(() =>
      vault.destroyProject(project).then(
        () => {
          goToProject(null);
          showToast({ says: `${g.destroyed}. ${sayGone(vault, project)}` });
        },
        (cause: unknown) => {
          setIsWorking(false);
          throw cause;
        },
      ),
    );
  };

  return (
    <section class="project-field destroy" aria-label={g.destroyTitle}>
      <h2 class="field-name">{g.destroyTitle}</h2>
      <p class="project-note">{g.destroyNote}</p>
      <Show
        when={isOpen()}
        fallback={
          <button type="button" class="plain" aria-expanded="false" onClick={() => setIsOpen(true)}>
            {g.destroyBegin}
          </button>
        }
      >
        <form
          class="destroy-form"
          onSubmit={(event) => {
            event.preventDefault();
            destroy();
          }}
        >
          <ul id={id} class="destroy-says">
            <For each={says()}>{(line) => <li>{line}</li>}</For>
          </ul>
          <label class="destroy-name">
            <span>{g.typeName(name())}</span>
            <input
              ref={(field) => queueMicrotask(() => field.focus())}
              type="text"
              class="field"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              aria-describedby={id}
              disabled={isWorking()}
              value={typed()}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <Show when={!isReachable()}>
            <p class="project-note">{g.needsHost}</p>
          </Show>
          <div class="destroy-buttons">
            <button type="submit" class="plain grave" aria-disabled={!isMeant() || isWorking()}>
              {isWorking() ? g.destroying : g.destroyDo}
            </button>
            <button
              type="button"
              class="plain"
              disabled={isWorking()}
              onClick={() => {
                setTyped("");
                setIsOpen(false);
              }}
            >
              {t.cancel}
            </button>
          </div>
        </form>
      </Show>
    </section>
  );
}
