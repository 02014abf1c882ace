/** Which chat the address names. It stands in the fragment, which never leaves the device. */
import { type Accessor, createSignal } from "solid-js";
import { type DocId, parseDocId } from "#crypto/ids.ts";

const [chat, setChat] = createSignal(readChatRoute(location.hash));

addEventListener("hashchange", () => setChat(readChatRoute(location.hash)));
addEventListener("popstate", () => setChat(readChatRoute(location.hash)));

/** `null`: the page where a new chat begins. */
export const routedChat: Accessor<DocId | null> = chat;

export function readChatRoute(hash: string): DocId | null {
  const match = /^#\/chat\/([0-9a-f]+)$/.exec(hash);
  return match?.[1] === undefined ? null : parseDocId(match[1]);
}

export function goToChat(id: DocId | null, options?: { readonly replace: boolean }): void {
  const address = id === null ? location.pathname : `#/chat/${id}`;
  if (options?.replace === true) history.replaceState(null, "", address);
  else if (id !== chat()) history.pushState(null, "", address);
  setChat(id);
}
