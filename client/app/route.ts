/** Which chat or project the address names. It stands in the fragment, which never leaves the device. */
import { type Accessor, createSignal } from "solid-js";
import { type DocId, parseDocId } from "#crypto/ids.ts";

const [chat, setChat] = createSignal(readChatRoute(location.hash));

const [project, setProject] = createSignal(readRoute(location.hash, "project"));

const read = (): void => {
  setChat(readChatRoute(location.hash));
  setProject(readRoute(location.hash, "project"));
};
addEventListener("hashchange", read);
addEventListener("popstate", read);

/** `null`: the page where a new chat begins. */
export const routedChat: Accessor<DocId | null> = chat;
/** `null`: no project's page is shown. */
export const routedProject: Accessor<DocId | null> = project;

export function readChatRoute(hash: string): DocId | null {
  return readRoute(hash, "chat");
}

function readRoute(hash: string, kind: "chat" | "project"): DocId | null {
  const match = /^#\/(chat|project)\/([0-9a-f]+)$/.exec(hash);
  return match?.[1] !== kind || match[2] === undefined ? null : parseDocId(match[2]);
}

export function goToProject(id: DocId | null): void {
  if (id === null) return goToChat(null);
  if (id !== project()) history.pushState(null, "", `#/project/${id}`);
  read();
}

export function goToChat(id: DocId | null, options?: { readonly replace: boolean }): void {
  const address = id === null ? location.pathname : `#/chat/${id}`;
  if (options?.replace === true) history.replaceState(null, "", address);
  else if (id !== chat() || project() !== null) history.pushState(null, "", address);
  setChat(id);
  setProject(null);
}
