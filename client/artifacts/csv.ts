/** Tables as text: RFC 4180, with the separator that the first line uses. What is not quite so is read as far as it goes. */

/** A page with more cells than this is no page any more. */
export const cellsShownMax = 20_000;

/** At most so many rows are read: the rest is in the text. */
export function readCsv(text: string, rowsMax = Infinity): readonly (readonly string[])[] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  const endCell = (): void => {
    row.push(cell);
    cell = "";
  };
  const endRow = (): void => {
    endCell();
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length && rows.length < rowsMax; at++) {
    const letter = text.charAt(at);
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (letter === '"' && cell === "") isQuoted = true;
    else if (letter === separator) endCell();
    else if (letter === "\n") endRow();
    else if (letter !== "\r" || text.charAt(at + 1) !== "\n") cell += letter;
  }
  if (rows.length < rowsMax && (cell !== "" || row.length > 0)) endRow();
  return rows;
}

function separatorOf(text: string): string {
  const head =
    text
      .slice(0, 10_000)
      .split("\n", 1)[0]
      ?.replace(/"[^"]*"/g, "") ?? "";
  const many = (mark: string): number => head.split(mark).length - 1;
  return [",", ";", "\t"].reduce((best, mark) => (many(mark) > many(best) ? mark : best));
}
