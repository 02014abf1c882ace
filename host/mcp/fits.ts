/**
 * Whether a value fits a schema, as far as a sentence can say it: types, required fields, choices, and fields that are not allowed. Both come from elsewhere (a model, a server), so
 * nothing here takes longer than the value is large: no patterns are run and no references followed, which a hostile schema could make endless. What this lets through the server checks itself.
 */
import type { Json, JsonObject } from "../tools/tool.ts";
import { isObject } from "./definitions.ts";

/** `null`: it fits. Else what is wrong, for whoever made it. */
export function findMisfit(value: Json | undefined, schema: Json | undefined, at = ""): string | null {
  if (!isObject(schema)) return null;
  const where = at === "" ? "It" : `"${at}"`;
  if (value === undefined) return `${where} is missing.`;
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return `${where} has to be ${types.join(" or ")}.`;
  const choices = schema["enum"];
  if (Array.isArray(choices) && !choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value)))
    return `${where} has to be one of ${choices
      .slice(0, 20)
      .map((choice) => JSON.stringify(choice))
      .join(", ")
      .slice(0, 500)}.`;
  if (Array.isArray(value))
    return findFirst(value, (each, index) => findMisfit(each, schema["items"], `${at}[${index}]`));
  return isObject(value) ? findMisfitIn(value, schema, at) : null;
}

function findMisfitIn(value: JsonObject, schema: JsonObject, at: string): string | null {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required.find((name) => typeof name === "string" && !Object.hasOwn(value, name));
  const path = (name: string): string => (at === "" ? name : `${at}.${name}`);
  if (typeof missing === "string") return `"${path(missing)}" is missing.`;
  return findFirst(Object.entries(value), ([name, each]) => {
    if (Object.hasOwn(properties, name)) return findMisfit(each, properties[name], path(name));
    const isClosed = schema["additionalProperties"] === false && schema["patternProperties"] === undefined;
    return isClosed ? `There is no "${path(name)}".` : null;
  });
}

function typesOf(schema: JsonObject): readonly string[] {
  const type = schema["type"];
  const types = Array.isArray(type) ? type : [type];
  return types.filter((each) => typeof each === "string");
}

function isOfType(value: Json, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isSafeInteger(value);
  return typeof value === type || !["string", "number", "boolean"].includes(type);
}

function findFirst<T>(list: readonly T[], find: (each: T, index: number) => string | null): string | null {
  for (const [index, each] of list.entries()) {
    const found = find(each, index);
    if (found !== null) return found;
  }
  return null;
}
