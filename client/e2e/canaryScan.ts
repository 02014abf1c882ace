/**
 * Looks for a sentence in files, in every form in which software commonly keeps text. It also opens what hides text from a
 * plain search: the snappy blocks of LevelDB tables, snappy and gzip values. `canaryScan.spec.ts` proves that it finds each.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { compressedValues, isLevelDbTable, tableBlocks } from "./levelDb.ts";

export interface CanaryForm {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Finding {
  readonly where: string;
  readonly form: string;
}

/** Base64 of the sentence wherever it starts in a longer text: only the characters that no neighbour can change. */
function base64Forms(text: string): CanaryForm[] {
  const forms: CanaryForm[] = [];
  for (const before of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text, "utf8")]);
    const firstWhole = before === 0 ? 0 : 4;
    const lastWhole = Math.floor(bytes.length / 3) * 4;
    const standard = bytes.toString("base64").slice(firstWhole, lastWhole);
    forms.push({ name: `base64 at ${before}`, bytes: Buffer.from(standard) });
    const forUrls = standard.replaceAll("+", "-").replaceAll("/", "_");
    if (forUrls !== standard) forms.push({ name: `base64url at ${before}`, bytes: Buffer.from(forUrls) });
  }
  return forms;
}

export function canaryForms(text: string): CanaryForm[] {
  const utf8 = Buffer.from(text, "utf8");
  return [
    { name: "UTF-8", bytes: utf8 },
    { name: "UTF-16LE", bytes: Buffer.from(text, "utf16le") },
    { name: "UTF-16BE", bytes: Buffer.from(text, "utf16le").swap16() },
    { name: "hex", bytes: Buffer.from(utf8.toString("hex")) },
    { name: "HEX", bytes: Buffer.from(utf8.toString("hex").toUpperCase()) },
    { name: "percent", bytes: Buffer.from(encodeURIComponent(text)) },
    ...base64Forms(text),
  ];
}

/** Every form found in these bytes, or in what they hold in compressed form. */
export function scanBytes(where: string, bytes: Buffer, forms: readonly CanaryForm[]): Finding[] {
  const findings: Finding[] = [];
  const look = (place: string, part: Buffer): void => {
    for (const form of forms) if (part.includes(form.bytes)) findings.push({ where: place, form: form.name });
  };
  look(where, bytes);
  for (const [index, block] of (isLevelDbTable(bytes) ? tableBlocks(bytes) : [bytes]).entries()) {
    if (block !== bytes) look(`${where} (table block ${index})`, block);
    for (const value of compressedValues(block)) look(`${where} (snappy value)`, value);
    for (const value of gzipMembers(block)) look(`${where} (gzip)`, value);
  }
  return findings;
}

export function scanFolder(folder: string, forms: readonly CanaryForm[]): Finding[] {
  return filesUnder(folder).flatMap((file) => scanBytes(relative(folder, file), readFileSync(file), forms));
}

/** Sockets and locks are no files; links lead to files that are listed themselves. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function gzipMembers(bytes: Buffer): Buffer[] {
  const members: Buffer[] = [];
  for (
    let at = bytes.indexOf("\x1f\x8b\x08", 0, "latin1");
    at !== -1;
    at = bytes.indexOf("\x1f\x8b\x08", at + 1, "latin1")
  ) {
    try {
      members.push(
        gunzipSync(bytes.subarray(at), {
          finishFlush: 2 /* Z_SYNC_FLUSH: what follows the member is not ours to judge */,
        }),
      );
    } catch {
      // Three bytes that only looked like a beginning.
    }
  }
  return members;
}
