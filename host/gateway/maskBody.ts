/**
 * A tool's request without what is private, for a backend elsewhere: every text in it, also where it stands as a field's name; but not the model's name, the words that say whose turn it is and what
 * kind a part is, and pictures. It cannot be undone: what comes back has no place for it, since a backend's bytes pass as they are.
 */
import { redactForVectors, type RedactionSettings } from "../backends/redactedAnswer.ts";

/** One small word that says what something is, wherever it stands: masked, it would be no request any more. No mail address, number or key has this form. */
const KINDS = ["role", "type"];
const KIND = /^[a-z]{1,20}([._][a-z]{1,20}){0,3}$/;
/** A picture or a sound. What only begins like one is somebody's words. */
const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+;base64,[A-Za-z0-9+/=_-]*$/;

/** `null`: it is no JSON, and cannot be looked through. */
export function maskBody(bytes: Buffer, settings: RedactionSettings): Buffer | null {
  // A key that masks does, whatever the host does with its own questions.
  const mask = (text: string): string =>
    DATA_URL.test(text) ? text : (redactForVectors([text], { ...settings, mode: "mask" })[0] ?? "");
  const look = (value: unknown): unknown => {
    if (typeof value === "string") return mask(value);
    if (Array.isArray(value)) return value.map((each) => look(each));
    if (typeof value !== "object" || value === null) return value;
    const isKind = (key: string, each: unknown): boolean =>
      KINDS.includes(key) && typeof each === "string" && KIND.test(each);
    const names = new Map<string, number>();
    /** Two that read alike once they are masked stay two. */
    const nameOf = (key: string): string => {
      const name = mask(key);
      const before = names.get(name) ?? 0;
      names.set(name, before + 1);
      return before === 0 ? name : `${name} ${before + 1}`;
    };
    const fields = Object.entries(value);
    return Object.fromEntries(fields.map(([key, each]) => [nameOf(key), isKind(key, each) ? each : look(each)]));
  };
  try {
    const whole: unknown = JSON.parse(bytes.toString("utf8"));
    const masked = look(whole);
    // Which model is asked is the request's own word, and nobody's who is written of.
    const model = isObject(whole) && typeof whole["model"] === "string" ? { model: whole["model"] } : {};
    return Buffer.from(JSON.stringify(isObject(masked) ? { ...masked, ...model } : masked));
  } catch {
    // reason: the backend would say so of the whole; here it is said before anything of it goes out.
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
