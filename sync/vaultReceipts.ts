/** Who holds what, of a whole vault: what is said and heard (receipts.ts), what docs have to say (receiptNotes.ts), and what of it is remembered (receiptMemory.ts). */
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { DeviceCache } from "./deviceCache.ts";
import type { Clock } from "./ports.ts";
import type { KeptReceipts } from "./receiptMemory.ts";
import { createReceiptNotes, type ReceiptNotes } from "./receiptNotes.ts";
import { createReceipts, type Receipts } from "./receipts.ts";
import type { Replica } from "./replicaTypes.ts";

export interface VaultReceipts extends Receipts {
  readonly notes: ReceiptNotes;
  /** Stores what is to be remembered. */
  keep(): Promise<void>;
}

export interface VaultReceiptsOptions {
  readonly clock: Clock;
  readonly device: AuthorId;
  readonly cache: DeviceCache;
  readonly send: (body: Uint8Array) => boolean;
  readonly replicaOf: (doc: DocId) => Replica | null;
  readonly isKnown: (doc: DocId) => boolean;
  /** Active devices of the roster but this one. */
  readonly others: () => readonly AuthorId[];
}

export function createVaultReceipts(options: VaultReceiptsOptions): VaultReceipts {
  const { clock, device, cache, send, replicaOf, isKnown, others } = options;
  const receipts = createReceipts({
    clock,
    device,
    send,
    onReceipt: (doc, by, counter) => replicaOf(doc)?.takeReceipt(by, counter),
    hears: (author) => others().includes(author),
    onMoved: () => void load().then((memory) => memory.noteMoved()),
  });
  let kept: KeptReceipts | null = null;

  /** Nothing of it is needed to show a page. */
  async function load(): Promise<KeptReceipts> {
    const { keepReceipts } = await import("./receiptMemory.ts");
    kept ??= keepReceipts({ clock, cache, memory: receipts.memory, recall: receipts.recall, isKnown });
    return kept;
  }

  const notes = createReceiptNotes({ receipts, replicaOf, others, recall: async () => (await load()).recall() });
  return {
    ...receipts,
    // What a device said that was removed since is remembered, and says nothing of where a doc is kept.
    holdersOf: (doc) => {
      const active = new Set(others());
      return receipts.holdersOf(doc).filter((by) => active.has(by));
    },
    notes,
    keep: async () => kept?.close(),
  };
}
