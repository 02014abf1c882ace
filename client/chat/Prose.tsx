/** Markdown, with its parser: no part of the first load, since an empty chat needs neither. Until it is here, the words stand alone. */
import { type JSX, Suspense } from "solid-js";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched when the page is idle, too: nobody may have asked for it, and the words are there without it.
const Markdown = fetchedView(() => import("./markdown/Markdown.tsx").then(({ Markdown }) => Markdown), {
  isQuiet: true,
});

/** What is shown of a text until it can be read, a moment later: a browser takes a second over half a megabyte in one piece. */
const earlyCharsMax = 20_000;

/** Before there is a message that needs it, so that none is seen without it. */
export function loadProse(): void {
  void Markdown.preload().catch(() => undefined);
}

export function Prose(props: { text: string; isArriving: boolean }): JSX.Element {
  return (
    <Suspense
      fallback={
        <div class="prose">
          <p class="unread">{props.text.slice(0, earlyCharsMax)}</p>
        </div>
      }
    >
      <Markdown text={props.text} isArriving={props.isArriving} />
    </Suspense>
  );
}
