/** Calls that a device answers (lookups.ts) come to few chats: what answers them is fetched with the first tool that is called. */
import type { DocId, RunId } from "#crypto/ids.ts";
import type { Chat } from "./docs/chat.ts";
import { runRoots } from "./docs/run.ts";
import type { Lookups, LookupsOptions } from "./lookups.ts";

export type NoteRuns = (doc: DocId, chat: Chat, runs: Iterable<RunId>) => void;

export function createLazyLookups(options: LookupsOptions): NoteRuns {
  let loading: Promise<Lookups> | null = null;
  return (doc, chat, runs) => {
    for (const run of runs) {
      if (!chat.doc.share.has(runRoots(run).steps)) continue;
      loading ??= import("./lookups.ts").then(({ createLookups }) => createLookups(options));
      loading.then(
        (lookups) => lookups.look(doc, chat, run),
        () => {
          // Without a network, say; the next word of the run tries again.
          loading = null;
        },
      );
    }
  };
}
