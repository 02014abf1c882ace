/**
 * Sentences and help within a terminal's width, between words: a terminal by itself cuts them in the middle of one. What was wrapped at a wider margin in the source is joined first; a list's lines
 * hang behind their names. Only for what is read, not for what is copied: a command that was cut in two would be two.
 */
const sourceColumns = 96;
/** What is narrower has no room for a list's names, and is left as it is. */
const columnsMin = 40;

export function wrapText(text: string, columns: number | undefined): string {
  if (columns === undefined || columns < columnsMin) return text;
  return joined(text.split("\n"))
    .flatMap((line) => wrapLine(line, columns - 1))
    .join("\n");
}

/** Sentences alone: what is indented may be lines to paste. */
export function wrapSentences(text: string, columns: number | undefined): string {
  const lines = text.split("\n");
  return lines.map((line) => (/^\s/.test(line) ? line : wrapText(line, columns))).join("\n");
}

/** A line that was cut at the source's margin goes on in the next one, if that begins where its words do. */
function joined(lines: readonly string[]): readonly string[] {
  const out: string[] = [];
  let wasLong = false;
  for (const line of lines) {
    const last = out.at(-1);
    const goesOn = wasLong && last !== undefined && line.trim() !== "" && indentOf(line) === hangOf(last);
    if (goesOn) out[out.length - 1] = `${last} ${line.trim()}`;
    else out.push(line);
    wasLong = line.length >= sourceColumns && !line.startsWith("Usage:");
  }
  return out;
}

function wrapLine(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line];
  const hang = Math.min(hangOf(line), Math.floor(columns / 2));
  const lines: string[] = [];
  let now = line.slice(0, hangOf(line));
  let isEmpty = true;
  for (const word of line.slice(hangOf(line)).split(" ")) {
    if (!isEmpty && now.length + 1 + word.length > columns) {
      lines.push(now);
      now = " ".repeat(hang);
      isEmpty = true;
    }
    now += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, now];
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Where its words begin: behind the name of a list's line, which two spaces end. */
function hangOf(line: string): number {
  const name = /^ +\S+(?: \S+)* {2,}(?=\S)/.exec(line);
  return name === null ? indentOf(line) : name[0].length;
}
