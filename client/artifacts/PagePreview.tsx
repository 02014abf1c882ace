/** A page or a drawing that somebody wrote, running in the sealed frame: the one place of artifacts that opens it. */
import { createEffect, createSignal, type JSX, on, onCleanup, Show } from "solid-js";
import { openPreview, type PreviewEnd } from "../preview/openPreview.ts";
import { a } from "./words.ts";

export function PagePreview(props: {
  text: string;
  kind: "html" | "svg";
  /** `null`: nobody can be asked. */
  fix: ((says: string) => void) | null;
}): JSX.Element {
  const [place, setPlace] = createSignal<HTMLElement>();
  const [trouble, setTrouble] = createSignal<string | null>(null);
  const [end, setEnd] = createSignal<PreviewEnd | null>(null);
  const [starts, setStarts] = createSignal(0);

  createEffect(
    on([place, () => props.text, () => props.kind, starts], ([host, text, kind]) => {
      if (host === undefined) return;
      setTrouble(null);
      setEnd(null);
      const preview = openPreview({
        place: host,
        title: a.previewTitle,
        onMessage: (message) => {
          if (message.kind === "error") setTrouble(message.says);
        },
        onEnd: setEnd,
      });
      preview.tell({ kind: "page", html: kind === "svg" ? drawingPage(text) : text });
      onCleanup(() => preview.close());
    }),
  );

  return (
    <div class="page-preview">
      <Show when={trouble()}>
        {(says) => (
          <div class="artifact-banner" role="status">
            <p>{a.previewFailed(says())}</p>
            <Show when={props.fix}>
              {(fix) => (
                <button type="button" class="quiet" onClick={() => fix()(says())}>
                  {a.askToFix}
                </button>
              )}
            </Show>
          </div>
        )}
      </Show>
      <Show when={end()}>
        {(why) => (
          <div class="artifact-banner" role="status">
            <p>{why() === "stuck" || why() === "left" ? a.previewStuck : a.previewAway}</p>
            <button type="button" class="quiet" onClick={() => setStarts(starts() + 1)}>
              {a.runAgain}
            </button>
          </div>
        )}
      </Show>
      <div ref={setPlace} class="page-place" />
    </div>
  );
}

const drawingPage = (svg: string): string =>
  `<!doctype html><meta charset="utf-8"><style>body{margin:0;min-height:100vh;display:grid;place-items:center;background:#fff}svg{max-width:100%;height:auto}</style>${svg}`;
