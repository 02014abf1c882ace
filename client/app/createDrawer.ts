/**
 * The list of chats. On a phone it is a drawer: it comes from the left on a press or a swipe, takes the focus, and gives it back. On a
 * wide screen it stands beside the chat, unless it was folded away.
 */
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { list } from "../platform/preferences.ts";

/** As in `ui/tokens.css`: below this the list is a drawer. */
const narrow = "(max-width: 47.99rem)";
/** How far a finger must travel, mostly sideways, for it to mean the drawer. */
const swipePx = 56;

export interface Drawer {
  readonly isOpen: Accessor<boolean>;
  open(): void;
  close(): void;
  /** There or not, on a screen of any width. */
  toggle(): void;
  /** The element that is the drawer. */
  attach(element: HTMLElement): void;
  watchSwipes(element: HTMLElement): void;
}

export function createDrawer(): Drawer {
  const [isOpen, setIsOpen] = createSignal(false);
  const media = matchMedia(narrow);
  let drawer: HTMLElement | null = null;
  let opener: HTMLElement | null = null;

  /** Off the screen it is also out of reach of keyboard and screen reader. */
  const settle = (): void => {
    if (!media.matches) setIsOpen(false);
    if (drawer !== null) drawer.inert = media.matches && !isOpen();
  };
  media.addEventListener("change", settle);
  onCleanup(() => media.removeEventListener("change", settle));

  const self: Drawer = {
    isOpen,
    open: () => {
      if (!media.matches) return list.choose("shown");
      if (isOpen()) return;
      opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      setIsOpen(true);
      settle();
      drawer?.querySelector<HTMLElement>(".close-drawer")?.focus();
    },
    close: () => {
      if (!isOpen()) return;
      setIsOpen(false);
      settle();
      opener?.focus();
    },
    toggle: () => {
      if (isOpen()) return self.close();
      if (media.matches || list.now() === "folded") return self.open();
      // What had the focus there is about to be gone.
      if (drawer?.contains(document.activeElement) === true) document.getElementById("message")?.focus();
      list.choose("folded");
    },
    attach: (element) => {
      drawer = element;
      settle();
    },
    watchSwipes: (element) => {
      let start: { x: number; y: number } | null = null;
      const onStart = (event: TouchEvent): void => {
        const touch = event.touches[0];
        start =
          touch === undefined || event.touches.length > 1 || isScrolledSideways(event.target)
            ? null
            : { x: touch.clientX, y: touch.clientY };
      };
      const onEnd = (event: TouchEvent): void => {
        const touch = event.changedTouches[0];
        if (start === null || touch === undefined) return;
        const across = touch.clientX - start.x;
        if (Math.abs(across) < swipePx || Math.abs(across) < 2 * Math.abs(touch.clientY - start.y)) return;
        if (getSelection()?.isCollapsed === false) return;
        const isInward = document.documentElement.dir === "rtl" ? across < 0 : across > 0;
        if (isInward) self.open();
        else self.close();
      };
      element.addEventListener("touchstart", onStart, { passive: true });
      element.addEventListener("touchend", onEnd, { passive: true });
    },
  };
  return self;
}

/** A finger that scrolls code or a table does not mean the drawer. */
function isScrolledSideways(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target.closest("pre, .table-scroll, textarea, input") : null;
  return element !== null && element.scrollWidth > element.clientWidth;
}
