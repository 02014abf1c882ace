/** What a host's ledger says, a row for each call: the entry before it, the one after it, or the one that says why nothing was done. */
import type { AuthorId, DocId } from "#crypto/ids.ts";
import { parseDocId } from "#crypto/ids.ts";
import { callEnds, type CallView } from "#sync/docs/toolSteps.ts";
import { type ToolClass, toolClasses } from "#sync/docs/toolPolicy.ts";
import type { LedgerEntry } from "#sync/ledgerReading.ts";

export interface AuditRow {
  readonly host: AuthorId;
  /** Of its first entry, and of its last. */
  readonly first: number;
  readonly last: number;
  readonly at: number;
  readonly name: string;
  readonly class: ToolClass;
  readonly target: string;
  readonly arguments: string;
  readonly cut: number;
  /** Where it was asked for; `null`: the entry does not say. */
  readonly doc: DocId | null;
  readonly model: string;
  /** "policy", a device's id, or "" where nothing was done. */
  readonly by: string;
  readonly status: CallView["status"];
  readonly ms: number | null;
}

export interface AuditRows {
  /** The newest first. */
  readonly rows: readonly AuditRow[];
  /** Entries that this device cannot open: they are older than it. */
  readonly sealed: number;
}

export function readAuditRows(host: AuthorId, entries: readonly LedgerEntry[]): AuditRows {
  const rows = new Map<string, AuditRow>();
  let sealed = 0;
  for (const { n, at, text } of entries) {
    const fields = text === null ? null : parse(text);
    if (fields === null) {
      sealed += 1;
      continue;
    }
    const call = words(fields["call"], 64) || `entry ${n}`;
    const known = rows.get(call);
    if (known !== undefined) rows.set(call, { ...known, last: n, ...readEnd(fields) });
    else rows.set(call, { host, first: n, last: n, at, ...readCall(fields), ...readEnd(fields) });
  }
  return { rows: [...rows.values()].toSorted((a, b) => b.first - a.first), sealed };
}

export interface AuditFilter {
  /** "" for all of them. */
  readonly tool: string;
  /** A chat's or a project's id. */
  readonly place: string;
  readonly status: string;
  /** As a date field has it, in this device's time. */
  readonly day: string;
}

export const noFilter: AuditFilter = { tool: "", place: "", status: "", day: "" };

export function filterRows(
  rows: readonly AuditRow[],
  { tool, place, status, day }: AuditFilter,
  projectOf: (chat: DocId) => DocId | null,
): readonly AuditRow[] {
  return rows.filter(
    (row) =>
      (tool === "" || row.name === tool) &&
      (status === "" || row.status === status) &&
      (day === "" || dayOf(row.at) === day) &&
      (place === "" || (row.doc !== null && (row.doc === place || projectOf(row.doc) === place))),
  );
}

/** "2026-11-21", in this device's time. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Of a chat that the catalog has, and what to say where it has none. */
export function titleOf(entry: { readonly title: string } | null, otherwise: string): string {
  return entry === null || entry.title === "" ? otherwise : entry.title;
}

/** A line of JSON for each entry, as `sovereign audit export` writes it. */
export function exportLines(entries: readonly LedgerEntry[]): string {
  return entries
    .map(({ n, at, text }) => {
      const what = text === null ? { sealed: true } : (parse(text) ?? { unreadable: true });
      return `${JSON.stringify({ n, at: new Date(at).toISOString(), ...what })}\n`;
    })
    .join("");
}

function readCall(
  fields: Record<string, unknown>,
): Omit<AuditRow, "host" | "first" | "last" | "at" | "status" | "ms" | "by"> {
  return {
    name: words(fields["name"], 200),
    class: toolClasses.find((each) => each === fields["class"]) ?? "costs-money",
    target: words(fields["target"], 2_000),
    arguments: words(fields["arguments"], 40_000),
    cut: count(fields["cut"]) ?? 0,
    doc: parseDocId(words(fields["doc"], 64)),
    model: words(fields["model"], 200),
  };
}

/** Begun and never ended: the host died, or is at it now. */
function readEnd(fields: Record<string, unknown>): Pick<AuditRow, "status" | "ms" | "by"> {
  const end = callEnds.find((each) => each === fields["end"]);
  const by = fields["what"] === "not-done" ? "" : words(fields["by"], 64);
  return { status: end ?? "may-have-run", ms: count(fields["ms"]), by };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    // reason: signed by the host all the same, and shown as what it is.
    return null;
  }
}

const words = (value: unknown, charsMax: number): string =>
  typeof value === "string" ? value.slice(0, charsMax).toWellFormed() : "";

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
