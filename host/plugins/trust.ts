/** Whose plugins the owner uses: `HOME/tools/trust.json`, `{ "version": 1, "keys": [{ "name": "Ann", "key": "<64 hex>" }] }`. Empty at first, and then nothing is loaded. */
import { join } from "node:path";
import { prepareFolder, readFileIfThere, writeFileWhole } from "../home.ts";
import { isObject } from "../mcp/definitions.ts";
import { McpError } from "../mcp/errors.ts";
import { stateFileBytesMax, trustedMax } from "./limits.ts";

export interface TrustedKey {
  readonly name: string;
  readonly key: string;
}

export const trustFile = (home: string): string => join(home, "tools", "trust.json");

/** What does not read trusts nobody. */
export function readTrusted(home: string): readonly TrustedKey[] {
  const bytes = readFileIfThere(trustFile(home));
  if (bytes === null || bytes.length > stateFileBytesMax) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const keys = isObject(value) && value["version"] === 1 && Array.isArray(value["keys"]) ? value["keys"] : [];
    return keys.slice(0, trustedMax).flatMap((each: unknown) => {
      const { name, key }: Record<string, unknown> = isObject(each) ? each : {};
      return typeof name === "string" && typeof key === "string" && isKey(key) ? [{ name, key }] : [];
    });
  } catch {
    // reason: who is in a file that does not read is not known.
    return [];
  }
}

export function isTrusted(home: string, publisher: string): boolean {
  return readTrusted(home).some(({ key }) => key === publisher);
}

export function trust(home: string, name: string, key: string): void {
  const tidy = name.trim();
  if (tidy === "" || tidy.length > 64 || /\p{Cc}/u.test(tidy))
    throw new McpError("settings", "Give the publisher a short name.");
  if (!isKey(key))
    throw new McpError(
      "settings",
      "That is no key: it is 64 digits and letters from a to f, as the publisher shows it.",
    );
  const known = readTrusted(home);
  const same = known.find((each) => each.name === tidy || each.key === key);
  if (same !== undefined)
    throw new McpError("settings", `"${same.name}" is trusted already, with the key ${same.key}.`);
  if (known.length >= trustedMax) throw new McpError("settings", "That is more publishers than one can look after.");
  write(home, [...known, { name: tidy, key }]);
}

/** By name or key. `null`: there is none. */
export function distrust(home: string, nameOrKey: string): TrustedKey | null {
  const known = readTrusted(home);
  const gone = known.find(({ name, key }) => name === nameOrKey || key === nameOrKey) ?? null;
  if (gone !== null)
    write(
      home,
      known.filter((each) => each !== gone),
    );
  return gone;
}

function write(home: string, keys: readonly TrustedKey[]): void {
  prepareFolder(join(home, "tools"));
  writeFileWhole(trustFile(home), Buffer.from(`${JSON.stringify({ version: 1, keys }, null, 2)}\n`));
}

const isKey = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
