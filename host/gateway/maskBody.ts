/**
 * A tool's request without what is private, for a backend elsewhere: every text in it but the model's name, the words that say whose turn it is, and
 * pictures. It cannot be undone: what comes back has no place for it, since a backend's bytes pass as they are.
 */
import { redactForVectors, type RedactionSettings } from "../backends/redactedAnswer.ts";

const KEPT = ["model", "role", "type"];
/** A picture or a sound. What only begins like one is somebody's words. */
const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+;base64,[A-Za-z0-9+/=_-]*$/;

/** `null`: it is no JSON, and cannot be looked through. */
export function maskBody(bytes: Buffer, settings: RedactionSettings): Buffer | null {
  // A key that masks does, whatever the host does with its own questions.
  const mask = (text: string): string =>
    DATA_URL.test(text) ? text : (redactForVectors([text], { ...settings, mode: "mask" })[0] ?? "");
  const look = (value: unknown): unknown => {
    if (typeof value === "string") return mask(value);
    if (Array.isArray(value)) return value.map(look);
    if (typeof value !== "object" || value === null) return value;
    const fields = Object.entries(value);
    return Object.fromEntries(
      fields.map(([key, each]) => [key, KEPT.includes(key) && typeof each === "string" ? each : look(each)]),
    );
  };
  try {
    return Buffer.from(JSON.stringify(look(JSON.parse(bytes.toString("utf8")))));
  } catch {
    // reason: the backend would say so of the whole; here it is said before anything of it goes out.
    return null;
  }
}
