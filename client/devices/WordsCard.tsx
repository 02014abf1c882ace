/** On the empty page, until there are words on paper: what they are for, and the way to them. */
import type { JSX } from "solid-js";
import { t } from "../app/strings.ts";

export function WordsCard(props: { open(): void }): JSX.Element {
  return (
    <aside class="words-card" aria-label={t.wordsSection}>
      <p>{t.wordsWhy}</p>
      <button type="button" class="plain" onClick={() => props.open()}>
        {t.wordsReminder}
      </button>
    </aside>
  );
}
