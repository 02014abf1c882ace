/** A server's question to the owner as a form: a few plain fields, and answers that fit them. Anything else is declined without asking anybody. */
import type { ElicitForm, Json, JsonObject } from "../tools/tool.ts";
import { isObject } from "./definitions.ts";
import { findMisfits } from "../tools/fits.ts";
import { formCharsMax, formChoicesMax, formFieldsMax } from "./limits.ts";

/** `null`: it is no form that a person could be shown. */
export function readForm(server: string, message: unknown, schema: unknown): ElicitForm | null {
  if (typeof message !== "string" || message.length > formCharsMax || !isObject(schema)) return null;
  const { properties, required } = schema;
  if (!isObject(properties)) return null;
  const fields = Object.entries(properties);
  if (fields.length === 0 || fields.length > formFieldsMax) return null;
  // MCP forbids it, and who is asked in the middle of an answer is easily led to give one away.
  if (asksForSecret(message) || fields.some(([name, field]) => isSecret(name, field))) return null;
  const read = fields.map(([name, field]) => [name, readField(field)] as const);
  if (read.some(([name, field]) => field === null || !/^[\w.-]{1,64}$/.test(name))) return null;
  const needed = Array.isArray(required)
    ? required.filter((name) => typeof name === "string" && Object.hasOwn(properties, name))
    : [];
  // Whose question it is stands first, in our words: a server could say that it is somebody else.
  const says = `The tool server "${server}" asks: ${message}`;
  return {
    says,
    fields: {
      type: "object",
      properties: Object.fromEntries(read) as JsonObject,
      required: needed,
      additionalProperties: false,
    },
  };
}

const SECRETS =
  /pass ?(word|phrase|code|wd|key)|\bsecret|api ?key|(access|auth|bearer|session|refresh) ?token|\btoken\b|credential|private ?key|\bpin\b|\bcvv\b|\bcvc\b|card ?number|(recovery|backup|seed|security|verification|one time|2fa|authenticat\w+) ?(words?|codes?|phrases?|keys?|answers?)|\b(24|twenty four) words|\botp\b|\bssn\b|kennwort|passwort|geheim|einmalcode|mot de passe|contrasena|\bsenha\b|wachtwoord|haslo|пароль|密码|パスワード/i;
/** Of another alphabet, and taken for one of ours. */
const LOOKALIKES = new Map(
  [..."аɑαеєοоρрсҫухχіιѕкκтτњһ"].map((letter, at) => [letter, "aaaeeooppccyxxiiskkttnh"[at] ?? ""] as const),
);

/** A field, by its name, what stands beside it, and the form that it wants. */
function isSecret(name: string, field: Json | undefined): boolean {
  if (!isObject(field)) return false;
  const { title, description, format } = field;
  return [name, title, description, format].some((each) => typeof each === "string" && asksForSecret(each));
}

/** By each of its sentences: who says "Do not type your PIN here" does not ask for it, and who goes on after that may. */
function asksForSecret(text: string): boolean {
  return text.split(/[.!?;:()\n]+/).some((sentence) => {
    if (/^\s*(please,? )?(do not|don['’]t|never)\b/i.test(sentence)) return false;
    const plain = sentence
      .normalize("NFKC")
      .replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}/gu, "")
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .replace(/[_\s-]+/g, " ");
    const bare = plain.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const read = [...bare].map((letter) => LOOKALIKES.get(letter) ?? letter).join("");
    return [plain, bare, read].some((words) => SECRETS.test(words));
  });
}

function readField(field: Json | undefined): JsonObject | null {
  if (!isObject(field)) return null;
  const { type, title, description, default: preset } = field;
  const about = { ...(isShort(title) ? { title } : {}), ...(isShort(description) ? { description } : {}) };
  const before = ["string", "number", "boolean"].includes(typeof preset) ? { default: preset as Json } : {};
  const choices = readChoices(field);
  if (choices !== null) return { type: "string", ...about, ...before, ...choices };
  const items = type === "array" && isObject(field["items"]) ? readChoices(field["items"]) : null;
  if (items !== null) return { type: "array", ...about, items: { type: "string", ...items } };
  if (type !== "string" && type !== "number" && type !== "integer" && type !== "boolean") return null;
  return { type, ...about, ...before };
}

/** `enumNames`: what a person reads for each. */
function readChoices(field: JsonObject): JsonObject | null {
  const titled = field["oneOf"] ?? field["anyOf"];
  const given: readonly Json[] = Array.isArray(titled) ? titled : [];
  const names = Array.isArray(titled)
    ? given.map((each) => (isObject(each) ? (each["const"] ?? null) : null))
    : field["enum"];
  if (!Array.isArray(names) || names.length === 0 || names.length > formChoicesMax) return null;
  if (!names.every((name) => isShort(name))) return null;
  const shown = Array.isArray(titled)
    ? given.map((each) => (isObject(each) ? each["title"] : null))
    : field["enumNames"];
  const isShown = Array.isArray(shown) && shown.length === names.length && shown.every((name) => isShort(name));
  return { enum: names, ...(isShown ? { enumNames: shown as readonly Json[] } : {}) };
}

const isShort = (value: unknown): value is string => typeof value === "string" && value.length <= formCharsMax;

/** What the owner gave, if it is an answer to this form. */
export function readAnswer(
  form: ElicitForm,
  given: JsonObject | null,
): Record<string, string | number | boolean | string[]> | null {
  if (given === null || findMisfits(given, form.fields).length > 0) return null;
  return given as Record<string, string | number | boolean | string[]>;
}
