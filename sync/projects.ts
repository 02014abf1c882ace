/** The projects that are open on this device, and what a person does with them. */
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import type { Catalog } from "./docs/catalog.ts";
import { createProject, type Project } from "./docs/project.ts";
import { createMemory, sayFacts } from "./docs/memory.ts";
import { sayRedactionRules } from "./docs/redactionRules.ts";
import { createTasks } from "./docs/tasks.ts";
import { noTerms, sayToolRules, type Terms } from "./docs/terms.ts";
import { VaultError } from "./errors.ts";
import { createOpenDocs, openForView, type OpenDocs } from "./openDocs.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import type { Vault } from "./vaultTypes.ts";

export interface Projects {
  readonly docs: OpenDocs<Project>;
  readonly actions: Pick<Vault, "createProject" | "openProject">;
  /** What a host is to hold to in this chat now. */
  termsOf(chat: DocId): Promise<Terms>;
}

export interface ProjectsOptions {
  readonly context: ReplicaContext;
  readonly catalog: Catalog;
  readonly openCatalog: Replica;
  readonly onStatus: (doc: DocId) => void;
  readonly onCommitted: (doc: DocId) => void;
  readonly onClosed: (replica: Replica) => void;
  readonly isClosed: () => boolean;
}

export function createProjects(options: ProjectsOptions): Projects {
  const { context, catalog, openCatalog } = options;
  const docs = createOpenDocs<Project>({
    clock: context.clock,
    contextOf: () => context,
    eventsOf: (doc) => ({
      onStatus: () => options.onStatus(doc),
      onAccepted: () => {},
      onCommitted: () => options.onCommitted(doc),
    }),
    createValue: (replica) => createProject(replica.yDoc),
    isBusy: ({ replica }) => replica.status().pending + replica.status().unsaved > 0,
    onClosed: ({ replica }) => options.onClosed(replica),
  });

  return {
    docs,
    termsOf: async (chat) => {
      const entry = catalog.entry(chat);
      // A temporary chat is in no catalog, is told nothing that is remembered, and leaves nothing to remember.
      if (entry === null) return noTerms;
      const now = context.clock.now();
      const ofVault = createMemory(catalog.doc);
      const terms = { ...noTerms, memory: sayFacts([ofVault], now), proposesMemory: ofVault.proposes };
      const id = entry.project;
      const project = id === null ? null : catalog.projects.entry(id);
      if (id === null || project === null) {
        const hasTasks = createTasks(catalog.doc).list().length > 0;
        return { ...terms, takesTasks: true, hasTasks, tools: sayToolRules(catalog.doc) };
      }
      // A project's tools are its own matter: what the vault allows elsewhere is not allowed here.
      const { isLocalOnly } = project;
      if (project.deletedAt !== null) return { ...terms, isLocalOnly };
      try {
        const { value } = await docs.retain(id);
        docs.release(id);
        const memory = sayFacts([value.memory, ofVault], now);
        const { wantsArtifacts, isSourcesOnly } = value;
        return {
          ...terms,
          instructions: value.readInstructions(),
          isLocalOnly,
          isSourcesOnly,
          wantsArtifacts,
          hasFiles: value.files.list().length > 0,
          takesTasks: true,
          hasTasks: value.tasks.list().length > 0,
          memory,
          tools: sayToolRules(value.doc),
          redaction: sayRedactionRules(value.doc),
        };
      } catch {
        // reason: a project that does not open now says so where it is shown; its label holds all the same.
        return { ...terms, isLocalOnly };
      }
    },
    actions: {
      createProject: async (name, colour) => {
        if (options.isClosed()) throw new VaultError("closed", "vault");
        const id = docIdFromBytes(context.random(16));
        const { replica } = await docs.retain(id, { isNew: true });
        try {
          // Its key is kept before the catalog names it.
          await replica.flush();
          catalog.projects.add(id, name, colour, context.clock.now());
          await openCatalog.flush();
          return id;
        } finally {
          docs.release(id);
        }
      },
      openProject: async (id) => {
        if (options.isClosed()) throw new VaultError("closed", "vault");
        if (catalog.projects.entry(id) === null) throw new VaultError("unknown-doc", id);
        return openForView(docs, id);
      },
    },
  };
}
