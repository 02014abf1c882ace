/** What settings, data, status and privacy say: fetched with the first of them. */
import type { ImportSource, Refusal } from "../data/readImport.ts";
import type { SkippedChat } from "../data/sources/readChat.ts";

const chats = (many: number): string => (many === 1 ? "1 chat" : `${many} chats`);
const files = (many: number): string => (many === 1 ? "1 file" : `${many} files`);

export const settingsEnglish = {
  data: "Your data",
  exportTitle: "Export everything",
  exportNote: "An export is a file that anyone can read who has it: keep it where only you can.",
  exportKinds: { json: "JSON", markdown: "Markdown", html: "Web page" },
  exportKindNotes: {
    json: "Every branch, with files. It can be brought back in.",
    markdown: "To read and to edit: the branch you see, with files.",
    html: "To read and to print: the branch you see, with files.",
  },
  exportDo: "Export",
  exportOneTitle: (title: string) => `Export “${title}”`,
  exporting: (done: number, of: number) => `Reading ${done} of ${chats(of)}…`,
  exported: (many: number, ofFiles: number) =>
    ofFiles === 0 ? `${chats(many)} exported.` : `${chats(many)} and ${files(ofFiles)} exported.`,
  exportMissing: (many: number) => `${chats(many)} could not be opened now.`,
  exportMissingFiles: (many: number) =>
    `${files(many)} ${many === 1 ? "is" : "are"} not on this device, and your host is away. Export again when it is back.`,
  fileNotHere: "not in this export",

  importTitle: "Bring chats in",
  importNote:
    "From ChatGPT, Claude or Open WebUI, or an export of Sovereign: the zip as it came, or the JSON in it. It is read on this device. What is here already stays as it is.",
  importChoose: "Choose a file",
  importDrop: "or let one go here",
  importReading: (name: string) => `Reading ${name}`,
  importAdding: (done: number, of: number) => `${done} of ${chats(of)}`,
  importCancel: "Cancel",
  importSources: {
    sovereign: "Sovereign",
    chatGpt: "ChatGPT",
    claude: "Claude",
    openWebUi: "Open WebUI",
  } satisfies Record<ImportSource, string>,
  imported: (many: number, source: string) => `${chats(many)} brought in from ${source}.`,
  importedFiles: (many: number) => `${files(many)} came with them.`,
  importKnown: (many: number) => `${chats(many)} ${many === 1 ? "was" : "were"} here already.`,
  importSteps: (many: number) =>
    `${many} ${many === 1 ? "step" : "steps"} between question and answer left out: thoughts and tool calls.`,
  importMissingFiles: (many: number) =>
    `${files(many)} ${many === 1 ? "is" : "are"} named in the export and not in it.`,
  importSkipped: {
    unreadable: (many: number) => `${chats(many)} could not be read.`,
    empty: (many: number) => `${chats(many)} had no words in ${many === 1 ? "it" : "them"}.`,
    tooLong: (many: number) => `${chats(many)} ${many === 1 ? "is" : "are"} longer than a chat can be here.`,
  } satisfies Record<SkippedChat, (many: number) => string>,
  importNames: (names: string, more: number) => (more === 0 ? names : `${names} and ${more} more`),
  importCancelled: "Stopped. What is here by now is whole; the same file brings in the rest.",
  importFailed: "It came to an end early. What is here by now is whole; the same file brings in the rest.",
  importRefused: {
    unknown:
      "This is no export that can be read here. Choose the zip that ChatGPT or Claude sent you, or the JSON of Open WebUI. Nothing was changed.",
    damaged: "This file is damaged or was cut off. Download it once more. Nothing was changed.",
    tooLarge: "This file is larger than any export. Nothing was changed.",
  } satisfies Record<Refusal, string>,
};

export type SettingsStrings = typeof settingsEnglish;
