/**
 * Stays at the end of a growing text, as long as the reader is there. Whoever scrolls up is left alone, and is told with a
 * button that there is more below.
 */
import { type Accessor, createSignal, onCleanup } from "solid-js";

/** Within this many pixels of the end, a reader is at the end. */
const nearPx = 32;

export interface Stick {
  readonly isAtEnd: Accessor<boolean>;
  toEnd(): void;
  /** Before something is exchanged in the middle of the text: the reader stays there. Call what it returns afterwards. */
  holdPlace(): () => void;
  /** Lays a message of a long chat out, so that it can be scrolled to. */
  reveal(message: string): boolean;
  setReveal(reveal: (message: string) => boolean): void;
  /** The element that scrolls and the one inside it that grows. */
  attach(scroller: HTMLElement, content: HTMLElement): void;
}

export function createStick(): Stick {
  const [isAtEnd, setIsAtEnd] = createSignal(true);
  let scroller: HTMLElement | null = null;
  let reveal: (message: string) => boolean = () => true;

  // What an empty chat says is read from its beginning, also where it is longer than the screen.
  const jump = (): void => {
    if (scroller !== null && scroller.querySelector("[data-message]") !== null)
      scroller.scrollTop = scroller.scrollHeight;
  };

  return {
    isAtEnd,
    toEnd: () => {
      setIsAtEnd(true);
      jump();
    },
    holdPlace: () => {
      setIsAtEnd(false);
      return () => {
        if (scroller !== null) setIsAtEnd(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= nearPx);
      };
    },
    reveal: (message) => reveal(message),
    setReveal: (next) => (reveal = next),
    attach: (outer, content) => {
      scroller = outer;
      let lastTop = outer.scrollTop;
      const onScroll = (): void => {
        const distance = outer.scrollHeight - outer.clientHeight - outer.scrollTop;
        // Growth alone never lets go; only a reader who moves up does.
        if (outer.scrollTop < lastTop && distance > nearPx) setIsAtEnd(false);
        else if (distance <= nearPx) setIsAtEnd(true);
        lastTop = outer.scrollTop;
      };
      const onGrow = new ResizeObserver(() => {
        if (isAtEnd()) jump();
      });
      outer.addEventListener("scroll", onScroll, { passive: true });
      onGrow.observe(content);
      onGrow.observe(outer);
      onCleanup(() => {
        outer.removeEventListener("scroll", onScroll);
        onGrow.disconnect();
        scroller = null;
      });
    },
  };
}
