/**
 * Whether a call's arguments are what its tool says it takes: the part of JSON Schema that says what kinds of values stand where. Not a
 * validator that makes code of a schema: a server writes its schemas, and one that lies about them must not run anything here. What is
 * said beyond this (patterns, alternatives) the tool checks itself, as it must anyway.
 */
import { argumentsDepthMax, misfitsMax } from "./limits.ts";
import type { Json, JsonObject } from "./tool.ts";

/** What does not fit, for the model; empty where all does. */
export function findMisfits(args: Json, schema: Json): readonly string[] {
  const found: string[] = [];
  look(args, schema, "", 0, found);
  return found.slice(0, misfitsMax);
}

function look(value: Json, schema: Json, path: string, depth: number, found: string[]): void {
  const where = path === "" ? "The arguments" : `\`${path}\``;
  if (depth > argumentsDepthMax) return void found.push(`${where} are nested too deeply.`);
  if (!isObject(schema) || found.length >= misfitsMax) return;
  const kinds = [schema["type"] ?? []].flat().filter((kind): kind is string => typeof kind === "string");
  if (kinds.length > 0 && !kinds.some((kind) => isOfKind(value, kind)))
    return void found.push(`${where} must be of type ${kinds.join(" or ")}.`);
  const choices = schema["enum"] as readonly Json[] | undefined;
  if (Array.isArray(choices) && !choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value)))
    found.push(`${where} must be one of ${JSON.stringify(choices).slice(0, 300)}.`);
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries())
      look(item, schema["items"] ?? {}, `${path}[${index}]`, depth + 1, found);
  } else if (isObject(value)) lookInside(value, schema, path, depth, found);
}

function lookInside(value: JsonObject, schema: JsonObject, path: string, depth: number, found: string[]): void {
  const required = Array.isArray(schema["required"]) ? (schema["required"] as readonly Json[]) : [];
  for (const key of required)
    if (typeof key === "string" && !Object.hasOwn(value, key)) found.push(`\`${join(path, key)}\` is missing.`);
  const properties: JsonObject = isObject(schema["properties"]) ? schema["properties"] : {};
  for (const [key, item] of Object.entries(value as Record<string, Json>)) {
    const known = Object.hasOwn(properties, key);
    if (!known && schema["additionalProperties"] === false) found.push(`\`${join(path, key)}\` is not known here.`);
    look(item, known ? (properties[key] ?? {}) : {}, join(path, key), depth + 1, found);
  }
}

function isOfKind(value: Json, kind: string): boolean {
  if (kind === "null") return value === null;
  if (kind === "array") return Array.isArray(value);
  if (kind === "object") return isObject(value);
  if (kind === "integer") return Number.isSafeInteger(value);
  return typeof value === kind;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);
