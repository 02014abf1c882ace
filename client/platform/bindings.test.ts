import { afterEach, expect, test } from "vitest";
import {
  actionOf,
  bind,
  bindInstead,
  bindingName,
  bindingOf,
  bindings,
  isByDefault,
  isTyped,
  resetBindings,
} from "./bindings.ts";

afterEach(resetBindings);

const press = (
  key: string,
  held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {},
  code = "",
) => bindingOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test("a press is the same binding on every keyboard, and holding is none", () => {
  expect(press("k", { ctrlKey: true })).toBe("Mod+K");
  expect(press("K", { metaKey: true, shiftKey: true })).toBe("Mod+Shift+K");
  expect(press("?", { shiftKey: true })).toBe("?");
  expect(press("?")).toBe("?");
  expect(press("ArrowUp", { altKey: true })).toBe("Alt+ArrowUp");
  expect(press("Escape", { shiftKey: true })).toBe("Shift+Escape");
  for (const key of ["Control", "Shift", "Alt", "Meta", "Dead"]) expect(press(key)).toBeNull();
});

test("a sign that Shift makes another is the key it stands on, and other scripts have the letters of theirs", () => {
  const held = { ctrlKey: true, shiftKey: true };
  expect(press("<", held, "Comma")).toBe("Mod+Shift+,");
  expect(press(";", held, "Comma"), "on a German keyboard").toBe("Mod+Shift+,");
  expect(press("!", { altKey: true, shiftKey: true }, "Digit1")).toBe("Alt+Shift+1");
  expect(press("л", { ctrlKey: true }, "KeyK")).toBe("Mod+K");
  expect(press("∆", { altKey: true }, "KeyJ"), "Option on a Mac").toBe("Alt+J");
  // A Latin letter is what it says, wherever its key is: Ctrl+Z on a German keyboard stands where Y is.
  expect(press("z", { ctrlKey: true }, "KeyY")).toBe("Mod+Z");
  expect(press("@", { ctrlKey: true, altKey: true }, "KeyQ"), "AltGr writes").toBe("Mod+Alt+@");
  expect(press("?", { shiftKey: true }, "Slash")).toBe("?");
});

test("keys are bound anew, and those of others only when they are taken from them", () => {
  expect(bind("newChat", "Mod+K")).toEqual({ kind: "taken", by: "search" });
  expect(bindings().newChat).toBe("Mod+Shift+O");
  bindInstead("newChat", "Mod+K");
  expect([actionOf("Mod+K"), bindings().search]).toEqual(["newChat", ""]);
  expect(bind("search", "Alt+S")).toEqual({ kind: "bound" });
  expect(actionOf("Alt+S")).toBe("search");
  expect(isByDefault()).toBe(false);
  resetBindings();
  expect(isByDefault()).toBe(true);
  expect(actionOf("Mod+K")).toBe("search");
});

test("what belongs to the browser, or would be typed, is refused", () => {
  for (const binding of ["Mod+T", "Mod+C", "Mod+Enter", "Mod+Shift+I"])
    expect(bind("search", binding).kind).toBe("reserved");
  for (const binding of ["A", "Shift+A", "5", "Enter", "ArrowUp", "Space"])
    expect(bind("search", binding).kind, binding).toBe("plain");
  for (const binding of ["F2", "Shift+F6", "Alt+J", "Mod+Shift+K", "Escape"])
    expect(isTyped(binding), binding).toBe(false);
  expect(bind("keys", "?")).toEqual({ kind: "bound" });
});

test("by default no two do the same, and none is the browser's or would be typed", () => {
  const all = Object.values(bindings());
  expect(new Set(all).size).toBe(all.length);
  for (const [action, binding] of Object.entries(bindings()))
    expect(bind(action as keyof ReturnType<typeof bindings>, binding), action).toEqual({ kind: "bound" });
});

test("each has a name that people know", () => {
  expect(bindingName("Mod+Shift+O")).toMatch(/^(Ctrl\+Shift\+O|⇧⌘O)$/);
  expect(bindingName("Alt+ArrowDown")).toMatch(/^(Alt\+↓|⌥↓)$/);
  expect(bindingName("Mod+,")).toMatch(/^(Ctrl\+,|⌘,)$/);
  expect(bindingName("?")).toBe("?");
  expect(bindingName("")).toBe("");
});
