/** Which of the host's models answers next. A word that opens the list; the list itself is fetched when it is first opened. */
import { createSignal, createUniqueId, type JSX, Show, Suspense } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { Effort } from "#sync/docs/run.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { l } from "./laterWords.ts";
import { withKeys } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import { fetchedView } from "../ui/fetchedView.ts";

const ModelList = fetchedView(() => import("./ModelList.tsx").then(({ ModelList }) => ModelList));

export interface ModelChoice {
  /** What its host says of them. */
  readonly info: HostInfo;
  /** Of which the owner has favourites. */
  readonly vault: Vault;
  /** What the host is called; "": nobody says. */
  readonly hostName: string;
  /** `null`: the host's default, whatever that is then. */
  readonly chosen: string | null;
  choose(model: string | null): void;
  /** How long it is to think first; `null`: as it likes. Left out: it does not think. */
  readonly effort: Effort | null | undefined;
  chooseEffort(effort: Effort | null): void;
  /** Answers beside it; `null`: nobody. */
  readonly also: string | null;
  chooseAlso(model: string | null): void;
}

export function ModelPicker(props: { choice: ModelChoice; isHostThere: boolean }): JSX.Element {
  const says = (): string => {
    const name = props.choice.chosen ?? l.defaultModel(props.choice.info.defaultModel);
    const { effort } = props.choice;
    return effort === undefined || effort === null ? name : `${name} · ${l.efforts[effort]}`;
  };
  const first = (): string => props.choice.chosen ?? props.choice.info.defaultModel;
  return (
    <>
      <Picker
        id="models"
        label={t.model}
        says={says()}
        list={(leave) => (
          <ModelList
            choice={props.choice}
            isHostThere={props.isHostThere}
            isSecond={false}
            chosen={props.choice.chosen}
            except={null}
            choose={props.choice.choose}
            leave={leave}
          />
        )}
      />
      <Show when={props.choice.also}>
        {(also) => (
          <Picker
            id="second-model"
            label={l.secondModel}
            says={also()}
            list={(leave) => (
              <ModelList
                choice={props.choice}
                isHostThere={props.isHostThere}
                isSecond
                chosen={also()}
                except={first()}
                choose={props.choice.chooseAlso}
                leave={leave}
              />
            )}
          />
        )}
      </Show>
    </>
  );
}

/** The browser's own popover gives the layer, the light dismissal and Esc, as for menus. */
function Picker(props: { id: string; label: string; says: string; list(leave: () => void): JSX.Element }): JSX.Element {
  const id = createUniqueId();
  const [isOpen, setIsOpen] = createSignal(false);
  const [isFilled, setIsFilled] = createSignal(false);
  const [button, setButton] = createSignal<HTMLElement>();
  const [sheet, setSheet] = createSignal<HTMLElement>();

  /** It grows upwards from its word: the composer is at the foot of the page. */
  const place = (): void => {
    const anchor = button()?.getBoundingClientRect();
    if (anchor === undefined) return;
    sheet()?.style.setProperty("--models-end", `${innerWidth - anchor.right}px`);
    sheet()?.style.setProperty("--models-foot", `${innerHeight - anchor.top + 4}px`);
  };
  const onToggle = (event: ToggleEvent): void => {
    const opens = event.newState === "open";
    setIsOpen(opens);
    // Emptied only once it is gone: what has the focus in it gives it back first.
    if (opens || event.type === "toggle") setIsFilled(opens);
    if (opens) place();
  };
  return (
    <>
      <button
        ref={setButton}
        id={props.id}
        type="button"
        class="model-picker"
        title={props.id === "models" ? withKeys(props.label, "model") : props.label}
        aria-label={`${props.label}: ${props.says}`}
        aria-haspopup="dialog"
        aria-expanded={isOpen()}
        popovertarget={id}
      >
        <span>{props.says}</span>
        <Icon name="chevron" />
      </button>
      <div
        ref={setSheet}
        id={id}
        class="menu models"
        role="dialog"
        aria-label={props.label}
        popover="auto"
        on:beforetoggle={onToggle}
        on:toggle={onToggle}
      >
        <Show when={isFilled()}>
          <Suspense>{props.list(() => sheet()?.hidePopover())}</Suspense>
        </Show>
      </div>
    </>
  );
}
