/** What is done with artifacts (openArtifacts.ts): making one, and opening one with its history. Automerge comes with the first that is opened, and not before. */
import type { Artifact } from "./artifacts/artifact.ts";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import { VaultError } from "./errors.ts";
import { artifactCharsMax } from "./limits.ts";
import type { OpenArtifactsOptions } from "./openArtifacts.ts";
import type { OpenDocs, OpenEntry } from "./openDocs.ts";
import type { Vault } from "./vaultTypes.ts";

export interface ArtifactActions extends Pick<Vault, "createArtifact" | "openArtifact"> {
  settle(): void;
  close(): Promise<void>;
}

interface Shown {
  readonly opening: Promise<Artifact>;
  artifact: Artifact | null;
  views: number;
}

export function createArtifactActions(options: OpenArtifactsOptions, docs: OpenDocs<null>): ArtifactActions {
  const { context, openCatalog } = options;
  const list = options.catalog.artifacts;
  const shown = new Map<DocId, Shown>();

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
    settle: () => {
      for (const { artifact } of shown.values()) artifact?.settle();
    },
    close: async () => {
      await Promise.all([...shown.values()].map(({ artifact }) => artifact?.close()));
    },
  };
}
