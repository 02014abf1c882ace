/** One chat, to be kept or read elsewhere. Fetched when somebody asks for it. */
import type { JSX } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { ExportForm } from "./ExportForm.tsx";
import { Sheet } from "./Sheet.tsx";
import { w } from "./words.ts";

export function ExportDialog(props: { vault: Vault; chat: DocId; title: string; leave(): void }): JSX.Element {
  const name = (): string => w.exportOneTitle(props.title === "" ? t.untitledChat : props.title);
  return (
    <Sheet title={name()} closeLabel={t.cancel} isSmall leave={() => props.leave()}>
      <ExportForm vault={props.vault} chat={props.chat} />
    </Sheet>
  );
}
