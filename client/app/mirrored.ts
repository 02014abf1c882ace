/** A table as a language would have it that is written from right to left: every sentence of English, between brackets. */
import type { Strings } from "./strings.ts";

export function mirror(english: Strings): Strings {
  return { ...(inBrackets(english) as Strings), language: "ar", direction: "rtl" };
}

function inBrackets(value: unknown): unknown {
  if (typeof value === "string") return `⟦${value}⟧`;
  if (typeof value === "function")
    return (...given: unknown[]) => inBrackets((value as (...of: unknown[]) => unknown)(...given));
  if (Array.isArray(value)) return value.map(inBrackets);
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, inBrackets(inner)]));
}
