/** Which chat, project or artifact the address names. It stands in the fragment, which never leaves the device. */
import { type Accessor, createSignal } from "solid-js";
import { type DocId, isTemporaryDoc, parseDocId } from "#crypto/ids.ts";
import { type LinkedMessage, readLinkedMessage } from "../platform/linkedMessage.ts";

const [linked, setLinked] = createSignal(takeLinked());

const [chat, setChat] = createSignal(readChatRoute(location.hash));

/** A temporary chat is in no address: browsers keep those. */
const [unnamed, setUnnamed] = createSignal<DocId | null>(null);
const [project, setProject] = createSignal(readRoute(location.hash, "project"));
const [beside, setBeside] = createSignal(readBeside(location.hash));
const [isLibrary, setIsLibrary] = createSignal(readIsLibrary(location.hash));
const [isTasks, setIsTasks] = createSignal(location.hash === tasksAddress());

const read = (): void => {
  const named = takeLinked();
  if (named !== null) setLinked(named);
  setUnnamed(null);
  setChat(readChatRoute(location.hash));
  setProject(readRoute(location.hash, "project"));
  setBeside(readBeside(location.hash));
  setIsLibrary(readIsLibrary(location.hash));
  setIsTasks(location.hash === tasksAddress());
};
addEventListener("hashchange", read);
addEventListener("popstate", read);

/** `null`: the page where a new chat begins. */
export const routedChat: Accessor<DocId | null> = () => unnamed() ?? chat();
/** The message that a link named; the same one anew is another object. */
export const linkedMessage: Accessor<LinkedMessage | null> = linked;
/** `null`: no project's page is shown. */
export const routedProject: Accessor<DocId | null> = project;
/** The artifact that is open beside the chat, the project or the library. */
export const routedArtifact: Accessor<DocId | null> = beside;
/** The library of all artifacts is shown in the place of a chat. */
export const isLibraryRouted: Accessor<boolean> = isLibrary;
/** All tasks are. */
export const isTasksRouted: Accessor<boolean> = isTasks;
/** Something of the whole vault's stands in the place of a chat, and there is nothing to write to. */
export const isListRouted = (): boolean => isLibrary() || isTasks();

function takeLinked(): LinkedMessage | null {
  const named = readLinkedMessage(location.hash);
  if (named !== null) history.replaceState(null, "", `#/chat/${named.chat}`);
  return named;
}

export function readChatRoute(hash: string): DocId | null {
  return readRoute(hash, "chat");
}

function readRoute(hash: string, kind: "chat" | "project"): DocId | null {
  const match = /^#\/(chat|project)\/([0-9a-f]+)(?:\/[0-9a-f]+)?$/.exec(hash);
  return match?.[1] !== kind || match[2] === undefined ? null : parseDocId(match[2]);
}

function readBeside(hash: string): DocId | null {
  const match = /^#\/(?:(?:chat|project)\/[0-9a-f]+|artifacts)\/([0-9a-f]+)$/.exec(hash);
  return match?.[1] === undefined ? null : parseDocId(match[1]);
}

function readIsLibrary(hash: string): boolean {
  return /^#\/artifacts(?:\/|$)/.test(hash);
}

/** A function, so that it is there for the first look at the address. */
function tasksAddress(): string {
  return "#/tasks";
}

/** Beside what is shown now; `null` closes it. Where nothing is that an address names, the library is opened. */
export function goToArtifact(id: DocId | null): void {
  const [place] = /^#\/(?:(?:chat|project)\/[0-9a-f]+|artifacts)/.exec(location.hash) ?? ["#/artifacts"];
  history.pushState(null, "", id === null ? place : `${place}/${id}`);
  read();
}

export function goToLibrary(): void {
  if (location.hash !== "#/artifacts") history.pushState(null, "", "#/artifacts");
  read();
}

export function goToTasks(): void {
  if (location.hash !== tasksAddress()) history.pushState(null, "", tasksAddress());
  read();
}

export function goToProject(id: DocId | null): void {
  if (id === null) return goToChat(null);
  if (id !== project()) history.pushState(null, "", `#/project/${id}`);
  read();
}

export function goToChat(id: DocId | null, options?: { readonly replace: boolean }): void {
  const isUnnamed = id !== null && isTemporaryDoc(id);
  const named = isUnnamed ? null : id;
  const address = named === null ? location.pathname : `#/chat/${named}`;
  if (options?.replace === true) history.replaceState(null, "", address);
  else if (named !== chat() || project() !== null || beside() !== null || isListRouted())
    history.pushState(null, "", address);
  setChat(named);
  setProject(null);
  setBeside(null);
  setIsLibrary(false);
  setIsTasks(false);
  setUnnamed(isUnnamed ? id : null);
}
