/** The recovery sheet: on paper only. On the screen it is not there, and the printer gets nothing else (devices.css). */
import { For, type JSX } from "solid-js";
import { t } from "../app/strings.ts";
import { d } from "./words.ts";
import { QrCode } from "./QrCode.tsx";

export function Sheet(props: { words: readonly string[]; link: string }): JSX.Element {
  const today = new Intl.DateTimeFormat(t.language, { dateStyle: "long" }).format(new Date());
  return (
    <section class="recovery-sheet" translate="no">
      <h1>{d.sheetTitle}</h1>
      <p>{d.sheetText}</p>
      <ol class="word-list">
        <For each={props.words}>{(word) => <li>{word}</li>}</For>
      </ol>
      <div class="sheet-place">
        <QrCode text={props.link} says={d.sheetAddress} />
        <div>
          <h2>{d.sheetAddress}</h2>
          <p class="sheet-link">{props.link}</p>
          <p>{d.sheetAddressNote}</p>
        </div>
      </div>
      <ol class="steps">
        <For each={d.sheetHow}>{(step) => <li>{step}</li>}</For>
      </ol>
      <p>{d.sheetDate(today)}</p>
    </section>
  );
}
