/** The worker that holds the index: what is found by is never on the page's own thread. It writes nothing anywhere. */
import { createSearchIndex, type SearchHit, type SearchMessage, type SearchQuestion } from "./searchIndex.ts";

export type SearchRequest = { readonly id: number } & (
  | { readonly kind: "put"; readonly chat: string; readonly messages: readonly SearchMessage[] }
  | { readonly kind: "retain"; readonly chat: string; readonly ids: readonly string[] }
  | { readonly kind: "forget"; readonly chat: string }
  | { readonly kind: "search"; readonly question: SearchQuestion }
  | { readonly kind: "save" }
  | { readonly kind: "load"; readonly parts: readonly PackedPart[] }
);

/** A part of the index, made small. */
export interface PackedPart {
  readonly id: number;
  readonly stamp: number;
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

export type SearchReply = { readonly id: number } &
  /** `size`: the messages that it holds now. */
  (
    | { readonly kind: "done"; readonly size: number }
    | { readonly kind: "hits"; readonly hits: readonly SearchHit[] }
    | { readonly kind: "parts"; readonly parts: readonly PackedPart[] }
    | { readonly kind: "failed" }
  );

const index = createSearchIndex();

addEventListener("message", ({ data }: MessageEvent<SearchRequest>) => {
  answer(data).then(
    (reply) => postMessage({ ...reply, id: data.id }),
    () => postMessage({ id: data.id, kind: "failed" } satisfies SearchReply),
  );
});

type Answer = SearchReply extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

async function answer(request: SearchRequest): Promise<Answer> {
  switch (request.kind) {
    case "put":
      index.put(request.chat, request.messages);
      return { kind: "done", size: index.size };
    case "retain":
      index.retain(request.chat, request.ids);
      return { kind: "done", size: index.size };
    case "forget":
      index.forget(request.chat);
      return { kind: "done", size: index.size };
    case "search":
      return { kind: "hits", hits: index.search(request.question) };
    case "save": {
      const parts: PackedPart[] = [];
      for (const { id, stamp, json } of index.takeChanged())
        parts.push({ id, stamp, bytes: json === null ? null : await pack(json) });
      return { kind: "parts", parts };
    }
    case "load": {
      const parts = [];
      for (const { id, stamp, bytes } of request.parts)
        parts.push({ id, stamp, json: bytes === null ? null : await unpack(bytes) });
      index.load(parts);
      return { kind: "done", size: index.size };
    }
  }
}

async function pack(json: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([json]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}
