/** Up to the first empty line: what the parser looks for in a paragraph is not looked for in all that comes after it, once for each paragraph. */
export function firstParagraph(text: string): string {
  const gap = text.search(/\n[ \t]*\n/);
  return gap < 0 ? text : text.slice(0, gap + 1);
}
