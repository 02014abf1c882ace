import { expect, test } from "vitest";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { searchedChats } from "./searchedChats.ts";

const id = (number: number): DocId => docIdFromBytes(new Uint8Array(16).fill(number));
const [open, local, loose, ill, pills, thesis] = [id(1), id(2), id(3), id(4), id(5), id(6)];
const places = new Map<DocId, DocId | null>([
  [loose, null],
  [ill, local],
  [pills, local],
  [thesis, open],
]);
const catalog = {
  chats: () => [...places].map(([chat, project]) => ({ id: chat, project })),
  entry: (chat: DocId) => ({ project: places.get(chat) ?? null }),
  projects: {
    entry: (project: DocId) => ({ isLocalOnly: project === local, deletedAt: project === local ? 1 : null }),
  },
} as unknown as Vault["catalog"]["value"];

test("LO9 what stays on the owner's own machines is not looked through for a chat that may be answered elsewhere", () => {
  expect(searchedChats(catalog, thesis)).toEqual([loose]);
  expect(searchedChats(catalog, loose)).toEqual([thesis]);
  expect(searchedChats(catalog, ill)).toEqual([loose, pills, thesis]);
});
