/** Chats out of the vault as files, and in from elsewhere. */
import type { JSX } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { DestroyedProjects } from "../keeping/DestroyedProjects.tsx";
import { EraseForm } from "./EraseForm.tsx";
import { ExportForm } from "./ExportForm.tsx";
import { ImportForm } from "./ImportForm.tsx";
import { w } from "./words.ts";

export function DataSection(props: { vault: Vault }): JSX.Element {
  return (
    <section>
      <h3>{w.data}</h3>
      <h4>{w.exportTitle}</h4>
      <ExportForm vault={props.vault} chat={null} />
      <h4>{w.importTitle}</h4>
      <ImportForm vault={props.vault} />
      <DestroyedProjects vault={props.vault} />
      <h4>{w.eraseTitle}</h4>
      <EraseForm vault={props.vault} />
    </section>
  );
}
