/** How the page looks and what it may do on this device. Nothing of what a person writes: browsers keep this readable. */
import { type Accessor, createSignal } from "solid-js";

export interface Preference<Choice extends string> {
  readonly choices: readonly Choice[];
  readonly now: Accessor<Choice>;
  choose(next: Choice): void;
}

/** `byDefault` holds until another choice is made. `attribute`: on the page's root, for the style sheets. */
export function createPreference<Choice extends string>(
  key: string,
  choices: readonly Choice[],
  byDefault: NoInfer<Choice>,
  attribute?: string,
): Preference<Choice> {
  const kept = read(key, choices) ?? byDefault;
  const [now, setNow] = createSignal<Choice>(kept);
  const show = (choice: Choice): void => {
    if (attribute !== undefined) document.documentElement.dataset[attribute] = choice;
  };
  show(kept);
  return {
    choices,
    now,
    choose: (next) => {
      setNow(() => next);
      show(next);
      try {
        if (next === byDefault) localStorage.removeItem(key);
        else localStorage.setItem(key, next);
      } catch {
        // Storage is closed to the page: the choice holds until it is closed.
      }
    },
  };
}

function read<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
  try {
    const kept = localStorage.getItem(key);
    return choices.find((choice) => choice === kept);
  } catch {
    return undefined;
  }
}

// `public/theme.js` applies these two before the first paint.
export const textSize = createPreference("sovereign.text", ["small", "normal", "large", "larger"], "normal", "text");
export const density = createPreference("sovereign.density", ["roomy", "compact"], "roomy", "density");
/** On a wide screen; on a phone the list is a drawer. */
export const list = createPreference("sovereign.list", ["shown", "folded"], "shown", "list");
export const language = createPreference("sovereign.language", ["system", "en", "de", "mirrored"], "system");
/** What Enter alone does while a message is written; on a touch keyboard it makes a line either way. */
export const enterKey = createPreference("sovereign.enter", ["sends", "line"], "sends");
/** `push`: also while the app is closed, by the push service of this browser (push.ts). */
export const notices = createPreference("sovereign.notices", ["off", "on", "push"], "off");
