/**
 * The owner's prompt templates, in the catalog's doc: a root map "templates" holds one map per template: `name`, `text`, and
 * `project` where it is of one project alone. `{{word}}` in a text is a place to fill in. Small and few, and wanted wherever a chat can be begun, so they need no doc of their own.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import { templateCharsMax, templateNameCharsMax } from "../limits.ts";
import { readMap, readString } from "./fields.ts";

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** Offered in this project's chats alone; left out, everywhere. */
  readonly project?: DocId;
}

export interface Templates {
  /** By name. */
  list(): readonly Template[];
  /** Adds it, or writes over the one with this id. */
  put(template: Template): void;
  remove(id: string): void;
  observe(listener: () => void): () => void;
}

/** In a chat of that project; `null`: of none. */
export const isOffered = ({ project }: Template, inProject: DocId | null): boolean =>
  project === undefined || project === inProject;

export function createTemplates(doc: Doc): Templates {
  const root = doc.getMap<unknown>("templates");
  return {
    list: () => {
      const found: Template[] = [];
      for (const id of root.keys()) {
        const entry = readMap(root, id);
        const name = entry === null ? null : readString(entry, "name");
        const text = entry === null ? null : readString(entry, "text");
        const project = entry === null ? null : parseDocId(readString(entry, "project") ?? "");
        if (name !== null && text !== null)
          found.push({
            ...{ id, name: tidyName(name), text: text.slice(0, templateCharsMax).toWellFormed() },
            ...(project === null ? {} : { project }),
          });
      }
      return found.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
    },
    put: ({ id, name, text, project }) =>
      doc.transact(() => {
        const entry = readMap(root, id) ?? root.set(id, new YMap<unknown>());
        (entry as YMap<unknown>).set("name", tidyName(name));
        (entry as YMap<unknown>).set("text", text.slice(0, templateCharsMax).toWellFormed());
        if (project !== undefined) (entry as YMap<unknown>).set("project", project);
      }),
    remove: (id) => root.delete(id),
    observe: (listener) => {
      root.observeDeep(listener);
      return () => root.unobserveDeep(listener);
    },
  };
}

/** One word to type after a slash. */
function tidyName(name: string): string {
  return name
    .slice(0, templateNameCharsMax * 4)
    .trim()
    .replace(/[\p{Cc}\s/]+/gu, "-")
    .slice(0, templateNameCharsMax)
    .toWellFormed();
}
