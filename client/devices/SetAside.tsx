/** What removed devices wrote too late in the chat on show: taken over, or let go. Nobody but the owner decides. */
import { createSignal, For, type JSX } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { SetAside as Aside } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import { showToast } from "../ui/toasts.tsx";
import { sayError } from "./sayCode.ts";

export function SetAside(props: { vault: Vault; doc: DocId; aside: readonly Aside[] }): JSX.Element {
  const [isWorking, setIsWorking] = createSignal(false);
  const decide = async (author: Aside["author"], decision: "take" | "discard"): Promise<void> => {
    if (isWorking()) return;
    setIsWorking(true);
    try {
      await props.vault.decideSetAside(props.doc, author, decision);
      showToast({ says: decision === "take" ? d.asideTaken : d.asideDiscarded });
    } catch (error) {
      showToast({ says: sayError(error) ?? t.actionFailed });
    } finally {
      setIsWorking(false);
    }
  };
  return (
    <For each={props.aside}>
      {({ author, envelopes }) => (
        <div class="set-aside" role="group" aria-label={d.asideTitle(props.vault.nameOf(author) ?? d.asideUnknown)}>
          <p>
            {d.asideTitle(props.vault.nameOf(author) ?? d.asideUnknown)} {d.asideText(envelopes)}
          </p>
          <div class="device-buttons">
            <button type="button" class="quiet" onClick={() => void decide(author, "take")}>
              {d.asideTake}
            </button>
            <button type="button" class="quiet" onClick={() => void decide(author, "discard")}>
              {d.asideDiscard}
            </button>
          </div>
        </div>
      )}
    </For>
  );
}
