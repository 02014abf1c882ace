/**
 * A short list of actions on one thing: beside its button on a wide screen, a sheet above the thumb on a phone. The browser's own
 * popover gives the layer, the light dismissal and Esc; arrow keys move within.
 */
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import { Icon, type IconName } from "./Icon.tsx";

export interface MenuItem {
  readonly label: string;
  /** In small print below it. */
  readonly note?: string;
  readonly isGrave?: boolean;
  /** Another kind of thing than what stands above it. */
  readonly isApart?: boolean;
  act(): void;
}

export function Menu(props: {
  label: string;
  items: readonly MenuItem[];
  /** Left out, three dots: more of what is beside it. */
  sign?: IconName;
}): JSX.Element {
  const id = createUniqueId();
  const [isOpen, setIsOpen] = createSignal(false);
  const [isFilled, setIsFilled] = createSignal(false);
  const [button, setButton] = createSignal<HTMLElement>();
  const [list, setList] = createSignal<HTMLElement>();

  const place = (): void => {
    const [from, menu] = [button(), list()];
    if (from === undefined || menu === undefined) return;
    const anchor = from.getBoundingClientRect();
    // Before it is shown it has no size yet: a guess, put right at once.
    const width = menu.offsetWidth || 160;
    const height = menu.offsetHeight || props.items.length * 44;
    const isBelow = innerHeight - anchor.bottom > height + 12;
    menu.style.setProperty("--menu-x", `${Math.min(anchor.left, innerWidth - width - 8)}px`);
    menu.style.setProperty("--menu-y", `${isBelow ? anchor.bottom + 4 : anchor.top - height - 4}px`);
  };

  const onToggle = (event: ToggleEvent): void => {
    const opens = event.newState === "open";
    setIsOpen(opens);
    // Emptied only once it is gone: what has the focus in it gives it back first.
    if (opens || event.type === "toggle") setIsFilled(opens);
    if (opens) place();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...(list()?.querySelectorAll("button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items.at((at + (event.key === "ArrowDown" ? 1 : -1)) % items.length)?.focus();
  };

  return (
    <>
      <button
        ref={setButton}
        type="button"
        class="ghost icon-only menu-button"
        aria-label={props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={isOpen()}
        popovertarget={id}
      >
        <Icon name={props.sign ?? "more"} />
      </button>
      <div
        ref={setList}
        id={id}
        class="menu"
        role="menu"
        aria-label={props.label}
        popover="auto"
        on:beforetoggle={onToggle}
        on:toggle={onToggle}
        onKeyDown={onKeyDown}
      >
        {/* A list of chats has a menu for each line, of which one is looked at. */}
        <For each={isFilled() ? props.items : []}>
          {(item, index) => (
            <button
              type="button"
              role="menuitem"
              // Its name is what it does; what is below describes it.
              aria-label={item.note === undefined ? undefined : item.label}
              aria-description={item.note === "" ? undefined : item.note}
              // The popover gives it the focus as it opens, before the next key.
              autofocus={index() === 0}
              classList={{ grave: item.isGrave === true, apart: item.isApart === true && index() > 0 }}
              onClick={() => {
                list()?.hidePopover();
                item.act();
              }}
            >
              {item.label}
              <Show when={item.note}>{(note) => <span class="menu-note">{note()}</span>}</Show>
            </button>
          )}
        </For>
      </div>
    </>
  );
}
