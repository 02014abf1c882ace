/** Which chat the address names. It stands in the fragment, which never leaves the device. */
import { type Accessor, createSignal } from "solid-js";
import { type DocId, isTemporaryDoc, parseDocId } from "#crypto/ids.ts";

const [chat, setChat] = createSignal(readChatRoute(location.hash));

/** A temporary chat is in no address: browsers keep those. */
const [unnamed, setUnnamed] = createSignal<DocId | null>(null);

const readAgain = (): void => {
  setUnnamed(null);
  setChat(readChatRoute(location.hash));
};
addEventListener("hashchange", readAgain);
addEventListener("popstate", readAgain);

/** `null`: the page where a new chat begins. */
export const routedChat: Accessor<DocId | null> = () => unnamed() ?? chat();

export function readChatRoute(hash: string): DocId | null {
  const match = /^#\/chat\/([0-9a-f]+)$/.exec(hash);
  return match?.[1] === undefined ? null : parseDocId(match[1]);
}

export function goToChat(id: DocId | null, options?: { readonly replace: boolean }): void {
  const isUnnamed = id !== null && isTemporaryDoc(id);
  const named = isUnnamed ? null : id;
  const address = named === null ? location.pathname : `#/chat/${named}`;
  if (options?.replace === true) history.replaceState(null, "", address);
  else if (named !== chat()) history.pushState(null, "", address);
  setChat(named);
  setUnnamed(isUnnamed ? id : null);
}
