/** Words of files that are read: a project's, those of a question, and what an answer cites of them. German: german.ts. */
import type { ReadingRefusal } from "./outcome.ts";

export const readingEnglish = {
  files: "Files",
  addFiles: "Add files",
  filesNote:
    "PDF, Word, Markdown, text, code, web pages, e-mail and pictures. They are read on this device and sealed; your host is shown only the passages that fit a question.",
  noFiles: "Drop files here, or add some. Questions in this project are then answered from them, with the page.",
  sourcesOnly: "Answer only from these files",
  sourcesOnlyNote: "Where the files do not say it, the answer says so.",
  pages: (many: number) => (many === 1 ? "1 page" : `${many} pages`),
  picture: "Picture: kept here, not searched",
  reading: "Reading",
  sealing: "Sealing",
  waiting: "Waiting",
  cancelFile: (name: string) => `Cancel ${name}`,
  dismissFile: (name: string) => `Close the note about ${name}`,
  openFile: (name: string) => `Open ${name}`,
  removeFile: (name: string) => `Take ${name} out of the project`,
  fileRemoved: (name: string) => `“${name}” taken out of the project`,
  projectFull: "This project has as many files as one can hold. Take some out first.",
  readInPart: (name: string) => `“${name}” is very long. Only its beginning can be found.`,
  refusals: {
    password: (name: string) => `“${name}” is locked with a password. Save a copy without it, and add that.`,
    damaged: (name: string) =>
      `“${name}” is damaged or cut off, so it cannot be read. Get it again, and add it once more.`,
    encoding: (name: string) =>
      `The letters of “${name}” are stored in an old way that cannot be told apart. Save it as UTF-8, and add it again.`,
    bomb: (name: string) => `“${name}” unpacks to far more than a document holds, so it was not read.`,
    nested: (name: string) => `“${name}” is built unlike any document, so it was not read.`,
    scanned: (name: string) =>
      `“${name}” holds pictures of pages and no text. Save it with text recognition, and add that.`,
    unknown: (name: string) =>
      `“${name}” is of a kind that cannot be read here. Save it as PDF, Word (docx) or text, and add that.`,
    slow: (name: string) =>
      `Reading “${name}” took more than a minute, so it was stopped. Split it, and add the parts.`,
    broken: (name: string) => `“${name}” was too much for this device to read. Try it on another one, or split it.`,
  } satisfies Record<ReadingRefusal, (name: string) => string>,
  keptUnread: (says: string) => `${says} A model cannot be shown it as it is.`,
  notSearched: (names: string) => `Asked without ${names}: not on this device yet, and not at the host.`,

  page: (page: number) => `page ${page}`,
  source: (number: number, name: string, page: number | null) =>
    page === null ? `Source ${number}: ${name}` : `Source ${number}: ${name}, page ${page}`,
  sources: "Sources",
  sourceText: "What the file says",
  drawnPage: "The page as it looks",
  drawing: "Drawing the page…",
  notDrawn: "This page cannot be drawn here. This is what it says.",
  sourceLook: "How the file is shown",
  looks: { page: "Page", text: "Text" },
  pageOf: (page: number, of: number) => `Page ${page} of ${of}`,
  partOf: (part: number, of: number) => `Part ${part} of ${of}`,
  previous: "Previous",
  next: "Next",
  close: "Close",
  download: "Download the file",
  fileGone: "The file is no longer here. This is the passage that the answer was given.",
  comingFile: "Fetching the file…",
  redacted: "Private",
  wentOut: (many: number) =>
    many === 1 ? "One private thing went to this model server" : `${many} private things went to this model server`,
  takenOut: (many: number) =>
    many === 1 ? "One private thing was taken out before" : `${many} private things were taken out before`,
  shownSources: "From files",
  shownOf: (shown: number, of: number) =>
    shown === of ? `${shown} passages` : `${shown} of ${of} passages, the best that fitted`,
  byMeaning: "chosen by words and meaning",
  byWords: "chosen by words",
  noneFound: "No passage of the files fits this question.",
};

export type ReadingStrings = typeof readingEnglish;
