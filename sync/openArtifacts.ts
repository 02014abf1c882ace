/**
 * The artifacts on this device: their docs are kept whole like all others. What is done with them (artifactActions.ts) is fetched with the first
 * that is made or opened, and a page of a vault without any loads nothing of it.
 */
import type { DocId } from "#crypto/ids.ts";
import type { ArtifactActions } from "./artifactActions.ts";
import { artifactOfAnswer } from "./docs/artifactOfAnswer.ts";
import type { Catalog } from "./docs/catalog.ts";
import { createOpenDocs, type OpenDocs } from "./openDocs.ts";
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

export function createOpenArtifacts(options: OpenArtifactsOptions): OpenArtifacts {
  const { context } = options;
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
  let actions: ArtifactActions | null = null;
  const load = async (): Promise<ArtifactActions> => {
    const { createArtifactActions } = await import("./artifactActions.ts");
    return (actions ??= createArtifactActions(options, docs));
  };
  return {
    docs,
    actions: {
      createArtifact: async (...of) => (await load()).createArtifact(...of),
      openArtifact: async (...of) => (await load()).openArtifact(...of),
      artifactOfAnswer,
    },
    settle: () => actions?.settle(),
    close: async () => {
      await actions?.close();
      await docs.close();
    },
  };
}
