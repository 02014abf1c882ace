/**
 * Which other devices look at the same chat now, and where they write in its draft. It travels sealed and is stored nowhere (PS1); what a
 * device says of itself is read by its form, and one that is no member of the vault is not shown.
 */
import { type Accessor, createSignal } from "solid-js";
import type { Awareness } from "y-protocols/awareness";
import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromJSON,
  createRelativePositionFromTypeIndex,
  relativePositionToJSON,
  type Text as YText,
} from "yjs";
import { type AuthorId, parseAuthorId } from "#crypto/ids.ts";
import { createFrameBatch } from "./frames.ts";

export interface Companion {
  readonly device: AuthorId;
  /** In the draft; `null`: it is not writing. */
  readonly caret: number | null;
}

export interface Presence {
  /** Each device once. */
  readonly others: Accessor<readonly Companion[]>;
  /** This device looks at the chat, or no longer does. */
  setHere(isHere: boolean): void;
  /** `null`: it does not write. */
  setCaret(at: number | null): void;
  close(): void;
}

/** A caret is told this often at most: each is a sealed envelope, and an eye sees ten steps a second as moving. */
const caretEveryMs = 100;

export function createPresence(awareness: Awareness, draft: YText, device: AuthorId): Presence {
  const [others, setOthers] = createSignal<readonly Companion[]>([], { equals: isSame });
  let isHere = false;
  let caret: number | null = null;
  let told = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const read = (): Companion[] => {
    const found = new Map<AuthorId, Companion>();
    for (const [client, state] of awareness.getStates()) {
      if (client === awareness.clientID) continue;
      const { device: name, caret: place } = state as { device?: unknown; caret?: unknown };
      const id = typeof name === "string" ? parseAuthorId(name) : null;
      if (id === null || id === device) continue;
      const at = indexOf(place);
      // The one that writes, where a device is there twice.
      if (at !== null || !found.has(id)) found.set(id, { device: id, caret: at });
    }
    return [...found.values()];
  };
  const indexOf = (place: unknown): number | null => {
    if (typeof place !== "object" || place === null || draft.doc === null) return null;
    try {
      const position = createRelativePositionFromJSON(place);
      const found = createAbsolutePositionFromRelativePosition(position, draft.doc);
      return found?.type === draft ? found.index : null;
    } catch {
      // reason: whatever stands there is no place in the draft.
      return null;
    }
  };

  const batch = createFrameBatch(() => setOthers(read()));
  const onChange = ({ added }: { readonly added: readonly number[] }): void => {
    batch.schedule();
    // Nothing of this is stored: who has just come is told by those who are there.
    if (!isHere || !added.some((client) => client !== awareness.clientID)) return;
    told = "";
    tellSoon();
  };
  awareness.on("change", onChange);
  // What is written before a caret moves it.
  draft.observe(batch.schedule);

  const tell = (): void => {
    timer = undefined;
    const at = caret === null ? null : Math.min(caret, draft.length);
    const place = at === null ? null : relativePositionToJSON(createRelativePositionFromTypeIndex(draft, at, -1));
    const state = isHere ? { device, caret: place } : null;
    const next = JSON.stringify(state);
    if (next === told) return;
    told = next;
    awareness.setLocalState(state);
  };
  const tellSoon = (): void => {
    timer ??= setTimeout(tell, caretEveryMs);
  };

  return {
    others,
    setHere: (next) => {
      isHere = next;
      clearTimeout(timer);
      tell();
    },
    setCaret: (at) => {
      caret = at;
      if (isHere) tellSoon();
    },
    close: () => {
      clearTimeout(timer);
      isHere = false;
      tell();
      awareness.off("change", onChange);
      draft.unobserve(batch.schedule);
      batch.cancel();
    },
  };
}

function isSame(a: readonly Companion[], b: readonly Companion[]): boolean {
  return a.length === b.length && a.every((one, at) => one.device === b[at]?.device && one.caret === b[at].caret);
}
