/**
 * Tools over the folders that the owner lent by name; without any there are none. Reading them changes nothing and tells nobody, so it counts as what reads here; but what
 * lies on the host's disk was not given to this chat, so they ask first all the same (`asksFirst`). What stands in a file may be by anybody.
 */
import {
  errorResult,
  textResult,
  versionOf,
  type JsonObject,
  type Tool,
  type ToolDefinition,
  type ToolSource,
} from "../tool.ts";
import { listFolder, readText, searchFolder, writeText } from "./acts.ts";
import { FolderError } from "./errors.ts";
import { searchTextCharsMax, writeBytesMax } from "./limits.ts";
import { findNoLending, folderStamp, readFolders, type LentFolder } from "./settings.ts";
import { parsePath } from "./within.ts";

const path = { type: "string", description: "As in notes/plan.md: a lent folder's name first." };
const object = (properties: JsonObject, required: readonly string[]): JsonObject => ({
  ...{ type: "object", properties, required },
  additionalProperties: false,
});

type Act = (args: JsonObject, folders: readonly LentFolder[], signal: AbortSignal) => Promise<string>;

const definitions: readonly { readonly definition: ToolDefinition; readonly act: Act; readonly writes: boolean }[] = [
  {
    definition: {
      name: "folder_list",
      description: "Lists the folders on the host that its owner lent, or what is in one of them.",
      parameters: object({ path }, []),
      class: "reads-here",
    },
    writes: false,
    act: async ({ path: asked }, folders) => {
      if (asked === undefined || asked === "") return folders.map(sayFolder).join("\n");
      const { names, isCut } = await listFolder(parsePath(String(asked), folders));
      const lines = names.map(({ name, isFolder }) => (isFolder ? `${name}/` : name));
      return [...(lines.length === 0 ? ["It is empty."] : lines), ...(isCut ? ["[There are more.]"] : [])].join("\n");
    },
  },
  {
    definition: {
      name: "folder_read",
      description: "Reads a text file in a lent folder, whole or some lines of it.",
      parameters: object(
        {
          path,
          from: { type: "integer", description: "The first line, counted from 1." },
          to: { type: "integer", description: "The last line." },
        },
        ["path"],
      ),
      class: "reads-here",
    },
    writes: false,
    act: async ({ path: asked, from, to }, folders) => {
      const text = await readText(parsePath(String(asked), folders));
      if (from === undefined && to === undefined) return text;
      return text
        .split("\n")
        .slice(Math.max(1, Number(from ?? 1)) - 1, Number(to ?? Infinity))
        .join("\n");
    },
  },
  {
    definition: {
      name: "folder_search",
      description: "Finds lines of text files in a lent folder that hold a text.",
      parameters: object({ path, text: { type: "string", description: "What to look for, word for word." } }, [
        "path",
        "text",
      ]),
      class: "reads-here",
    },
    writes: false,
    act: async ({ path: asked, text }, folders, signal) => {
      const wanted = String(text).trim();
      if (wanted === "" || wanted.length > searchTextCharsMax)
        throw new FolderError("refused", "Give a short text to look for.");
      const { hits, isCut } = await searchFolder(parsePath(String(asked), folders), wanted, signal);
      const lines = hits.map((hit) => `${hit.path}:${hit.line}: ${hit.text}`);
      if (lines.length === 0) lines.push("Nothing in it holds that text.");
      return [...lines, ...(isCut ? ["[Not all of it was looked through. Look in a folder within it.]"] : [])].join(
        "\n",
      );
    },
  },
  {
    definition: {
      name: "folder_write",
      description:
        "Writes a whole text file in a lent folder, in place of what stood there. Its folder has to be there.",
      parameters: object({ path, text: { type: "string", description: "All that is to stand in it." } }, [
        "path",
        "text",
      ]),
      class: "writes-here",
    },
    writes: true,
    act: async ({ path: asked, text }, folders) => {
      const place = parsePath(String(asked), folders);
      const whole = String(text).toWellFormed();
      const bytes = Buffer.byteLength(whole);
      if (!place.folder.isWritable)
        throw new FolderError("refused", `${place.folder.name} was lent for reading alone.`);
      if (bytes > writeBytesMax) throw new FolderError("refused", "That is too long for one file here.");
      const before = await writeText(place, whole);
      return before === null
        ? `Made, with ${bytes} bytes.`
        : `Written, with ${bytes} bytes. Before, ${before} bytes stood there.`;
    },
  },
];

const sayFolder = ({ name, isWritable }: LentFolder): string => (isWritable ? `${name}/ (may be written)` : `${name}/`);

export function createFolderTools(
  home: string,
  notify: (sentence: string) => void = () => {},
  platform: NodeJS.Platform = process.platform,
): ToolSource {
  let stamp = "never";
  let folders: readonly LentFolder[] = [];
  const look = (): readonly LentFolder[] => {
    const now = folderStamp(home);
    if (now === stamp) return folders;
    stamp = now;
    try {
      const noLending = findNoLending(platform);
      const named = readFolders(home);
      folders = noLending === null ? named : [];
      // A home that was moved here from another machine.
      if (noLending !== null && named.length > 0) notify(noLending);
    } catch (error) {
      folders = [];
      notify(error instanceof FolderError ? error.ownerSentence : "The list of lent folders cannot be read.");
    }
    return folders;
  };
  const tools = definitions.map(({ definition, act, writes }) => ({ writes, tool: toTool(definition, act, look) }));
  return {
    name: "folders",
    tools: () => {
      if (look().length === 0) return [];
      const mayWrite = folders.some(({ isWritable }) => isWritable);
      return tools.flatMap(({ tool, writes }) => (writes && !mayWrite ? [] : tool));
    },
    // Looked at with each answer: nobody waits for this.
    onChange: () => () => {},
    close: () => Promise.resolve(),
  };
}

function toTool(definition: ToolDefinition, act: Act, look: () => readonly LentFolder[]): Tool {
  return {
    ...definition,
    version: versionOf(definition),
    isUntrusted: definition.class === "reads-here",
    target: ({ path: asked }) => (typeof asked === "string" ? asked : ""),
    run: async (args, { signal }) => {
      try {
        return textResult(await act(args, look(), signal));
      } catch (error) {
        if (error instanceof FolderError) return errorResult(error.message);
        throw error;
      }
    },
  };
}
