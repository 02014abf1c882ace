/**
 * A project's own doc: a root text "instructions", which several devices may write in at once, a root map "settings" (flags), and its
 * files (projectFiles.ts) and tasks (tasks.ts). Its name, colour and label stand in the catalog (projectList.ts).
 */
import type { Doc, Text as YText } from "yjs";
import { draftPieceCharsMax, instructionsCharsMax } from "../limits.ts";
import { readFlag } from "./fields.ts";
import { createMemory, type Memory } from "./memory.ts";
import { createProjectFiles, type ProjectFiles } from "./projectFiles.ts";
import { createTasks, type Tasks } from "./tasks.ts";
import { editText } from "./text.ts";

export interface Project {
  readonly doc: Doc;
  readonly instructions: YText;
  /** As they are shown to a model: no longer than it may be. */
  readInstructions(): string;
  /** Turns them into `text` by the smallest edit. */
  setInstructions(text: string): void;
  /** In its chats, models are told how artifacts are written. */
  readonly wantsArtifacts: boolean;
  setWantsArtifacts(wants: boolean): void;
  readonly files: ProjectFiles;
  readonly memory: Memory;
  readonly tasks: Tasks;
  /** Answers are to come from its files alone. */
  readonly isSourcesOnly: boolean;
  setSourcesOnly(isSourcesOnly: boolean): void;
  /** Its instructions and settings. */
  observe(listener: () => void): () => void;
}

export function createProject(doc: Doc): Project {
  const instructions = doc.getText("instructions");
  const settings = doc.getMap<unknown>("settings");
  return {
    doc,
    instructions,
    readInstructions: () => instructions.toString().slice(0, instructionsCharsMax).toWellFormed(),
    setInstructions: (text) => {
      const next = text.slice(0, instructionsCharsMax).toWellFormed();
      while (doc.transact(() => editText(instructions, next, draftPieceCharsMax)));
    },
    get wantsArtifacts() {
      return readFlag(settings, "wantsArtifacts");
    },
    setWantsArtifacts: (wants) => void settings.set("wantsArtifacts", wants),
    files: createProjectFiles(doc),
    memory: createMemory(doc),
    tasks: createTasks(doc),
    get isSourcesOnly() {
      return readFlag(settings, "isSourcesOnly");
    },
    setSourcesOnly: (isSourcesOnly) => void settings.set("isSourcesOnly", isSourcesOnly),
    observe: (listener) => {
      instructions.observe(listener);
      settings.observe(listener);
      return () => {
        instructions.unobserve(listener);
        settings.unobserve(listener);
      };
    },
  };
}
