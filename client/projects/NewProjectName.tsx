/** The field for the name of a project that is to be; the project is made with it. */
import type { JSX } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { Vault } from "#sync/vault.ts";
import { attempt } from "../app/createChatActions.ts";
import { l } from "../chat/laterWords.ts";
import { TitleField } from "../chat/TitleField.tsx";
import { nextColour } from "./colours.ts";

export function NewProjectName(props: {
  vault: Vault;
  projects: readonly ProjectEntry[];
  /** A name was given, or none. */
  leave(): void;
  made(id: DocId): void;
}): JSX.Element {
  const create = async (name: string): Promise<void> => {
    const [vault, colour] = [props.vault, nextColour(props.projects)];
    // The field stands, and keeps the focus, until there is somewhere to go: what is typed next is typed there.
    try {
      props.made(await attempt(() => vault.createProject(name, colour)));
    } finally {
      props.leave();
    }
  };
  return (
    <TitleField
      title=""
      label={l.projectName}
      hint={l.projectName}
      done={(name) => {
        if (name === null) props.leave();
        // The person has been told.
        else void create(name).catch(() => undefined);
      }}
    />
  );
}
