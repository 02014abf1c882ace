/** A project's own doc, open for as long as it is looked at. */
import { type Accessor, createEffect, createSignal, on, onCleanup, untrack } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Project } from "#sync/docs/project.ts";
import type { OpenDoc, Vault } from "#sync/vault.ts";
import { tell } from "../app/createChatActions.ts";

/** `null` until it is there. */
export function createOpenProject(vault: Accessor<Vault>, id: Accessor<DocId>): Accessor<OpenDoc<Project> | null> {
  const [open, setOpen] = createSignal<OpenDoc<Project> | null>(null);
  createEffect(
    on(id, (project) => {
      let isGone = false;
      setOpen(null);
      const take = (doc: OpenDoc<Project>): void => {
        if (isGone) doc.close();
        else setOpen(doc);
      };
      tell(() => untrack(vault).openProject(project).then(take));
      onCleanup(() => {
        isGone = true;
        open()?.close();
      });
    }),
  );
  return open;
}
