/** Asks the source and appends each token to a peer's text as it comes: what our agent does, by the peer's own library. */
import { answer } from "../parts/answering.mjs";
import { askSource } from "../parts/askSource.mjs";
import { createRoom, openText } from "./docs.mjs";

answer({
  room: ({ kind, url }) => createRoom(kind, url),
  open: async ({ kind, url, room }) => {
    texts.set(room, await openText(kind, url, room));
  },
  run: async ({ source, name, room }) => {
    await askSource(source, name, (text) => texts.get(room).append(text));
  },
});
/** @type {Map<string, import("./docs.mjs").PeerText>} */
const texts = new Map();
