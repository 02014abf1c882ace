/**
 * A server that was given a key may say it again, in a result, a description or an error. What it says is looked through before anybody reads it. This finds the key as it is written, and no disguise of it: who gives a server a key has
 * given it away to that server, which could tell anybody; what is kept here is that it does not get among what models are told by accident.
 */
import { hiddenCharsMin } from "../limits.ts";

const SHOWN = "[key]";

/** The same value, keys within it covered. */
export function hideKeys<T>(value: T, secrets: ReadonlySet<string>): T {
  // The longest first: a key that begins another would leave the rest of that standing.
  const searched = [...secrets]
    .filter((secret) => secret.length >= hiddenCharsMin)
    .toSorted((a, b) => b.length - a.length);
  return searched.length === 0 ? value : (hide(value, searched) as T);
}

function hide(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return secrets.reduce((text, secret) => text.replaceAll(secret, SHOWN), value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => hide(each, secrets));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [hide(key, secrets) as string, hide(each, secrets)]),
  );
}
