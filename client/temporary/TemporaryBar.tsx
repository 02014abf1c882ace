/** Over a temporary chat: what it is, and the two ways it can end. Fetched with the first one. */
import { createSignal, type JSX } from "solid-js";
import { t } from "../app/strings.ts";
import { w } from "../settings/words.ts";
import { showToast } from "../ui/toasts.tsx";
import type { Temporary } from "./createTemporary.ts";
import "./temporary.css";

export function TemporaryBar(props: { temporary: Temporary; isEmpty: boolean }): JSX.Element {
  const [isBusy, setIsBusy] = createSignal(false);
  const end = async (how: "keep" | "close"): Promise<void> => {
    if (isBusy()) return;
    setIsBusy(true);
    try {
      await props.temporary[how]();
      showToast({ says: how === "keep" ? w.temporaryKept : w.temporaryClosed });
    } catch {
      showToast({ says: t.actionFailed });
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <section class="temporary-bar" aria-label={t.temporary}>
      <p>{w.temporaryNote}</p>
      <div class="temporary-ends">
        <button
          type="button"
          class="quiet"
          aria-disabled={props.isEmpty || isBusy()}
          onClick={() => props.isEmpty || void end("keep")}
        >
          {w.temporaryKeep}
        </button>
        <button type="button" class="quiet grave" onClick={() => void end("close")}>
          {w.temporaryClose}
        </button>
      </div>
    </section>
  );
}
