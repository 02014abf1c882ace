/** Deutsch. */
import type { ReadingStrings } from "./english.ts";

export const readingGerman: ReadingStrings = {
  files: "Dateien",
  addFiles: "Dateien hinzufügen",
  filesNote:
    "PDF, Word, Markdown, Text, Code, Webseiten, E-Mails und Bilder. Sie werden auf diesem Gerät gelesen und versiegelt; dein Host sieht nur die Stellen, die zu einer Frage passen.",
  noFiles:
    "Leg Dateien hier ab oder füge welche hinzu. Fragen in diesem Projekt werden dann aus ihnen beantwortet, mit Seite.",
  sourcesOnly: "Nur aus diesen Dateien antworten",
  sourcesOnlyNote: "Steht etwas nicht in den Dateien, sagt die Antwort das.",
  pages: (many) => (many === 1 ? "1 Seite" : `${many} Seiten`),
  picture: "Bild: hier aufbewahrt, nicht durchsucht",
  reading: "Wird gelesen",
  sealing: "Wird versiegelt",
  waiting: "Wartet",
  cancelFile: (name) => `${name} abbrechen`,
  dismissFile: (name) => `Hinweis zu ${name} schließen`,
  openFile: (name) => `${name} öffnen`,
  removeFile: (name) => `${name} aus dem Projekt nehmen`,
  fileRemoved: (name) => `„${name}“ aus dem Projekt genommen`,
  projectFull: "Dieses Projekt hat so viele Dateien, wie eines fassen kann. Nimm zuerst einige heraus.",
  readInPart: (name) => `„${name}“ ist sehr lang. Nur der Anfang kann gefunden werden.`,
  refusals: {
    password: (name) =>
      `„${name}“ ist mit einem Passwort gesperrt. Speichere eine Kopie ohne Passwort und füge diese hinzu.`,
    damaged: (name) =>
      `„${name}“ ist beschädigt oder unvollständig und kann nicht gelesen werden. Hol die Datei neu und füge sie noch einmal hinzu.`,
    encoding: (name) =>
      `Die Buchstaben von „${name}“ sind auf eine alte Art gespeichert, die sich nicht erkennen lässt. Speichere die Datei als UTF-8 und füge sie erneut hinzu.`,
    bomb: (name) => `„${name}“ entpackt sich zu weit mehr, als ein Dokument enthält, und wurde nicht gelesen.`,
    nested: (name) => `„${name}“ ist wie kein Dokument aufgebaut und wurde nicht gelesen.`,
    scanned: (name) =>
      `„${name}“ enthält Bilder von Seiten und keinen Text. Speichere die Datei mit Texterkennung und füge diese hinzu.`,
    unknown: (name) =>
      `„${name}“ ist von einer Art, die hier nicht gelesen werden kann. Speichere die Datei als PDF, Word (docx) oder Text und füge diese hinzu.`,
    slow: (name) =>
      `„${name}“ zu lesen dauerte länger als eine Minute und wurde beendet. Teile die Datei und füge die Teile hinzu.`,
    broken: (name) => `„${name}“ war zu viel für dieses Gerät. Versuch es auf einem anderen oder teile die Datei.`,
  },
  keptUnread: (says) => `${says} So kann sie keinem Modell gezeigt werden.`,
  notSearched: (names) => `Gefragt ohne ${names}: noch nicht auf diesem Gerät und nicht beim Host.`,

  page: (page) => `Seite ${page}`,
  source: (number, name, page) =>
    page === null ? `Quelle ${number}: ${name}` : `Quelle ${number}: ${name}, Seite ${page}`,
  sources: "Quellen",
  sourceText: "Was die Datei sagt",
  drawnPage: "Die Seite, wie sie aussieht",
  drawing: "Seite wird gezeichnet…",
  notDrawn: "Diese Seite lässt sich hier nicht zeichnen. Das steht auf ihr.",
  sourceLook: "Wie die Datei gezeigt wird",
  looks: { page: "Seite", text: "Text" },
  pageOf: (page, of) => `Seite ${page} von ${of}`,
  partOf: (part, of) => `Teil ${part} von ${of}`,
  previous: "Zurück",
  next: "Weiter",
  close: "Schließen",
  download: "Datei herunterladen",
  fileGone: "Die Datei ist nicht mehr hier. Dies ist die Stelle, aus der geantwortet wurde.",
  comingFile: "Datei wird geholt…",
  redacted: "Privates",
  wentOut: (many) =>
    many === 1
      ? "Eine private Angabe ging an diesen Modellserver"
      : `${many} private Angaben gingen an diesen Modellserver`,
  takenOut: (many) =>
    many === 1 ? "Eine private Angabe wurde vorher entfernt" : `${many} private Angaben wurden vorher entfernt`,
  shownSources: "Aus Dateien",
  shownOf: (shown, of) => (shown === of ? `${shown} Stellen` : `${shown} von ${of} Stellen, die besten, die passten`),
  byMeaning: "nach Wörtern und Bedeutung gewählt",
  byWords: "nach Wörtern gewählt",
  noneFound: "Keine Stelle der Dateien passt zu dieser Frage.",
};
