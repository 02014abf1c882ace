/** A form's fields as they are drawn, and what was put into them as the host takes it. The host has let through only plain ones (host/mcp/forms.ts); what cannot be read here all the same is left out, and the host judges the answer. */

export interface FormField {
  readonly name: string;
  readonly kind: "text" | "number" | "yes" | "one" | "some";
  readonly title: string;
  readonly says: string;
  readonly isNeeded: boolean;
  readonly isWhole: boolean;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly preset: string;
}

type Given = string | number | boolean | readonly string[];

export function readFields(text: string): readonly FormField[] {
  const { properties, required } = parse(text);
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(objectOf(properties)).map(([name, value]) =>
    readField(name, objectOf(value), needed.includes(name)),
  );
}

function readField(name: string, field: Record<string, unknown>, isNeeded: boolean): FormField {
  const { type, title, description, default: preset } = field;
  const many = type === "array";
  const { enum: values, enumNames } = many ? objectOf(field["items"]) : field;
  const titles = textsOf(enumNames);
  const choices = textsOf(values).map((value, at) => ({ value, title: titles[at] ?? value }));
  const kind = many
    ? "some"
    : choices.length > 0
      ? "one"
      : type === "boolean"
        ? "yes"
        : isNumber(type)
          ? "number"
          : "text";
  return {
    ...{ name, kind, isNeeded, choices, isWhole: type === "integer" },
    title: typeof title === "string" && title !== "" ? title : name,
    says: typeof description === "string" ? description : "",
    preset: ["string", "number", "boolean"].includes(typeof preset) ? String(preset) : "",
  };
}

/** `missing`: fields that have to be filled, or hold something else than they may. */
export function readGiven(
  fields: readonly FormField[],
  data: FormData,
): { readonly answer: Readonly<Record<string, Given>>; readonly missing: readonly string[] } {
  const answer: Record<string, Given> = {};
  const missing: string[] = [];
  for (const { name, kind, isNeeded, isWhole } of fields) {
    const all = data.getAll(name).filter((value) => typeof value === "string");
    const [first = ""] = all;
    const number = Number(first);
    if (kind === "yes") answer[name] = all.length > 0;
    else if (kind === "some") answer[name] = all;
    else if (first.trim() === "") {
      if (isNeeded) missing.push(name);
    } else if (kind !== "number") answer[name] = first;
    else if (Number.isFinite(number) && (!isWhole || Number.isInteger(number))) answer[name] = number;
    else missing.push(name);
    if (kind === "some" && isNeeded && all.length === 0) missing.push(name);
  }
  return { answer, missing };
}

const isNumber = (type: unknown): boolean => type === "number" || type === "integer";

function parse(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    // reason: nothing to fill in, and only "no" to say.
    return {};
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
