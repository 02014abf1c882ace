/** What a project says of artifacts, for its page: in its own doc, which is opened for that. */
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { tell } from "../app/createChatActions.ts";

export interface OpenProject {
  readonly wantsArtifacts: Accessor<boolean>;
  setWantsArtifacts(wants: boolean): void;
}

/** `null` while it opens. */
export function createProject(vault: Accessor<Vault>, id: Accessor<DocId>): Accessor<OpenProject | null> {
  const [project, setProject] = createSignal<OpenProject | null>(null);
  createEffect(
    on([vault, id], ([source, wanted]) => {
      let close = (): void => {};
      let isGone = false;
      setProject(null);
      tell(async () => {
        const { value, close: closeDoc } = await source.openProject(wanted);
        if (isGone) return closeDoc();
        const [wants, setWants] = createSignal(value.wantsArtifacts);
        const leave = value.observe(() => setWants(value.wantsArtifacts));
        close = () => {
          leave();
          closeDoc();
        };
        setProject({ wantsArtifacts: wants, setWantsArtifacts: (next) => value.setWantsArtifacts(next) });
      });
      onCleanup(() => {
        isGone = true;
        close();
      });
    }),
  );
  return project;
}
