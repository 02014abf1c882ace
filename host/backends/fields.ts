/** Reading JSON that a stranger wrote: any field may be missing, of another kind, or absurd. Nothing here throws. */

/** An own property of an object, or undefined. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The list, cut at `max`; of anything else, an empty one. */
export function readList(value: unknown, max: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}

export function readText(value: unknown, charsMax: number): string {
  return typeof value === "string" && value.length <= charsMax ? value : "";
}
