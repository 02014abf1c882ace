/** An open vault as a face uses it (vaultTypes.ts): what its parts do, under one name, and what is asked of all docs together. */
import { isTemporaryDoc } from "#crypto/ids.ts";
import type { AnswerFiler } from "./answerFiler.ts";
import type { ChatActions } from "./chatActions.ts";
import type { ClosedDocs } from "./closedDocs.ts";
import type { Destroying } from "./destroying.ts";
import type { DeviceActions } from "./deviceActions.ts";
import type { LazyDirect } from "./direct/lazyDirect.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { DocTable } from "./docTable.ts";
import { VaultError } from "./errors.ts";
import { storeTriesMax } from "./limits.ts";
import type { Identity } from "./identity.ts";
import type { IdentityLock } from "./identityLock.ts";
import type { Membership } from "./membership.ts";
import type { Notices } from "./notices.ts";
import type { OpenArtifacts } from "./openArtifacts.ts";
import type { OpenChats } from "./openChats.ts";
import { openForView } from "./openDocs.ts";
import type { Projects } from "./projects.ts";
import type { Replica } from "./replicaTypes.ts";
import { temporaryStatus } from "./temporaryChats.ts";
import type { ToolActions } from "./toolActions.ts";
import { createVaultLock } from "./vaultLock.ts";
import { createVaultRecovery } from "./vaultRecovery.ts";
import type { Vault, VaultPorts } from "./vaultTypes.ts";

export interface VaultParts extends Pick<Vault, "files" | "cache" | "temporary" | "close"> {
  readonly ports: VaultPorts;
  readonly identity: Identity;
  readonly lock: IdentityLock;
  readonly membership: Membership;
  readonly catalog: Catalog;
  readonly openCatalog: Replica;
  readonly table: DocTable;
  readonly chats: OpenChats;
  readonly projects: Projects;
  readonly artifacts: OpenArtifacts;
  readonly filer: AnswerFiler;
  readonly devices: DeviceActions;
  readonly actions: ChatActions["actions"];
  readonly destroying: Destroying;
  readonly tools: ToolActions;
  readonly direct: LazyDirect;
  readonly notices: Notices;
  /** Of those that nobody has open. */
  readonly closedDocs: ClosedDocs;
  readonly isClosed: () => boolean;
}

export function createVaultHandle(parts: VaultParts): Vault {
  const { ports, identity, lock, membership, catalog, openCatalog, table, chats, artifacts, files, notices, isClosed } =
    parts;

  const vault: Vault = {
    ...parts.actions,
    ...parts.projects.actions,
    ...artifacts.actions,
    ...parts.filer.actions,
    ...parts.devices.actions,
    ...parts.tools,
    destroyProject: parts.destroying.destroyProject,
    decideUnkept: parts.destroying.decideUnkept,
    files,
    cache: parts.cache,
    temporary: parts.temporary,
    id: membership.roster().vault,
    deviceId: identity.keys.id,
    catalog: { value: catalog, yDoc: openCatalog.yDoc, awareness: openCatalog.awareness, close: () => {} },
    lock: createVaultLock(lock, async () => {
      await vault.close();
      const { sign, box } = identity.keys;
      for (const secret of [sign.secretKey, box.secretKey, identity.localKey, ...membership.vaultKeys().values()]) {
        secret.fill(0);
      }
    }),
    recovery: createVaultRecovery(membership, ports.random),
    openChat: async (id) => {
      if (isClosed()) throw new VaultError("closed", "vault");
      if (!table.isKnown(id)) throw new VaultError("unknown-doc", id);
      return openForView(chats.docs, id);
    },
    decideSetAside: async (doc, author, decision) => {
      if (isClosed()) throw new VaultError("closed", "vault");
      const docs = table.docsOf(doc);
      const { replica } = doc === openCatalog.doc ? { replica: openCatalog } : await docs.retain(doc);
      try {
        replica.decideSetAside(author, decision);
        await replica.flush();
      } finally {
        if (doc !== openCatalog.doc) docs.release(doc);
      }
    },
    status: () => {
      const docs = table.replicas().map(({ doc, status }) => temporaryStatus(doc, status()));
      const { alarms, ...rest } = membership.status();
      return {
        ...rest,
        direct: parts.direct.devices(),
        unkept: parts.destroying.unkept(),
        pending: docs.reduce((sum, { pending }) => sum + pending, files.pending().length),
        alarms: [...alarms, ...docs.flatMap(({ alarm }) => (alarm === null ? [] : [alarm]))],
      };
    },
    subscribeStatus: notices.subscribe,
    docStatus: (doc) => temporaryStatus(doc, table.replicaOf(doc)?.status() ?? parts.closedDocs.statusOf(doc)),
    subscribeDocStatus: notices.subscribeDoc,
    flush: async () => {
      artifacts.settle();
      await Promise.all(table.replicas().map((replica) => replica.flush()));
    },
    storeAll: async () => {
      const isStored = (): boolean => isClosed() || table.replicas().every((replica) => replica.status().unsaved === 0);
      try {
        // What is typed while the slowest disk is waited for is no less worth it.
        for (let tries = 0; tries < storeTriesMax; tries++) {
          if (!isClosed()) await vault.flush();
          if (isStored()) return true;
        }
      } catch {
        // reason: whoever asks is told, and the doc's own status says why.
      }
      return false;
    },
    leave: () => {
      artifacts.settle();
      const lasting = table.replicas().filter(({ doc }) => !isTemporaryDoc(doc));
      const rows = lasting.map((replica) => replica.uncommitted());
      ports.lifeboat?.leave(new Map(rows.filter((row) => row !== null)));
    },
    askPush: () => membership.connection.askPush(),
    setAlarms: async (times) => (await membership.connection.putAlarms(times)).kind === "ack",
    setPush: async (subscription) => (await membership.connection.putPush(subscription)).kind === "ack",
    wake: () => membership.connection.wake(),
    close: parts.close,
  };
  return vault;
}
