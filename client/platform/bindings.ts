/**
 * Which keys do what on this page: ours, until the owner binds others. A binding is written "Mod+Shift+O": Mod is Ctrl, or Cmd on a
 * Mac; then Alt, Shift, and the key as its event names it. The empty one is none.
 */
import { type Accessor, createSignal } from "solid-js";
import { keyName } from "./keys.ts";

export const keyActions = [
  "search",
  "newChat",
  "temporary",
  "focusMessage",
  "nextChat",
  "previousChat",
  "sidebar",
  "model",
  "stop",
  "regenerate",
  "copyLast",
  "copyLastCode",
  "lock",
  "settings",
  "status",
  "keys",
] as const;
export type KeyAction = (typeof keyActions)[number];
export type Bindings = Readonly<Record<KeyAction, string>>;

const defaults: Bindings = {
  search: "Mod+K",
  newChat: "Mod+Shift+O",
  temporary: "Mod+Shift+Y",
  focusMessage: "Shift+Escape",
  nextChat: "Alt+ArrowDown",
  previousChat: "Alt+ArrowUp",
  sidebar: "Mod+B",
  model: "Mod+Shift+M",
  stop: "Escape",
  regenerate: "Mod+Shift+E",
  copyLast: "Mod+Shift+X",
  copyLastCode: "Mod+Shift+K",
  lock: "Mod+Shift+L",
  settings: "Mod+,",
  status: "Mod+Shift+,",
  keys: "?",
};

/** Browsers keep these for themselves, or a page without them could not be worked. */
const reserved = new Set([
  ...["T", "N", "W", "Q", "R", "L", "Shift+T", "Shift+N", "Shift+W", "Shift+R", "Shift+I", "Shift+J", "Shift+C", "Tab"],
  ...["C", "V", "X", "Z", "A", "F", "P", "S", "Shift+Z", "0", "-", "+", "=", "Enter"],
]);

const storageKey = "sovereign.keys";
const [bound, setBound] = createSignal<Bindings>({ ...defaults, ...read() });

export const bindings: Accessor<Bindings> = bound;

/** What a key writes without Shift, by its place: with it, another sign comes on nearly every keyboard. */
const signsByPlace: Readonly<Record<string, string>> = {
  Comma: ",",
  Period: ".",
  Minus: "-",
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [`Digit${digit}`, `${digit}`])),
};

/**
 * The key by the name that a binding has for it: not the sign that Shift makes of it while a modifier is held, and the Latin letter
 * where a Cyrillic or Greek keyboard, or Option on a Mac, writes another.
 */
function plainKey({ key, code, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
  // Ctrl and Alt together are AltGr on some keyboards, and write.
  if (key.length !== 1 || !(ctrlKey || metaKey || altKey) || (ctrlKey && altKey)) return key;
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  if (letter !== undefined && !/[!-~]/.test(key)) return letter;
  return (shiftKey ? signsByPlace[code] : undefined) ?? key;
}

type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** The binding that a key press is; `null` for one that only holds. */
export function bindingOf(event: KeyPress): string | null {
  const key = plainKey(event);
  if (["Control", "Meta", "Alt", "Shift", "AltGraph", "Dead", "Process", "Unidentified"].includes(key)) return null;
  const isLetter = key.length === 1;
  const hasMod = event.ctrlKey || event.metaKey;
  // A sign such as "?" is written with Shift on some keyboards and without on others.
  const hasShift = event.shiftKey && (!isLetter || hasMod || key !== event.key || /[a-z]/i.test(key));
  const name = key === " " ? "Space" : isLetter ? key.toUpperCase() : key;
  return [hasMod ? "Mod" : "", event.altKey ? "Alt" : "", hasShift ? "Shift" : "", name].filter(Boolean).join("+");
}

export function actionOf(binding: string): KeyAction | null {
  return keyActions.find((action) => bound()[action] === binding) ?? null;
}

/** It would write a letter where somebody is writing. */
export const isTyped = (binding: string): boolean => !/^(?:Mod|Alt)\+|^(?:Shift\+)?(?:Escape|F\d+)$/.test(binding);

export type BindOutcome =
  | { readonly kind: "bound" }
  | { readonly kind: "taken"; readonly by: KeyAction }
  | { readonly kind: "reserved" }
  /** A letter alone, or a key that a page is worked with. */
  | { readonly kind: "plain" };

export function bind(action: KeyAction, binding: string): BindOutcome {
  if (binding.startsWith("Mod+") && reserved.has(binding.slice("Mod+".length))) return { kind: "reserved" };
  if (binding !== defaults[action] && isTyped(binding) && binding !== "") return { kind: "plain" };
  const by = binding === "" ? null : actionOf(binding);
  if (by !== null && by !== action) return { kind: "taken", by };
  keep({ ...bound(), [action]: binding });
  return { kind: "bound" };
}

/** Takes them from what had them. */
export function bindInstead(action: KeyAction, binding: string): void {
  const by = actionOf(binding);
  if (by !== null) keep({ ...bound(), [by]: "" });
  bind(action, binding);
}

export const isByDefault = (): boolean => keyActions.every((action) => bound()[action] === defaults[action]);
export const resetBindings = (): void => keep(defaults);

/** As this machine's keyboard names it. */
export function bindingName(binding: string): string {
  const parts = binding.split(/\+(?=.)/);
  const key = parts.at(-1) ?? "";
  const names: Readonly<Record<string, string>> = {
    Escape: "Esc",
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
  };
  return keyName(names[key] ?? key, {
    mod: parts.includes("Mod"),
    alt: parts.includes("Alt"),
    shift: parts.includes("Shift"),
  });
}

export const keysFor = (action: KeyAction): string => bindingName(bound()[action]);

/** For a tooltip. */
export const withKeys = (says: string, action: KeyAction): string => {
  const keys = keysFor(action);
  return keys === "" ? says : `${says} (${keys})`;
};

function keep(next: Bindings): void {
  setBound(next);
  const changed = keyActions.filter((action) => next[action] !== defaults[action]);
  try {
    if (changed.length === 0) localStorage.removeItem(storageKey);
    else
      localStorage.setItem(
        storageKey,
        JSON.stringify(Object.fromEntries(changed.map((action) => [action, next[action]]))),
      );
  } catch {
    // Storage is closed to the page: they hold until it is closed.
  }
}

function read(): Partial<Bindings> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    const own = keyActions.flatMap((action) => {
      const binding = (kept as Record<string, unknown>)[action];
      return typeof binding === "string" && binding.length <= 40 ? [[action, binding]] : [];
    });
    return Object.fromEntries(own) as Partial<Bindings>;
  } catch {
    return {};
  }
}
