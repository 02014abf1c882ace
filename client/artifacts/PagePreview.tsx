/** A page or a drawing that somebody wrote, in the sealed frame: the one place of artifacts that opens it. */
import { createEffect, createSignal, type JSX, on, onCleanup, Show, untrack } from "solid-js";
import {
  type Complaint,
  openPagePreview,
  type PagePreview as Sealed,
  type PreviewState,
} from "../preview/pagePreview.ts";
import { a } from "./words.ts";

export function PagePreview(props: {
  text: string;
  kind: "html" | "svg";
  /** `null`: nobody can be asked. */
  fix: ((says: string) => void) | null;
}): JSX.Element {
  const [place, setPlace] = createSignal<HTMLElement>();
  const [complaint, setComplaint] = createSignal<Complaint | null>(null);
  const [state, setState] = createSignal<PreviewState>("opening");
  let sealed: Sealed | null = null;

  createEffect(
    on([place, () => props.kind], ([host, kind]) => {
      if (host === undefined) return;
      setComplaint(null);
      sealed = openPagePreview({
        kind,
        text: untrack(() => props.text),
        place: host,
        title: a.previewTitle,
        // The first says the most: what follows follows from it.
        onComplaint: (told) => setComplaint((before) => before ?? told),
        onState: setState,
      });
      onCleanup(() => sealed?.close());
    }),
  );
  createEffect(
    on(
      () => props.text,
      (text) => {
        setComplaint(null);
        sealed?.show(text);
      },
      { defer: true },
    ),
  );
  const says = (): string | null => {
    const told = complaint();
    if (told === null) return null;
    return told.kind === "error" ? told.says : a.blocked(told.address);
  };
  /** What it is when it neither runs nor is about to. */
  const rest = (): string | null => {
    const now = state();
    if (now === "opening" || now === "running") return null;
    if (now === "still") return a.previewStill;
    if (now === "too-long") return a.previewTooLong;
    return now === "stuck" || now === "left" ? a.previewStuck : a.previewAway;
  };
  const run = (): void => {
    setComplaint(null);
    sealed?.run();
  };

  return (
    <div class="page-preview">
      <Show when={says()}>
        {(words) => (
          <div class="artifact-banner" role="status">
            <p>{a.previewFailed(words())}</p>
            <Show when={props.fix}>
              {(fix) => (
                <button type="button" class="quiet" onClick={() => fix()(words())}>
                  {a.askToFix}
                </button>
              )}
            </Show>
          </div>
        )}
      </Show>
      <Show when={rest()}>
        {(words) => (
          <div class="artifact-banner" role="status">
            <p>{words()}</p>
            <Show when={state() !== "too-long"}>
              <button type="button" class="quiet" onClick={run}>
                {state() === "still" ? a.runIt : a.runAgain}
              </button>
            </Show>
          </div>
        )}
      </Show>
      <div ref={setPlace} class="page-place" />
    </div>
  );
}
