/** What this device wrote into chats that were destroyed while it was away: kept as new chats, or let go. Nobody but the owner decides. */
import { createSignal, type JSX } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { goToChat } from "../app/route.ts";
import { t } from "../app/strings.ts";
import { sayError } from "../devices/sayCode.ts";
import { showToast } from "../ui/toasts.tsx";
import { keeping as g } from "./words.ts";

export function Unkept(props: { vault: Vault; messages: number }): JSX.Element {
  const [isWorking, setIsWorking] = createSignal(false);
  const decide = async (decision: "take" | "discard"): Promise<void> => {
    if (isWorking()) return;
    setIsWorking(true);
    try {
      const chats = await props.vault.decideUnkept(decision);
      showToast({ says: decision === "take" ? g.unkeptTaken(chats.length) : g.unkeptDiscarded });
      if (chats[0] !== undefined) goToChat(chats[0]);
    } catch (error) {
      showToast({ says: sayError(error) ?? t.actionFailed });
    } finally {
      setIsWorking(false);
    }
  };
  return (
    <div class="set-aside" role="group" aria-label={g.unkeptTitle(props.messages)}>
      <p>
        {g.unkeptTitle(props.messages)} {g.unkeptText}
      </p>
      <div class="device-buttons">
        <button type="button" class="quiet" onClick={() => void decide("take")}>
          {g.unkeptTake(props.messages)}
        </button>
        <button type="button" class="quiet" onClick={() => void decide("discard")}>
          {g.unkeptDiscard(props.messages)}
        </button>
      </div>
    </div>
  );
}
