/**
 * A project's own doc: a root text "instructions", which several devices may write in at once. Its name, colour and label stand in the
 * catalog (projectList.ts).
 */
import type { Doc, Text as YText } from "yjs";
import { draftPieceCharsMax, instructionsCharsMax } from "../limits.ts";
import { editText } from "./text.ts";

export interface Project {
  readonly doc: Doc;
  readonly instructions: YText;
  /** As they are shown to a model: no longer than it may be. */
  readInstructions(): string;
  /** Turns them into `text` by the smallest edit. */
  setInstructions(text: string): void;
  observe(listener: () => void): () => void;
}

export function createProject(doc: Doc): Project {
  const instructions = doc.getText("instructions");
  return {
    doc,
    instructions,
    readInstructions: () => instructions.toString().slice(0, instructionsCharsMax).toWellFormed(),
    setInstructions: (text) => {
      const next = text.slice(0, instructionsCharsMax).toWellFormed();
      while (doc.transact(() => editText(instructions, next, draftPieceCharsMax)));
    },
    observe: (listener) => {
      instructions.observe(listener);
      return () => instructions.unobserve(listener);
    },
  };
}
