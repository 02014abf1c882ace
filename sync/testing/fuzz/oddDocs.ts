/** Documents that are well formed to Yjs and to nobody else: any value under any key, as another version or a member in bad faith writes them. */
import * as Y from "yjs";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import { runRoots } from "../../docs/run.ts";

/** Bytes are read as a row of instructions, so that any bytes make a document. */
type Odd = (bytes: Uint8Array) => Uint8Array;

export function createOddChat(run: RunId, device: AuthorId): Odd {
  const whole = { role: "user", device, at: 5, run, question: "aa", answer: "ab", model: null };
  const keys = [
    "parent",
    "role",
    "device",
    "at",
    "text",
    "run",
    "question",
    "answer",
    "model",
    "stopAt",
    "withdrawnAt",
  ];
  const ids = ["aa", "ab", run, "__proto__", ""];
  const values = [run, device, "user", "assistant", "aa", "ab"];
  return createOdd(9, (doc, next) => {
    const roots = runRoots(run);
    const what = next();
    if (what % 5 === 0) doc.getMap<unknown>(roots.meta).set(oddMetaKey(next), oddValue(next, values));
    else if (what % 7 === 0) doc.getText(roots.text).insert(0, "words");
    else writeEntry(doc.getMap<unknown>(what % 2 === 0 ? "messages" : "requests"), ids, keys, next, values, whole);
  });
}

/** What a lane may write, and a little of what it may not. */
export function createOddLane(run: RunId, clientId: number): Odd {
  const roots = runRoots(run);
  return createOdd(clientId, (doc, next) => {
    const what = next();
    const text = doc.getText(what % 2 === 0 ? roots.text : roots.thinking);
    if (what < 150) text.insert(text.length, "words ".repeat(1 + (what % 3)));
    else if (what < 190) doc.getMap<unknown>(roots.meta).set(oddMetaKey(next), oddValue(next, ["done", "stopped"]));
    else if (what < 235) doc.getArray<unknown>(roots.steps).push([oddValue(next, ["cite"])]);
    else if (what < 240) text.insert(0, "before");
    else if (what < 245) text.delete(0, Math.min(1, text.length));
    else if (what < 250) doc.getText("draft").insert(0, "elsewhere");
    else text.format(0, Math.min(1, text.length), { bold: true });
  });
}

const oddMetaKey = (next: Next): string =>
  ["end", "error", "promptTokens", "label", "acceptedAt", "totalMs", "where", "other"][next() % 8] ?? "";

export function createOddCatalog(id: DocId, run: RunId): Odd {
  const keys = ["title", "autoTitle", "createdAt", "lastAt", "pinned", "archived", "deletedAt", "waiting", "__proto__"];
  return createOdd(8, (doc, next) =>
    writeEntry(doc.getMap<unknown>("chats"), [id, run, "not an id", ""], keys, next, [run, id, "A title"]),
  );
}

type Next = () => number;

/** `write` takes at least one byte each time. */
function createOdd(clientId: number, write: (doc: Y.Doc, next: Next) => void): Odd {
  return (bytes) => {
    const doc = new Y.Doc();
    doc.clientID = clientId;
    let at = 0;
    const next: Next = () => bytes[at++] ?? 0;
    doc.transact(() => {
      while (at < Math.min(bytes.length, 80)) write(doc, next);
    });
    return Y.encodeStateAsUpdate(doc);
  };
}

function writeEntry(
  root: Y.Map<unknown>,
  ids: readonly string[],
  keys: readonly string[],
  next: Next,
  values: readonly string[],
  whole: Readonly<Record<string, unknown>> = {},
): void {
  const id = ids[next() % ids.length] ?? "";
  const held = root.get(id);
  // Now and then something else stands where an entry belongs.
  if (next() % 16 === 0) return void root.set(id, oddValue(next, values));
  const entry: Y.Map<unknown> = held instanceof Y.Map ? held : new Y.Map<unknown>(Object.entries(whole));
  if (entry !== held) root.set(id, entry);
  entry.set(keys[next() % keys.length] ?? "", oddValue(next, values));
}

function oddValue(next: Next, values: readonly string[]): unknown {
  const choice = next();
  switch (choice % 12) {
    case 0:
      return null;
    case 1:
      return choice * 1_000;
    case 2:
      return -1;
    case 3:
      return Number.NaN;
    case 4:
      return choice % 24 < 12;
    case 5:
      return "\u0000\ud800 ‮ odd\n".repeat(1 + (choice % 5));
    case 6:
      return { code: choice, says: [choice] };
    case 7:
      return new Y.Text("some words");
    case 8:
      return new Y.Map<unknown>([[values[0] ?? "", true]]);
    case 9:
      return Y.Array.from<number | string>([1, "a"]);
    default:
      return values[choice % values.length] ?? "";
  }
}
