/** Light, dark, or as the system has it. `public/theme.js` applies the same rule before the first paint. */
import { type Accessor, createSignal } from "solid-js";

export const themeChoices = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof themeChoices)[number];

const storageKey = "sovereign.theme";
// The desk's colour in each theme, as the browser's own chrome needs it.
const chromeColours = { light: "#f2eee7", dark: "#10151f" };

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const [choice, setChoice] = createSignal<ThemeChoice>(readChoice());

export const themeChoice: Accessor<ThemeChoice> = choice;

export function chooseTheme(next: ThemeChoice): void {
  setChoice(next);
  try {
    if (next === "system") localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, next);
  } catch {
    // Storage is closed to the page: the choice holds until it is closed.
  }
  applyTheme();
}

/** Follows the system while that is the choice. */
export function followSystemTheme(): void {
  darkSystem.addEventListener("change", applyTheme);
}

function applyTheme(): void {
  const theme = choice() === "system" ? (darkSystem.matches ? "dark" : "light") : (choice() as "light" | "dark");
  document.documentElement.dataset["theme"] = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", chromeColours[theme]);
}

function readChoice(): ThemeChoice {
  try {
    const kept = localStorage.getItem(storageKey);
    return themeChoices.find((known) => known === kept) ?? "system";
  } catch {
    return "system";
  }
}
