/**
 * The files of this vault on this device: sealed pieces in a row store, brought to the host piece by piece, and fetched from it when
 * they are asked for. A file is kept here strictly before its message is written, so a question with a file may be asked offline.
 *
 * Rows, named in hex:   63 ‖ id ‖ seq 4   an envelope of the file's log     70 ‖ id   how many it has; not all of them are at the host
 */
import { bytesToHex } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { parseDocId, type DocId } from "#crypto/ids.ts";
import type { Connection } from "../connection.ts";
import { attachmentInFlightMax, retryAfterMs } from "../limits.ts";
import type { Reply } from "../linkRequests.ts";
import type { Clock } from "../ports.ts";
import type { RowStore } from "../rowStore.ts";
import {
  createAttachmentGatherer,
  createAttachmentSealer,
  envelopeCount,
  type Attachment,
  type AttachmentAuthor,
  type FileToAttach,
} from "./attachment.ts";
import { fetchAttachment } from "./fetchAttachment.ts";

/** How far a file has come, in pieces. */
export type OnProgress = (done: number, count: number) => void;

export interface Attachments {
  /** Resolves when the file is strictly kept on this device. */
  keep(file: FileToAttach, onProgress?: OnProgress): Promise<Attachment>;
  /** From this device, else from the host, and then it is kept. Rejects with `VaultError("not-there")`. */
  read(attachment: Attachment, onProgress?: OnProgress, signal?: AbortSignal): Promise<Uint8Array>;
  isHere(attachment: Attachment): Promise<boolean>;
  /** Files that are not whole at the host yet. */
  pending(): readonly DocId[];
  /** Files that the host refuses: a device was removed since they were sealed. They must be attached again. */
  refused(): ReadonlySet<DocId>;
  /** Nothing of these is kept here, or sent, any more. Resolves when that is on stable storage. */
  forget(files: readonly DocId[]): Promise<void>;
  /** The link is live, or may be. */
  wake(): void;
  close(): void;
}

export interface AttachmentsOptions {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly rows: RowStore;
  readonly author: () => AttachmentAuthor;
  readonly onChange: () => void;
}

const PIECE = "63";
const PENDING = "70";

export function createAttachments({ clock, connection, rows, author, onChange }: AttachmentsOptions): Attachments {
  const waiting = new Map<DocId, number>();
  const refused = new Set<DocId>();
  let sending: DocId | null = null;
  let isClosed = false;

  /** What an earlier page did not bring to the end. Where the browser gives nothing now, it is asked again. */
  function lookForWaiting(): void {
    if (isClosed) return;
    rows.list(PENDING).then(
      (found) => {
        for (const { name, value } of found) {
          const id = parseDocId(name.slice(PENDING.length));
          if (id !== null) waiting.set(id, createReader(value).u32());
        }
        if (found.length > 0) onChange();
        send();
      },
      () => clock.after(retryAfterMs, lookForWaiting),
    );
  }
  lookForWaiting();

  function send(): void {
    const next = [...waiting].find(([id]) => !refused.has(id));
    if (isClosed || sending !== null || next === undefined || connection.state.phase !== "live") return;
    const [id, count] = next;
    sending = id;
    void bring(id, count)
      .then(async (outcome) => {
        if (outcome === "refused") refused.add(id);
        if (outcome !== "whole") return outcome;
        waiting.delete(id);
        await rows.delete(PENDING + id);
        return outcome;
      })
      .catch(() => "lost" as const)
      .then((outcome) => {
        sending = null;
        if (isClosed) return;
        onChange();
        if (outcome === "lost" || outcome === "busy") clock.after(retryAfterMs, send);
        else send();
      });
  }

  /** The relay says how far its log goes, and gets the rest, a few at a time and in order. */
  async function bring(id: DocId, count: number): Promise<"whole" | "lost" | "busy" | "refused"> {
    let next = (await headOf(id)) + 1;
    const inFlight: Promise<Reply>[] = [];
    let hasSearched = false;
    while (!isClosed && (next <= count || inFlight.length > 0)) {
      if (next <= count && inFlight.length < attachmentInFlightMax) {
        const envelope = await rows.get(pieceName(id, next));
        // The browser took it away, and then it was taken from everywhere: nothing is left to send.
        if (envelope === null) return "refused";
        inFlight.push(connection.append(envelope));
        next += 1;
        continue;
      }
      const reply = await inFlight.shift();
      if (reply?.kind === "lost") return "lost";
      if (reply?.kind !== "nack") continue;
      if (reply.code === "busy" || reply.code === "full") return "busy";
      if (reply.code !== "conflict" || hasSearched || reply.expected > count) return "refused";
      // Somebody put other things into this log: its end is not ours.
      hasSearched = true;
      await Promise.all(inFlight.splice(0));
      next = reply.expected;
    }
    return isClosed ? "lost" : "whole";
  }

  function headOf(id: DocId): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const subscription = connection.subscribe(id, {
      // Nothing of it is wanted but its end.
      cursor: () => 0xffff_ffff,
      onEntries: (_entries, head) => resolve(head),
      onLost: () => reject(new Error("the link broke")),
    });
    return promise.finally(() => subscription.leave());
  }

  async function readHere(attachment: Attachment): Promise<Uint8Array | null> {
    const gatherer = createAttachmentGatherer(attachment);
    for (let seq = 2; seq <= envelopeCount(attachment); seq++) {
      const envelope = await rows.get(pieceName(attachment.id, seq));
      if (envelope === null || !gatherer.add(envelope)) return null;
    }
    return gatherer.finish();
  }

  return {
    keep: async (file, onProgress) => {
      const sealer = createAttachmentSealer(file, author());
      const count = envelopeCount({ bytes: file.bytes.length });
      let seq = 0;
      for (const envelope of sealer.envelopes) {
        seq += 1;
        await rows.put(pieceName(sealer.id, seq), envelope);
        onProgress?.(seq, count);
      }
      await rows.put(PENDING + sealer.id, createWriter().u32(count).finish());
      waiting.set(sealer.id, count);
      onChange();
      send();
      return sealer.describe();
    },
    read: async (attachment, onProgress, signal) => {
      const here = await readHere(attachment).catch(() => null);
      if (here !== null) return here;
      const kept: Promise<void>[] = [];
      const bytes = await fetchAttachment(attachment, {
        clock,
        connection,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
        onEnvelope: (envelope, seq) => kept.push(rows.put(pieceName(attachment.id, seq), envelope)),
      });
      // A device without room for it can still show it.
      await Promise.allSettled(kept);
      return bytes;
    },
    isHere: async (attachment) => {
      for (let seq = 2; seq <= envelopeCount(attachment); seq++)
        if ((await rows.get(pieceName(attachment.id, seq))) === null) return false;
      return true;
    },
    pending: () => [...waiting.keys()],
    refused: () => refused,
    forget: async (files) => {
      for (const id of files) {
        waiting.delete(id);
        await rows.deleteAll(PENDING + id);
        await rows.deleteAll(PIECE + id);
      }
    },
    wake: send,
    close: () => {
      isClosed = true;
    },
  };
}

function pieceName(id: DocId, seq: number): string {
  return PIECE + id + bytesToHex(createWriter().u32(seq).finish());
}
