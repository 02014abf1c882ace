/**
 * Which other devices look at the same chat or artifact now, and where they write in its words. It travels sealed and is stored nowhere (PS1); what a
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
  /** In the words; `null`: it is not writing. */
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

/** Places in words that several devices write, as they are told from one to another. */
export interface CaretPlaces {
  toTold(at: number): unknown;
  /** `null`: no place in these words. */
  fromTold(place: unknown): number | null;
  /** What is written before a caret moves it. */
  observe(listener: () => void): () => void;
}

export function placesInText(words: YText): CaretPlaces {
  return {
    toTold: (at) =>
      relativePositionToJSON(createRelativePositionFromTypeIndex(words, Math.min(at, words.length), -1)) as unknown,
    fromTold: (place) => {
      if (typeof place !== "object" || place === null || words.doc === null) return null;
      try {
        const position = createRelativePositionFromJSON(place);
        const found = createAbsolutePositionFromRelativePosition(position, words.doc);
        return found?.type === words ? found.index : null;
      } catch {
        // reason: whatever stands there is no place in the words.
        return null;
      }
    },
    observe: (listener) => {
      words.observe(listener);
      return () => words.unobserve(listener);
    },
  };
}

/** A caret is told this often at most: each is a sealed envelope, and an eye sees ten steps a second as moving. */
const caretEveryMs = 100;

export function createPresence(awareness: Awareness, places: CaretPlaces, device: AuthorId): Presence {
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
      const at = places.fromTold(place);
      // The one that writes, where a device is there twice.
      if (at !== null || !found.has(id)) found.set(id, { device: id, caret: at });
    }
    return [...found.values()];
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
  const leave = places.observe(batch.schedule);

  const tell = (): void => {
    timer = undefined;
    const place = caret === null ? null : places.toTold(caret);
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
      leave();
      batch.cancel();
    },
  };
}

function isSame(a: readonly Companion[], b: readonly Companion[]): boolean {
  return a.length === b.length && a.every((one, at) => one.device === b[at]?.device && one.caret === b[at].caret);
}
