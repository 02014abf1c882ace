/**
 * What `sovereign bench` found, in the home's `measured.json`: for each model and where it ran, how long its first token takes and how many come a second, by how
 * long the prompt was. It takes the place of estimates as long as that model runs at that place.
 */
import { join } from "node:path";
import { bytesToUtf8, utf8ToBytes } from "#crypto/bytes.ts";
import { fileStamp, readFileIfThere, writeFileWhole } from "../home.ts";
import { measuredModelsMax, measuredRowsMax } from "./limits.ts";

export interface Measurement {
  readonly promptTokens: number;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
}

export interface MeasuredModel {
  readonly model: string;
  /** In words, as the pool has it. */
  readonly where: string;
  /** ms since 1970. */
  readonly at: number;
  /** The shortest prompt first. */
  readonly rows: readonly Measurement[];
}

const fileOf = (home: string): string => join(home, "measured.json");

export function readMeasured(home: string): readonly MeasuredModel[] {
  try {
    const bytes = readFileIfThere(fileOf(home));
    const { models } = (bytes === null ? {} : JSON.parse(bytesToUtf8(bytes))) as { readonly models?: unknown };
    return Array.isArray(models) ? models.flatMap((each: unknown) => parseModel(each) ?? []) : [];
  } catch {
    // reason: what is no JSON measured nothing; the next bench writes it anew.
    return [];
  }
}

/** In the place of what was measured of that model before. */
export function keepMeasured(home: string, measured: MeasuredModel): void {
  const others = readMeasured(home).filter(({ model }) => model !== measured.model);
  const models = [measured, ...others].slice(0, measuredModelsMax);
  writeFileWhole(fileOf(home), utf8ToBytes(`${JSON.stringify({ models }, null, 2)}\n`));
}

/** Reads the file again when it has changed. */
export function followMeasured(home: string): (model: string, where: string) => Measurement | null {
  let [stamp, known] = ["", [] as readonly MeasuredModel[]];
  return (model, where) => {
    const now = fileStamp(fileOf(home));
    if (now !== stamp) [stamp, known] = [now, readMeasured(home)];
    const found = known.find((each) => each.model === model && each.where === where);
    return found?.rows[0] ?? null;
  };
}

function parseModel(value: unknown): MeasuredModel | null {
  const { model, where, at, rows } = (value ?? {}) as Partial<Record<keyof MeasuredModel, unknown>>;
  if (typeof model !== "string" || typeof where !== "string" || typeof at !== "number" || !Array.isArray(rows))
    return null;
  const read = rows.slice(0, measuredRowsMax).flatMap((row: unknown) => {
    const { promptTokens, firstTokenMs, tokensPerSecond } = (row ?? {}) as Partial<Record<keyof Measurement, unknown>>;
    return isCount(promptTokens) && isCount(firstTokenMs) && isCount(tokensPerSecond)
      ? { promptTokens, firstTokenMs, tokensPerSecond }
      : [];
  });
  return { model, where, at, rows: read };
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;
