/** Where each doc of an open vault is: the catalog, or among the chats, the projects or the artifacts. */
import type { DocId } from "#crypto/ids.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Replica } from "./replicaTypes.ts";

export interface DocTable {
  /** The owner has it: listed, or a temporary chat. */
  isKnown(doc: DocId): boolean;
  docsOf(doc: DocId): OpenDocs<unknown>;
  /** All of them as one. */
  readonly docs: Pick<OpenDocs<unknown>, "retain" | "release" | "get" | "isFree">;
  /** `null`: it is not open. */
  replicaOf(doc: DocId): Replica | null;
  /** All that are open, the catalog first. */
  replicas(): readonly Replica[];
}

interface Room {
  readonly docs: OpenDocs<unknown>;
}

export interface DocTableOptions {
  readonly catalog: Catalog;
  readonly openCatalog: Replica;
  readonly chats: Room;
  readonly projects: Room;
  readonly artifacts: Room;
  readonly temporary: { has(doc: DocId): boolean };
}

export function createDocTable({
  catalog,
  openCatalog,
  chats,
  projects,
  artifacts,
  temporary,
}: DocTableOptions): DocTable {
  const docsOf = (doc: DocId): OpenDocs<unknown> => {
    if (catalog.projects.entry(doc) !== null) return projects.docs;
    return catalog.artifacts.entry(doc) === null ? chats.docs : artifacts.docs;
  };

  return {
    isKnown: (doc) => catalog.entry(doc) !== null || temporary.has(doc),
    docsOf,
    docs: {
      retain: (doc) => docsOf(doc).retain(doc),
      release: (doc) => docsOf(doc).release(doc),
      get: (doc) => docsOf(doc).get(doc),
      isFree: (doc) => docsOf(doc).isFree(doc),
    },
    replicaOf: (doc) => (doc === openCatalog.doc ? openCatalog : (docsOf(doc).get(doc)?.replica ?? null)),
    replicas: () => {
      const open = [chats.docs, projects.docs, artifacts.docs].flatMap((docs) => docs.all());
      return [openCatalog, ...open.map(({ replica }) => replica)];
    },
  };
}
