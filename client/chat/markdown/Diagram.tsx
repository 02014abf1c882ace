/** A diagram that came as text: drawn in the sealed frame (client/preview/), shown as a picture, and as text for who asks. */
import { createEffect, createResource, createSignal, type JSX, Match, onCleanup, Show, Switch } from "solid-js";
import { t } from "../../app/strings.ts";
import { savePicture } from "../../platform/saveFile.ts";
import { readDiagramLook } from "../../preview/diagramLook.ts";
import { drawDiagram, type Drawing } from "../../preview/diagrams.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { l } from "../laterWords.ts";
import { CodeBlock } from "./CodeBlock.tsx";

export function Diagram(props: { text: string; info: string }): JSX.Element {
  const [isText, setIsText] = createSignal(false);
  const [look, setLook] = createSignal(readDiagramLook());
  // A page that changes its theme has all its diagrams drawn anew.
  const watch = new MutationObserver(() => setLook(readDiagramLook()));
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  onCleanup(() => watch.disconnect());

  const [drawing] = createResource(
    () => ({ text: props.text, look: look() }),
    ({ text, look: now }) => drawDiagram(text, now),
  );
  // What was drawn last stays until the next is there.
  const [shown, setShown] = createSignal<Drawing | null>(null);
  createEffect(() => {
    const next = drawing.state === "ready" ? drawing() : undefined;
    if (next !== undefined) setShown(next);
  });
  const picture = (): Extract<Drawing, { kind: "drawn" }> | null => {
    const now = shown();
    return now?.kind === "drawn" ? now : null;
  };
  const trouble = (): string | null => {
    const now = shown();
    if (now?.kind === "failed") return l.diagramFailed(now.says);
    return now?.kind === "given up" ? l.diagramGivenUp : null;
  };
  const save = async (): Promise<void> => {
    const drawn = picture();
    if (drawn !== null) await savePicture("diagram.png", drawn);
  };

  return (
    <Switch
      fallback={
        <CodeBlock
          text={props.text}
          info={props.info}
          lead={
            <Show when={picture()} fallback={<span class="code-state">{trouble() ?? l.diagramDrawing}</span>}>
              <button type="button" class="quiet" onClick={() => setIsText(false)}>
                {l.asPicture}
              </button>
            </Show>
          }
        />
      }
    >
      <Match when={isText() ? null : picture()}>
        {(drawn) => (
          <figure class="code diagram">
            <figcaption>
              <span class="code-name">{l.diagram}</span>
              <button type="button" class="quiet" onClick={() => setIsText(true)}>
                {l.asText}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={`${l.download} diagram.png`}
                onClick={() => void save().catch(() => showToast({ says: t.actionFailed }))}
              >
                {l.download}
              </button>
              <CopyButton label={`${t.copy} ${l.diagram}`} read={() => props.text} />
            </figcaption>
            <div class="diagram-sheet" tabindex="0" role="group" aria-label={l.diagram}>
              <img
                src={drawn().url}
                width={drawn().width}
                height={drawn().height}
                alt={l.diagramAlt(nameOf(props.text))}
              />
            </div>
          </figure>
        )}
      </Match>
    </Switch>
  );
}

/** What a person who cannot see it is told first; the text is one press away. */
function nameOf(text: string): string {
  const title = /^\s*(?:title|accTitle)\s*:?\s+(.+)$/m.exec(text)?.[1];
  const kind = /^\s*([a-z]+)/im.exec(text.replace(/^---[\s\S]*?---/, "").replace(/%%.*/g, ""))?.[1];
  return (title ?? kind ?? "").trim().slice(0, 100);
}
