/** Words that are selected in a message can be quoted in the next question: what does it stands beside the selection's end. */
import { createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Portal } from "solid-js/web";
import { tap } from "../platform/haptics.ts";
import { l } from "./laterWords.ts";

interface Place {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Between the words and what stands beside them. */
const gapPx = 8;
/** About what it measures, so that it stays on the page. */
const widthPx = 96;
const heightPx = 44;

export function SelectionQuote(props: { within: HTMLElement | undefined; quote(text: string): void }): JSX.Element {
  const [place, setPlace] = createSignal<Place | null>(null);
  let isPressed = false;
  const look = (): void => {
    setPlace(isPressed || props.within === undefined ? null : placeOf(props.within));
  };
  // While it is being drawn, nothing comes under the pointer.
  const onDown = (): void => {
    isPressed = true;
  };
  const onUp = (): void => {
    isPressed = false;
    // A click that takes the selection back does so after this.
    requestAnimationFrame(look);
  };
  onMount(() => {
    document.addEventListener("selectionchange", look);
    document.addEventListener("scroll", look, { capture: true, passive: true });
    addEventListener("pointerdown", onDown);
    addEventListener("pointerup", onUp);
    addEventListener("pointercancel", onUp);
    onCleanup(() => {
      document.removeEventListener("selectionchange", look);
      document.removeEventListener("scroll", look, { capture: true });
      removeEventListener("pointerdown", onDown);
      removeEventListener("pointerup", onUp);
      removeEventListener("pointercancel", onUp);
    });
  });
  return (
    <Show when={place()}>
      {(here) => (
        // Not among the turns, of which the last one is told by its place.
        <Portal>
          <button
            ref={(button) => queueMicrotask(() => button.isConnected && button.showPopover())}
            type="button"
            class="quote-here"
            // Above all: the conversation fades out at its edges, with what is in it.
            popover="manual"
            style={{ left: `${here().x}px`, top: `${here().y}px` }}
            // The selection, and the focus, stay where they are.
            onPointerDown={(event) => {
              event.preventDefault();
              event.stopPropagation();
            }}
            onClick={() => {
              tap();
              props.quote(here().text);
              getSelection()?.removeAllRanges();
            }}
          >
            {l.quote}
          </button>
        </Portal>
      )}
    </Show>
  );
}

/** `null`: nothing is selected, or not within one message. */
function placeOf(within: HTMLElement): Place | null {
  const selection = getSelection();
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const around = range.commonAncestorContainer;
  const said = (around instanceof Element ? around : around.parentElement)?.closest(".said") ?? null;
  const text = selection.toString().trim();
  const last = [...range.getClientRects()].at(-1);
  if (said === null || !within.contains(said) || text === "" || last === undefined) return null;
  const seen = (within.parentElement ?? within).getBoundingClientRect();
  // Its end was scrolled away: it would stand beside other words.
  if (last.bottom < seen.top || last.top > seen.bottom) return null;
  // The system's own menu stands above what a finger selected.
  const isBelow = matchMedia("(pointer: coarse)").matches || last.bottom + heightPx + gapPx < innerHeight;
  return {
    text,
    x: Math.max(gapPx, Math.min(last.right - widthPx / 2, innerWidth - widthPx - gapPx)),
    y: isBelow ? last.bottom + gapPx : last.top - heightPx,
  };
}

/** What is to be quoted of a message: what is selected in it, else all of it. */
export function quotedOf(article: HTMLElement | undefined, whole: string): string {
  const selection = getSelection();
  const selected = selection?.toString().trim() ?? "";
  const isHere = article?.contains(selection?.anchorNode ?? null) === true;
  return isHere && selected !== "" ? selected : whole;
}
