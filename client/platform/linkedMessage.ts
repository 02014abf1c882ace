/** A message that an address names beside its chat: `#/chat/<id>?m=<message>`. It is gone to once, and leaves the address. */
import { type DocId, parseDocId } from "#crypto/ids.ts";

export interface LinkedMessage {
  readonly chat: DocId;
  readonly message: string;
}

/** Ids of ours have 32 letters, those that came with an export may be longer. */
const messageIdCharsMax = 200;

export function readLinkedMessage(hash: string): LinkedMessage | null {
  const match = /^#\/chat\/([0-9a-f]+)\?m=([^&]+)$/.exec(hash);
  const chat = parseDocId(match?.[1] ?? "");
  if (chat === null || match?.[2] === undefined) return null;
  try {
    const message = decodeURIComponent(match[2]);
    return message.length <= messageIdCharsMax ? { chat, message } : null;
  } catch {
    // reason: anybody can write an address.
    return null;
  }
}

export function linkTo(origin: string, chat: DocId, message: string | null): string {
  return `${origin}/#/chat/${chat}${message === null ? "" : `?m=${encodeURIComponent(message)}`}`;
}
