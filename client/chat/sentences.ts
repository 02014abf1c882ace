/** What a screen reader is told while an answer streams in: whole sentences, a few at a time, never tokens. */

export interface SentenceFeed {
  /** The sentences that are whole now and were not before; empty when there are none. */
  take(text: string, isComplete: boolean): string;
}

/** `skip`: what was there already, which nobody needs to hear again. */
export function createSentenceFeed(skip: number): SentenceFeed {
  let spoken = skip;
  return {
    take: (text, isComplete) => {
      const rest = text.slice(spoken);
      const end = isComplete ? rest.length : lastSentenceEnd(rest);
      spoken += end;
      return plainWords(rest.slice(0, end));
    },
  };
}

function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…]["”’)\]]?(?=\s)|[。！？]|\n+/gu)) end = match.index + match[0].length;
  return end;
}

/** Marks of Markdown are drawn, not read out. */
function plainWords(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\[\^[^\]\s]{1,64}\]:?/g, "")
    .replace(/^[ \t]*(?:#{1,6}|[-*+>]|```\S*)[ \t]*/gm, "")
    .replace(/[*_`~|]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
