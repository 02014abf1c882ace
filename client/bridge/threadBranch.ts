/**
 * Which messages of a chat are shown: one branch of them, the marked ones of all branches, and each as the same object for as long
 * as the chat is open, so that what is drawn of it stays when another is added.
 */
import { type Accessor, batch as together, createSignal } from "solid-js";
import type { ChatMessage } from "#sync/docs/chat.ts";
import { createBranchChoice } from "./branchChoice.ts";
import type { ThreadMessage, ThreadSource } from "./createThread.ts";

export interface ThreadBranch {
  readonly messages: Accessor<readonly ThreadMessage[]>;
  readonly pinned: Accessor<readonly ThreadMessage[]>;
  viewOf(message: ChatMessage): ThreadMessage;
  /** Goes to the branch of a message; what is shown changes with `show`. */
  choose(message: string): void;
  /** The message that the shown branch was chosen by; `undefined`: the newest one is shown. */
  leaf(): string | undefined;
  /** Reads the chat anew. */
  show(): void;
}

const noVersions: readonly string[] = [];

export function createThreadBranch(source: () => ThreadSource): ThreadBranch {
  const choice = createBranchChoice();
  const [version, setVersion] = createSignal(0);
  const shownAs = new Map<string, ThreadMessage>();
  let forks: ReadonlyMap<string, readonly string[]> = new Map();

  const reading: Reading = {
    message: (id) => {
      version();
      return source().message(id);
    },
    versionsOf: (id) => {
      version();
      return forks.get(id) ?? noVersions;
    },
  };
  const viewOf = (message: ChatMessage): ThreadMessage => {
    const view = shownAs.get(message.id) ?? new ShownMessage(message, reading);
    shownAs.set(message.id, view);
    return view;
  };

  const read = (): readonly ThreadMessage[] => {
    const chat = source();
    forks = chat.forks();
    const known = chat.thread(choice.leaf());
    // What was shown may have been deleted: then what stood before it is.
    const shown = known.length > 0 ? known : chat.thread(choice.fallBack((message) => chat.message(message) !== null));
    choice.note(shown.map((message) => message.id));
    return shown.map(viewOf);
  };

  const [messages, setMessages] = createSignal(read(), { equals: isSameList });
  const [pinned, setPinned] = createSignal(source().pinned().map(viewOf), { equals: isSameList });

  return {
    messages,
    pinned,
    viewOf,
    choose: choice.choose,
    leaf: choice.leaf,
    show: () =>
      together(() => {
        setMessages(read());
        setPinned(source().pinned().map(viewOf));
        setVersion((before) => before + 1);
      }),
  };
}

/** What changes of a message, for whoever looks at it. */
interface Reading {
  message(id: string): ChatMessage | null;
  versionsOf(id: string): readonly string[];
}

/** A class, since there is one for each message of a long chat: getters of its own would make each five times as large. */
class ShownMessage implements ThreadMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: ThreadMessage["role"];
  readonly device: ThreadMessage["device"];
  readonly at: number;
  readonly run: ThreadMessage["run"];
  readonly files: ThreadMessage["files"];
  readonly sources: ThreadMessage["sources"];
  readonly by: string | null;
  readonly #reading: Reading;

  constructor({ id, parent, role, device, at, run, files, sources, by }: ChatMessage, reading: Reading) {
    this.id = id;
    this.parent = parent;
    this.role = role;
    this.device = device;
    this.at = at;
    this.run = run;
    this.files = files;
    this.sources = sources;
    this.by = by;
    this.#reading = reading;
  }

  get text(): string {
    const message = this.#reading.message(this.id);
    return this.run === null ? (message?.text ?? "") : "";
  }

  get versions(): readonly string[] {
    return this.#reading.versionsOf(this.id);
  }

  get isPinned(): boolean {
    return this.#reading.message(this.id)?.isPinned ?? false;
  }
}

export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
