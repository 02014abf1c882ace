/** What the page and its import worker say to each other. One export at a time; to give up, the page ends the worker. */
import type { Template } from "#sync/docs/templates.ts";
import type { ImportSource, Refusal } from "./readImport.ts";
import type { ReadChat, SkippedChat } from "./sources/readChat.ts";

export type ToImporter = { readonly kind: "open"; readonly files: readonly Blob[] } | { readonly kind: "next" };

export interface HeldFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type FromImporter =
  | { readonly kind: "reading"; readonly bytes: number; readonly ofBytes: number }
  | { readonly kind: "refused"; readonly why: Refusal }
  | {
      readonly kind: "opened";
      readonly source: ImportSource;
      readonly chats: number;
      readonly templates: readonly Template[];
    }
  | {
      readonly kind: "chat";
      readonly chat: ReadChat;
      /** For each message of the chat. */
      readonly files: readonly (readonly HeldFile[])[];
      /** Files that the export names and does not hold. */
      readonly missing: number;
    }
  | { readonly kind: "skipped"; readonly title: string; readonly why: SkippedChat }
  | { readonly kind: "end" };
