/** What of a vault is there for a key: its projects, and what lies in them. Asked anew for each call, since labels, places and tombstones change. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { AgentScope } from "../gateway/keys.ts";

type Catalog = Vault["catalog"]["value"];
type Chat = ReturnType<Catalog["chats"]>[number];
type ArtifactEntry = ReturnType<Catalog["artifacts"]["all"]>[number];

export interface Lent {
  readonly projects: readonly { readonly id: DocId; readonly name: string }[];
  /** The newest first. */
  readonly chats: readonly Chat[];
  readonly artifacts: readonly ArtifactEntry[];
}

export function lentBy(catalog: Catalog, scope: AgentScope): Lent {
  // The label says who may see it, and who asks here is somebody else.
  const projects = catalog.projects.all().filter(({ id, isLocalOnly }) => scope.projects.includes(id) && !isLocalOnly);
  const isLent = (project: DocId | null): boolean => projects.some(({ id }) => id === project);
  const chats = catalog.chats().filter(({ project }) => isLent(project));
  return {
    projects,
    chats,
    artifacts: catalog.artifacts
      .all()
      .filter(({ project, chat }) => (project === null ? chats.some(({ id }) => id === chat) : isLent(project))),
  };
}
