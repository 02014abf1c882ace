/**
 * Tool calls arrive in pieces, and servers disagree how: by `index`; without one, where a piece with an id begins the next call; or each
 * call whole in one piece. A call counts only when all of it came, its arguments are a JSON object, and its tool was offered.
 */
import type { ToolCall } from "./backend.ts";
import { field, readList, readText } from "./fields.ts";
import { toolArgumentsCharsMax, toolCallsMax } from "./limits.ts";

export interface ToolCallAssembler {
  /** `delta.tool_calls` of one chunk, whatever it is. */
  take(pieces: unknown): void;
  /** The answer has ended well: what is whole of it. */
  end(): ToolCall[];
  /** What came of each, believed or not. */
  texts(): { readonly name: string; readonly arguments: string }[];
}

interface Draft {
  id: string;
  name: string;
  text: string;
}

export function createToolCallAssembler(offered: readonly string[]): ToolCallAssembler {
  const drafts = new Map<number, Draft>();
  let last = -1;

  function takePiece(piece: unknown): void {
    const id = readText(field(piece, "id"), 200);
    const index = field(piece, "index");
    const isNumbered = typeof index === "number" && Number.isSafeInteger(index) && index >= 0 && index < toolCallsMax;
    // A number out of range belongs to no call. Without one, a new id is a new call and anything else goes on with the last.
    if (index !== undefined && index !== null && !isNumbered) return;
    const begins = id !== "" && drafts.get(last)?.id !== id;
    const at = isNumbered ? index : begins || last === -1 ? last + 1 : last;
    if (at >= toolCallsMax) return;
    last = at;
    const draft = drafts.get(at) ?? { id: "", name: "", text: "" };
    const called = field(piece, "function");
    const given = field(called, "arguments");
    draft.id ||= id;
    draft.name ||= readText(field(called, "name"), 200);
    // Ollama hands over an object, the others its text.
    const text =
      typeof given === "string" ? given : typeof given === "object" && given !== null ? JSON.stringify(given) : "";
    draft.text = (draft.text + text).slice(0, toolArgumentsCharsMax + 1);
    drafts.set(at, draft);
  }

  const inOrder = (): [number, Draft][] => [...drafts.entries()].sort(([a], [b]) => a - b);

  return {
    take: (pieces) => {
      for (const piece of readList(pieces, toolCallsMax)) takePiece(piece);
    },
    texts: () => inOrder().map(([, { name, text }]) => ({ name, arguments: text })),
    end: () =>
      inOrder().flatMap(([at, draft]) => {
        const parsed = parseObject(draft.text);
        if (!offered.includes(draft.name) || parsed === null) return [];
        return [{ id: draft.id || `call-${at}`, name: draft.name, arguments: parsed }];
      }),
  };
}

function parseObject(text: string): object | null {
  if (text.length > toolArgumentsCharsMax) return null;
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
