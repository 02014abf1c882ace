/** A table as text that other programs take. */
import type { Tokens } from "marked";
import { decodeEntities } from "./entities.ts";
import { tokensToText } from "./plainText.ts";

export function tableRows({ header, rows }: Tokens.Table): string[][] {
  return [header, ...rows].map((row) => row.map((cell) => decodeEntities(tokensToText(cell.tokens)).trim()));
}

/** RFC 4180. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(toCsvCell).join(",")).join("\r\n");
}

function toCsvCell(text: string): string {
  const safe = beginsFormula(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet would run it, and the words are the model's. Numbers with a sign are numbers. */
function beginsFormula(text: string): boolean {
  return /^[=@\t\r]/.test(text) || (/^[+-]/.test(text) && !/^[+-][\d.,\s%]+$/.test(text) && text.length > 1);
}

/** As it would be typed: the columns in line. */
export function toMarkdownTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", String.raw`\|`).replace(/\s*\n\s*/g, " ")));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const [head = [], ...rest] = cells;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join("\n");
}
