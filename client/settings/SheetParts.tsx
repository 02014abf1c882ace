/** The ways to the parts of a long sheet: beside it on a desk, a row above it on a phone. The one that is being read is marked. */
import { createEffect, createSignal, For, type JSX, onCleanup, onMount } from "solid-js";

/** A part counts as read once its heading is this close under the sheet's edge. */
const nearPx = 96;

export function SheetParts(props: { label: string; body: HTMLElement }): JSX.Element {
  const [headings, setHeadings] = createSignal<readonly HTMLElement[]>([]);
  const [at, setAt] = createSignal(0);
  const [row, setRow] = createSignal<HTMLElement>();
  /** The last parts cannot come up to the edge: the one that was pressed is marked until somebody moves on. */
  let isPressed = false;

  const look = (): void => {
    if (isPressed) return;
    const edge = props.body.getBoundingClientRect().top + nearPx;
    const isAtEnd =
      props.body.scrollTop > 0 && props.body.scrollTop + props.body.clientHeight >= props.body.scrollHeight - 2;
    const read = headings().findLastIndex((heading) => heading.getBoundingClientRect().top <= edge);
    setAt(isAtEnd ? headings().length - 1 : Math.max(0, read));
  };
  const move = (): void => {
    isPressed = false;
  };
  onMount(() => {
    // eslint-disable-next-line solid/reactivity -- reason: a sheet has one body for as long as it stands.
    const { body } = props;
    setHeadings([...body.querySelectorAll<HTMLElement>(":scope > section > h3:first-child")]);
    body.addEventListener("scroll", look, { passive: true });
    for (const kind of ["wheel", "touchmove", "keydown"]) body.addEventListener(kind, move, { passive: true });
    onCleanup(() => {
      body.removeEventListener("scroll", look);
      for (const kind of ["wheel", "touchmove", "keydown"]) body.removeEventListener(kind, move);
    });
  });
  // On a phone the row is longer than the screen: the marked one stays in sight, without moving the sheet.
  createEffect(() => {
    const list = row();
    const marked = list?.children[at()];
    if (list === undefined || !(marked instanceof HTMLElement)) return;
    list.scrollTo({ left: marked.offsetLeft - (list.clientWidth - marked.offsetWidth) / 2 });
  });

  return (
    <nav class="sheet-parts" aria-label={props.label} ref={setRow}>
      <For each={headings()}>
        {(heading, index) => (
          <button
            type="button"
            class="sheet-part"
            aria-current={at() === index() ? "true" : undefined}
            onClick={() => {
              isPressed = true;
              setAt(index());
              heading.scrollIntoView({ block: "start" });
            }}
          >
            {heading.textContent}
          </button>
        )}
      </For>
    </nav>
  );
}
