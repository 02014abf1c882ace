/** Code with what it is (its file's name, or its language), and ways to take it along. */
import {
  createEffect,
  createMemo,
  createSignal,
  Index,
  type JSX,
  on,
  onCleanup,
  onMount,
  Show,
  useContext,
} from "solid-js";
import { t } from "../../app/strings.ts";
import { Desk } from "../../artifacts/desk.ts";
import { saveFile } from "../../platform/saveFile.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { l } from "../laterWords.ts";
import { count } from "../words.ts";
import { isCut, pieceCharsMax, toCodePieces, wholeCodeCharsMax } from "./codePieces.ts";
import { nameCode } from "./codeLanguages.ts";
import { createPaint } from "./paintCode.ts";

export function CodeBlock(props: {
  text: string;
  info: string;
  /** Stands before what every code has. */
  lead?: JSX.Element;
}): JSX.Element {
  const code = createMemo(() => nameCode(props.info));
  const isLong = createMemo(() => props.text.length > wholeCodeCharsMax);
  const pieces = createMemo((): readonly string[] => (isLong() ? toCodePieces(props.text) : []));
  const hasLongLine = (): boolean => pieces().slice(0, -1).some(isCut);
  const name = (): string => code().shown ?? l.code;
  const desk = useContext(Desk);
  const [isWrapped, setIsWrapped] = createSignal(false);
  const [element, setElement] = createSignal<HTMLElement>();

  onMount(() => {
    const place = element();
    if (place === undefined) return;
    const paint = createPaint(place);
    // What is painted is one text.
    const language = (): string => (isLong() ? "" : code().language);
    createEffect(on([() => props.text, language], ([, named]) => paint.refresh(named)));
    onCleanup(() => paint.close());
  });

  const download = (): void => saveFile(code().file, "text/plain", props.text);

  return (
    <figure class="code" classList={{ wrapped: isWrapped() }}>
      <figcaption>
        <span class="code-name">{name()}</span>
        <span class="code-tools">
          {props.lead}
          <button
            type="button"
            class="quiet"
            aria-pressed={isWrapped()}
            aria-label={`${l.wrap} ${name()}`}
            onClick={() => setIsWrapped(!isWrapped())}
          >
            {l.wrap}
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={`${l.download} ${code().file}`}
            title={l.download}
            onClick={download}
          >
            <Icon name="down" />
            <span class="by-word">{l.download}</span>
          </button>
          <Show when={desk?.chat() === null ? null : desk}>
            {(here) => (
              <button
                type="button"
                class="quiet"
                aria-label={l.openCodeAsArtifact(name())}
                title={l.openAsArtifact}
                onClick={() => here().keep(props.text, props.info)}
              >
                <Icon name="sheet" />
                <span class="by-word">{l.openAsArtifact}</span>
              </button>
            )}
          </Show>
          <CopyButton label={`${t.copy} ${name()}`} read={() => props.text} />
        </span>
      </figcaption>
      <pre tabindex="0">
        <code ref={setElement}>
          <Show when={isLong()} fallback={props.text}>
            <Index each={pieces()}>
              {(piece, index) => (
                <span class="code-piece" classList={{ cut: isCut(piece()) && index < pieces().length - 1 }}>
                  {piece()}
                </span>
              )}
            </Index>
          </Show>
        </code>
      </pre>
      <Show when={hasLongLine()}>
        <p class="code-note">{l.longLine(count(pieceCharsMax))}</p>
      </Show>
    </figure>
  );
}
