/** A file on its way into the vault, with what it says beside it: sealed like it, under a key of its own. */
import { utf8ToBytes } from "#crypto/bytes.ts";
import type { Attachment, Reading } from "#sync/attachments/attachment.ts";
import type { Attachments, OnProgress } from "#sync/attachments/attachments.ts";
import type { ReadingOutcome } from "./outcome.ts";

/** Rejects with `VaultError`. A file that cannot be read is kept without its words. */
export async function keepRead(
  vault: Pick<Attachments, "keep">,
  file: { readonly name: string; readonly type: string; readonly bytes: Uint8Array },
  outcome: ReadingOutcome | null,
  onProgress?: OnProgress,
): Promise<Attachment> {
  const kept = await vault.keep(file, onProgress);
  const reading = outcome?.kind === "text" ? await keepReading(vault, file.name, outcome) : null;
  return reading === null ? kept : { ...kept, reading };
}

async function keepReading(
  vault: Pick<Attachments, "keep">,
  name: string,
  { text, isItself, isPaged }: Extract<ReadingOutcome, { kind: "text" }>,
): Promise<Reading> {
  if (isItself) return "itself";
  const { id, bytes, key, content } = await vault.keep({ name, type: "text/plain", bytes: utf8ToBytes(text) });
  return { id, bytes, key, content, isPaged };
}
