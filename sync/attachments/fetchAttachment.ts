/** A file from the log at the relay: for a device that has not got it, and for an agent that was lent the chat it belongs to. */
import { CryptoError } from "#crypto/errors.ts";
import type { Connection } from "../connection.ts";
import { VaultError } from "../errors.ts";
import { attachmentSilenceMs } from "../limits.ts";
import type { Clock } from "../ports.ts";
import { createAttachmentGatherer, envelopeCount, type Attachment } from "./attachment.ts";

export interface FetchOptions {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly signal?: AbortSignal;
  /** Each piece of the file as it comes, sealed as it is in the log, at its place there. */
  readonly onEnvelope?: (envelope: Uint8Array, seq: number) => void;
  readonly onProgress?: (held: number, count: number) => void;
}

/** Under way now: a log has one subscriber a connection, and two questions may come with one file. */
const underWay = new WeakMap<Connection, Map<string, Promise<Uint8Array>>>();

/** Rejects with `VaultError("not-there")` when its pieces stop coming or do not make the file, and when it was aborted. */
export async function fetchAttachment(attachment: Attachment, options: FetchOptions): Promise<Uint8Array> {
  const { connection, signal } = options;
  const fetches = underWay.get(connection) ?? new Map<string, Promise<Uint8Array>>();
  underWay.set(connection, fetches);
  const key = `${attachment.id}/${attachment.key}/${attachment.content}`;
  const other = fetches.get(key);
  if (other !== undefined) {
    // It may be given up by whoever began it, and then it is this one's turn.
    const bytes = await other.catch(() => null);
    if (bytes !== null) return bytes;
    if (signal?.aborted === true) throw new VaultError("not-there", "aborted");
    return fetchAttachment(attachment, options);
  }
  const fetching = fetchPieces(attachment, options).finally(() => fetches.delete(key));
  fetches.set(key, fetching);
  return fetching;
}

function fetchPieces(attachment: Attachment, options: FetchOptions): Promise<Uint8Array> {
  const { clock, connection, signal } = options;
  const gatherer = createAttachmentGatherer(attachment);
  let cursor = 0;
  let cancelSilence = (): void => {};
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const giveUp = (why: string): void => reject(new VaultError("not-there", why));
  const listen = (): void => {
    cancelSilence();
    cancelSilence = clock.after(attachmentSilenceMs, () => giveUp(`${gatherer.held} of ${gatherer.count} pieces`));
  };
  const abort = (): void => giveUp("aborted");

  listen();
  const subscription = connection.subscribe(attachment.id, {
    cursor: () => cursor,
    onEntries: (entries) => {
      for (const { seq, envelope } of entries) {
        cursor = Math.max(cursor, seq);
        // Somebody may fill the log with other things: none of it counts as an answer.
        if (seq > envelopeCount(attachment) || !gatherer.add(envelope)) continue;
        listen();
        options.onEnvelope?.(envelope.slice(), seq);
      }
      options.onProgress?.(gatherer.held, gatherer.count);
      if (gatherer.held < gatherer.count) return;
      try {
        resolve(gatherer.finish());
      } catch (error) {
        if (error instanceof CryptoError) giveUp(error.message);
        else reject(error as Error);
      }
    },
  });
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  return promise.finally(() => {
    cancelSilence();
    signal?.removeEventListener("abort", abort);
    subscription.leave();
  });
}
