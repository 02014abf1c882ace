import { describe, expect, it } from "vitest";
import { laterTables } from "../chat/laterWords.ts";
import { CryptoError } from "#crypto/errors.ts";
import { VaultError } from "#sync/errors.ts";
import { createAlarm } from "#sync/status.ts";
import { deviceTables } from "../devices/words.ts";
import { artifactTables } from "../artifacts/words.ts";
import { keepingTables } from "../keeping/words.ts";
import { memoryTables } from "../memory/words.ts";
import { readingTables } from "../reading/words.ts";
import { settingsTables } from "../settings/words.ts";
import { taskTables } from "../tasks/words.ts";
import { searchTables } from "../search/words.ts";
import { toolTables } from "../tools/words.ts";
import { unlockTables } from "../unlock/words.ts";
import { sayAlarm, sayRefusal, sayVaultError } from "./sayVault.ts";
import { english, loadLanguage, type Strings, t, tables } from "./strings.ts";

/** Every place of a table, and what stands there: words, a list of so many, or a function of so many things. */
function shapeOf(value: unknown, path = ""): string[] {
  if (typeof value === "string") return [`${path}: words`];
  if (typeof value === "function") return [`${path}: of ${value.length}`];
  if (Array.isArray(value)) return [`${path}: list of ${value.length}`];
  return Object.entries(value as object).flatMap(([key, inner]) => shapeOf(inner, `${path}.${key}`));
}

/** The words themselves, with something put into each that asks for it. */
function wordsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "function") {
    const call = value as (...given: unknown[]) => string;
    return [0, 1, 2].map((number) => call(...Array.from({ length: call.length }, () => number)));
  }
  return Object.values(value as object).flatMap(wordsOf);
}

describe("the words of the page", () => {
  const languages = Object.entries(tables);
  const laterParts: readonly Readonly<Record<string, object>>[] = [
    ...[deviceTables, laterTables, memoryTables, readingTables, settingsTables],
    ...[artifactTables, keepingTables, searchTables, taskTables, toolTables, unlockTables],
  ];

  it.each(languages)("%s says everything that English says, and nothing else", async (name, load) => {
    const table = await load();
    expect(shapeOf(table).sort()).toEqual(shapeOf(english).sort());
    for (const later of laterParts) expect(shapeOf(later[name]).sort()).toEqual(shapeOf(later["en"]).sort());
    expect(table.language).toBe(name);
  });

  it.each(languages)("%s leaves nothing unsaid and nothing half said", async (name, load) => {
    const tablesOf = [await load(), ...laterParts.map((later) => later[name])];
    for (const words of tablesOf.flatMap(wordsOf)) {
      expect(words).not.toMatch(/undefined|NaN|\[object|!|✨|\bAI\b|\bKI\b/);
      expect(words.trim()).toBe(words);
      expect(words).not.toBe("");
    }
  });

  it("hold for what the vault says itself, by its code, and leave the rest as it came", async () => {
    const wrong = new VaultError("wrong-secret", "x");
    const alarm = createAlarm("FULL", null);
    await loadLanguage(["en"]);
    expect([sayVaultError(wrong), sayAlarm(alarm)]).toEqual([wrong.ownerSentence, alarm.says]);
    await loadLanguage(["de"]);
    expect(sayVaultError(wrong)).toMatch(/entsperren/);
    expect(sayAlarm(alarm)).toMatch(/Platz/);
    expect(sayVaultError(new CryptoError("locked", "x"))).not.toBe(sayVaultError(new VaultError("locked", "x")));
    expect(sayRefusal("This host belongs to another vault.")).toMatch(/Tresor/);
    expect(sayRefusal("constructor")).toBe("constructor");
    expect(sayVaultError({ ownerSentence: "A sentence of the page" })).toBe("A sentence of the page");
    expect(sayVaultError(new TypeError("x"))).toBeNull();
    await loadLanguage(["en"]);
  });

  it("are those of the first language wanted that there is a table for", async () => {
    const now = async (...wanted: string[]): Promise<Strings["language"]> => {
      await loadLanguage(wanted);
      return t.language;
    };
    expect(await now("fr-FR", "de-AT", "en")).toBe("de");
    expect(await now("en-GB", "de")).toBe("en");
    expect(await now("fr")).toBe("en");
    expect(await now("constructor")).toBe("en");
    expect(await now()).toBe("en");
  });
});
