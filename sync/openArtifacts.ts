/**
 * The artifacts on this device: their docs are kept whole like all others, and one that a person looks at is opened with its history.
 * Automerge comes with the first that is opened, and not before.
 */
import type { Artifact } from "./artifacts/artifact.ts";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import { artifactOfAnswer } from "./docs/artifactOfAnswer.ts";
import type { Catalog } from "./docs/catalog.ts";
import { VaultError } from "./errors.ts";
import { artifactCharsMax } from "./limits.ts";
import { createOpenDocs, type OpenDocs, type OpenEntry } from "./openDocs.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import type { Vault } from "./vaultTypes.ts";

export interface OpenArtifacts {
  readonly docs: OpenDocs<null>;
  readonly actions: Pick<Vault, "createArtifact" | "openArtifact" | "artifactOfAnswer">;
  /** What was typed in open artifacts is handed to their docs, in this turn. */
  settle(): void;
  close(): Promise<void>;
}

export interface OpenArtifactsOptions {
  readonly context: ReplicaContext;
  readonly catalog: Catalog;
  readonly openCatalog: Replica;
  readonly onStatus: (doc: DocId) => void;
  readonly onCommitted: (doc: DocId) => void;
  readonly onClosed: (replica: Replica) => void;
  readonly isClosed: () => boolean;
}

interface Shown {
  readonly opening: Promise<Artifact>;
  artifact: Artifact | null;
  views: number;
}

export function createOpenArtifacts(options: OpenArtifactsOptions): OpenArtifacts {
  const { context, openCatalog } = options;
  const list = options.catalog.artifacts;
  const shown = new Map<DocId, Shown>();
  const docs = createOpenDocs<null>({
    clock: context.clock,
    contextOf: () => context,
    eventsOf: (doc) => ({
      onStatus: () => options.onStatus(doc),
      onAccepted: () => {},
      onCommitted: () => options.onCommitted(doc),
    }),
    createValue: () => null,
    isBusy: ({ replica }) => replica.status().pending + replica.status().unsaved > 0,
    onClosed: ({ replica }) => options.onClosed(replica),
  });

  const requireOpen = (): void => {
    if (options.isClosed()) throw new VaultError("closed", "vault");
  };

  async function start(id: DocId, entry: OpenEntry<null>): Promise<Artifact> {
    const [{ loadEngine }, { openArtifact }] = await Promise.all([
      import("./artifacts/engine.ts"),
      import("./artifacts/artifact.ts"),
    ]);
    const { awareness } = entry.replica;
    const artifact = await openArtifact({
      id,
      doc: entry.replica.yDoc,
      engine: await loadEngine(),
      clock: context.clock,
      keys: context.keys,
      signKeyOf: (device) => context.roster().members.get(device)?.signKey ?? null,
      onDamaged: () => options.onStatus(id),
      isReadAlong: () => [...awareness.getStates().keys()].some((each) => each !== entry.replica.yDoc.clientID),
      slip: { ...entry.replica.slip, flush: () => entry.replica.flush() },
    });
    // Whoever comes to look sees what was typed by then.
    const onPresence = ({ added }: { readonly added: readonly number[] }): void => {
      if (added.length > 0) artifact.settle();
    };
    awareness.on("change", onPresence);
    return {
      ...artifact,
      close: () => {
        awareness.off("change", onPresence);
        return artifact.close();
      },
    };
  }

  async function retain(id: DocId): Promise<[OpenEntry<null>, Artifact]> {
    const entry = await docs.retain(id);
    const place = shown.get(id) ?? { opening: start(id, entry), artifact: null, views: 0 };
    shown.set(id, place);
    place.views += 1;
    try {
      place.artifact = await place.opening;
      return [entry, place.artifact];
    } catch (cause) {
      await release(id);
      throw cause instanceof VaultError ? cause : new VaultError("storage", "artifact", { cause });
    }
  }

  async function release(id: DocId): Promise<void> {
    const place = shown.get(id);
    if (place === undefined) return;
    place.views -= 1;
    if (place.views === 0) {
      shown.delete(id);
      await place.artifact?.close();
    }
    docs.release(id);
  }

  return {
    docs,
    actions: {
      createArtifact: async ({ text = "", id = docIdFromBytes(context.random(16)), by, fork, ...artifact }) => {
        requireOpen();
        if (list.entry(id) !== null) return id;
        if (text.length > artifactCharsMax) throw new VaultError("long-artifact", "artifact");
        const { replica } = await docs.retain(id, { isNew: true });
        try {
          // Its key is kept before the catalog names it.
          await replica.flush();
          if (fork !== undefined) {
            const [{ loadEngine }, { writeFork }] = await Promise.all([
              import("./artifacts/engine.ts"),
              import("./artifacts/fork.ts"),
            ]);
            writeFork(replica.yDoc, { id, engine: await loadEngine(), fork });
            await replica.flush();
          } else if (text !== "") {
            const [, open] = await retain(id);
            // What a model made is made alike on every device that reads the answer.
            const filed = by === undefined ? null : open.propose({ kind: "whole", text }, open.heads(), by);
            if (filed === null) open.rewrite(text);
            else if (filed.kind === "filed") open.accept(filed.id);
            open.settle();
            await release(id);
            await replica.flush();
          }
          list.add(id, artifact, context.clock.now());
          await openCatalog.flush();
          return id;
        } finally {
          docs.release(id);
        }
      },
      openArtifact: async (id) => {
        requireOpen();
        if (list.entry(id) === null) throw new VaultError("unknown-doc", id);
        const [{ replica }, value] = await retain(id);
        let isOpen = true;
        return {
          value,
          yDoc: replica.yDoc,
          awareness: replica.awareness,
          close: () => {
            if (isOpen) void release(id);
            isOpen = false;
          },
        };
      },
      artifactOfAnswer,
    },
    settle: () => {
      for (const { artifact } of shown.values()) artifact?.settle();
    },
    close: async () => {
      await Promise.all([...shown.values()].map(({ artifact }) => artifact?.close()));
      await docs.close();
    },
  };
}
