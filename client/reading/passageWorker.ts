/**
 * The worker that holds the indexes of files: of projects, and of chats in which files were attached. It has no key: what it packs is
 * sealed by the vault.
 */
import {
  createPassageIndex,
  type FoundPassage,
  type IndexedText,
  parsePassageIndex,
  type PassageIndex,
  type PassageQuestion,
} from "./passageIndex.ts";

/** `scope`: whose files. */
export type PassageRequest = { readonly id: number; readonly scope: string } & (
  | { readonly kind: "load"; readonly packed: Uint8Array<ArrayBuffer> }
  | { readonly kind: "put"; readonly text: IndexedText }
  | { readonly kind: "retain"; readonly files: readonly string[] }
  | { readonly kind: "search"; readonly question: PassageQuestion }
  | { readonly kind: "save" }
);

export type PassageReply = { readonly id: number } & (
  | { readonly kind: "done" }
  /** The files that are indexed now. */
  | { readonly kind: "files"; readonly files: readonly string[] }
  | { readonly kind: "found"; readonly passages: readonly FoundPassage[] }
  | { readonly kind: "packed"; readonly packed: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed" }
);

type Answer = PassageReply extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

const indexes = new Map<string, PassageIndex>();

addEventListener("message", ({ data }: MessageEvent<PassageRequest>) => {
  answer(data).then(
    (reply) => postMessage({ ...reply, id: data.id }),
    () => postMessage({ id: data.id, kind: "failed" } satisfies PassageReply),
  );
});

async function answer(request: PassageRequest): Promise<Answer> {
  const index = indexes.get(request.scope) ?? createPassageIndex();
  indexes.set(request.scope, index);
  switch (request.kind) {
    case "load": {
      const loaded = parsePassageIndex(await unpack(request.packed)) ?? index;
      indexes.set(request.scope, loaded);
      return { kind: "files", files: loaded.files };
    }
    case "put":
      index.put(request.text);
      return { kind: "done" };
    case "retain":
      index.retain(request.files);
      return { kind: "files", files: index.files };
    case "search":
      return { kind: "found", passages: index.search(request.question) };
    case "save":
      return { kind: "packed", packed: await pack(index.toJson()) };
  }
}

async function pack(json: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([json]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}
