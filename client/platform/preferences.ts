/** How the page looks and what it may do on this device. Nothing of what a person writes: browsers keep this readable. */
import { type Accessor, createSignal } from "solid-js";

export interface Preference<Choice extends string> {
  readonly choices: readonly Choice[];
  readonly now: Accessor<Choice>;
  choose(next: Choice): void;
}

/** The first choice is what holds until another is made. `attribute`: on the page's root, for the style sheets. */
function createPreference<Choice extends string>(
  key: string,
  choices: readonly [Choice, ...Choice[]],
  attribute?: string,
): Preference<Choice> {
  const [now, setNow] = createSignal<Choice>(read(key, choices));
  const show = (choice: Choice): void => {
    if (attribute !== undefined) document.documentElement.dataset[attribute] = choice;
  };
  show(read(key, choices));
  return {
    choices,
    now,
    choose: (next) => {
      setNow(() => next);
      show(next);
      try {
        if (next === choices[0]) localStorage.removeItem(key);
        else localStorage.setItem(key, next);
      } catch {
        // Storage is closed to the page: the choice holds until it is closed.
      }
    },
  };
}

function read<Choice extends string>(key: string, choices: readonly [Choice, ...Choice[]]): Choice {
  try {
    const kept = localStorage.getItem(key);
    return choices.find((choice) => choice === kept) ?? choices[0];
  } catch {
    return choices[0];
  }
}

// `public/theme.js` applies these two before the first paint.
export const textSize = createPreference("sovereign.text", ["normal", "small", "large", "larger"], "text");
export const density = createPreference("sovereign.density", ["roomy", "compact"], "density");
export const language = createPreference("sovereign.language", ["system", "en", "de"]);
export const notices = createPreference("sovereign.notices", ["off", "on"]);
