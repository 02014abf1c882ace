/** Deutsch, wie app/german.ts. */
import type { SettingsStrings } from "./english.ts";

const chats = (many: number): string => (many === 1 ? "1 Chat" : `${many} Chats`);
const files = (many: number): string => (many === 1 ? "1 Datei" : `${many} Dateien`);

export const settingsGerman: SettingsStrings = {
  data: "Deine Daten",
  exportTitle: "Alles exportieren",
  exportNote: "Einen Export kann jeder lesen, der die Datei hat: Bewahre sie auf, wo nur du hinkommst.",
  exportKinds: { json: "JSON", markdown: "Markdown", html: "Webseite" },
  exportKindNotes: {
    json: "Jeder Zweig, mit Dateien. Lässt sich wieder einlesen.",
    markdown: "Zum Lesen und Bearbeiten: der Zweig, den du siehst, mit Dateien.",
    html: "Zum Lesen und Drucken: der Zweig, den du siehst, mit Dateien.",
  },
  exportDo: "Exportieren",
  exportOneTitle: (title) => `„${title}“ exportieren`,
  exporting: (done, of) => `${done} von ${chats(of)} gelesen …`,
  exported: (many, ofFiles) =>
    ofFiles === 0 ? `${chats(many)} exportiert.` : `${chats(many)} und ${files(ofFiles)} exportiert.`,
  exportMissing: (many) => `${chats(many)} ${many === 1 ? "ließ" : "ließen"} sich gerade nicht öffnen.`,
  exportMissingFiles: (many) =>
    `${files(many)} ${many === 1 ? "ist" : "sind"} nicht auf diesem Gerät, und dein Host ist nicht da. Exportiere noch einmal, wenn er zurück ist.`,
  fileNotHere: "nicht in diesem Export",

  importTitle: "Chats einlesen",
  importNote:
    "Aus ChatGPT, Claude oder Open WebUI, oder ein Export von Sovereign: das Zip, wie es kam, oder das JSON darin. Gelesen wird auf diesem Gerät. Was schon hier ist, bleibt, wie es ist.",
  importChoose: "Datei wählen",
  importDrop: "oder hier loslassen",
  importReading: (name) => `${name} wird gelesen`,
  importAdding: (done, of) => `${done} von ${chats(of)}`,
  importCancel: "Abbrechen",
  importSources: { sovereign: "Sovereign", chatGpt: "ChatGPT", claude: "Claude", openWebUi: "Open WebUI" },
  imported: (many, source) => `${chats(many)} aus ${source} eingelesen.`,
  importedFiles: (many) => `${files(many)} ${many === 1 ? "kam" : "kamen"} mit.`,
  importKnown: (many) => `${chats(many)} ${many === 1 ? "war" : "waren"} schon hier.`,
  importSteps: (many) =>
    `${many} ${many === 1 ? "Schritt" : "Schritte"} zwischen Frage und Antwort weggelassen: Gedanken und Werkzeugaufrufe.`,
  importMissingFiles: (many) =>
    `${files(many)} ${many === 1 ? "wird" : "werden"} im Export genannt und ${many === 1 ? "ist" : "sind"} nicht darin.`,
  importSkipped: {
    unreadable: (many) => `${chats(many)} ${many === 1 ? "war" : "waren"} nicht lesbar.`,
    empty: (many) => `${chats(many)} ${many === 1 ? "war" : "waren"} ohne Worte.`,
    tooLong: (many) => `${chats(many)} ${many === 1 ? "ist" : "sind"} länger, als ein Chat hier sein kann.`,
  },
  importNames: (names, more) => (more === 0 ? names : `${names} und ${more} weitere`),
  importCancelled: "Angehalten. Was jetzt hier ist, ist ganz; dieselbe Datei bringt den Rest.",
  importFailed: "Es endete vorzeitig. Was jetzt hier ist, ist ganz; dieselbe Datei bringt den Rest.",
  importRefused: {
    unknown:
      "Das ist kein Export, der sich hier lesen lässt. Wähle das Zip, das ChatGPT oder Claude dir geschickt hat, oder das JSON von Open WebUI. Nichts wurde geändert.",
    damaged: "Diese Datei ist beschädigt oder abgeschnitten. Lade sie noch einmal herunter. Nichts wurde geändert.",
    tooLarge: "Diese Datei ist größer als jeder Export. Nichts wurde geändert.",
  },
};
