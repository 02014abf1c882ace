/**
 * What a model is shown of a chat's artifacts with the next question: those that the person has at hand, those that were made in the chat,
 * and those that it was shown before. Reading one takes Automerge, so what was read is kept as long as nothing comes to it.
 */
import { encodeStateVector } from "yjs";
import { bytesToHex } from "#crypto/bytes.ts";
import { isTemporaryDoc, type AuthorId, type DocId } from "#crypto/ids.ts";
import type { Catalog } from "./docs/catalog.ts";
import { readShownArtifacts, writeShownArtifacts, type ShownArtifact } from "./docs/shownArtifacts.ts";
import type { Chat } from "./docs/chat.ts";
import { artifactShownCharsMax, artifactsShownMax, artifactsShownMs } from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { OpenDoc } from "./vaultTypes.ts";
import type { Artifact } from "./artifacts/artifact.ts";

export interface ArtifactsForModelOptions {
  readonly clock: Clock;
  readonly device: AuthorId;
  readonly catalog: Catalog;
  readonly openArtifact: (id: DocId) => Promise<OpenDoc<Artifact>>;
}

/** Puts them into the chat; `null`: there are none, and were none. */
export type ShowArtifacts = ((chat: Chat) => void) | null;

export interface ArtifactsForModel {
  /** `chat`: the chat, where it is open already. */
  prepare(doc: DocId, chat: Chat | null, atHand: readonly DocId[]): Promise<ShowArtifacts>;
}

export function createArtifactsForModel(options: ArtifactsForModelOptions): ArtifactsForModel {
  const { clock, device, catalog } = options;
  const list = catalog.artifacts;
  const known = new Map<DocId, { readonly state: string; readonly heads: readonly string[]; readonly text: string }>();

  async function read(id: DocId): Promise<ShownArtifact | null> {
    const entry = list.entry(id);
    if (entry === null || entry.deletedAt !== null) return null;
    const { value, yDoc, close } = await options.openArtifact(id);
    try {
      value.settle();
      const state = bytesToHex(encodeStateVector(yDoc));
      const before = known.get(id);
      const now = before?.state === state ? before : { state, heads: [...value.heads()], text: value.text() };
      known.set(id, now);
      if (now.text.length > artifactShownCharsMax) return null;
      const { title, kind, language } = entry;
      return { id, title, kind, language, heads: now.heads, text: now.text };
    } finally {
      close();
    }
  }

  return {
    prepare: async (doc, chat, atHand) => {
      if (isTemporaryDoc(doc)) return null;
      const made = list.all().filter((entry) => entry.chat === doc);
      const before = chat === null ? [] : readShownArtifacts(chat.doc, device).map(({ id }) => id);
      const ids = [...new Set([...atHand, ...made.map(({ id }) => id), ...before])].slice(0, artifactsShownMax);
      if (ids.length === 0) return null;
      let cancel = (): void => {};
      const late = new Promise<null>((done) => (cancel = clock.after(artifactsShownMs, () => done(null))));
      const readAll = Promise.all(
        ids.map((id) =>
          read(id).catch(() => {
            // reason: one that does not open now says so where it is shown; the question goes on without it.
            return null;
          }),
        ),
      );
      const shown = await Promise.race([readAll, late]);
      cancel();
      if (shown === null) return null;
      return ({ doc: yDoc }) =>
        writeShownArtifacts(
          yDoc,
          device,
          shown.flatMap((each) => each ?? []),
        );
    },
  };
}
