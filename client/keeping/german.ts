import type { KeepingStrings } from "./english.ts";

export const keepingGerman: KeepingStrings = {
  keepTitle: "Wie lange Chats bleiben",
  forEver: "Für immer",
  days: (count) => (count === 1 ? "1 Tag nach der letzten Nachricht" : `${count} Tage nach der letzten Nachricht`),
  otherDays: "Eine andere Zahl von Tagen …",
  daysField: "Tage",
  keepNote:
    "Ein älterer Chat wird erst markiert und eine Woche später vernichtet: auf jedem Gerät und auf deinem Host, mit seinen Dateien, endgültig. Angeheftete Chats bleiben, und ebenso einer, der auf eine Antwort wartet.",
  goNext: (count) => (count === 1 ? "Ein Chat geht als Nächstes" : `${count} Chats gehen als Nächstes`),
  goesOn: (day) => `geht am ${day}`,
  keep: "Behalten",
  keepHint: "Heftet ihn an: Angeheftete Chats bleiben.",
  destroyTitle: "Dieses Projekt vernichten",
  destroyNote:
    "Löschen lässt sich zurücknehmen. Vernichten nicht: Danach kann niemand mehr lesen, was darin war, auch du nicht.",
  destroyBegin: "Dieses Projekt vernichten …",
  goes: (chats, artifacts) =>
    `Was geht: ${chats === 1 ? "1 Chat" : `${chats} Chats`}, ${artifacts === 0 ? "" : artifacts === 1 ? "1 Artefakt, " : `${artifacts} Artefakte, `}alle Dateien, Anweisungen, Aufgaben und Erinnerungen; auch was archiviert oder gelöscht ist. Was dort gerade beantwortet wird, wird angehalten.`,
  goesWhere: (others) =>
    others === ""
      ? "Von wo: sofort von diesem Gerät und deinem Host."
      : `Von wo: sofort von diesem Gerät und deinem Host, und von ${others}, sobald das Gerät deinen Host erreicht. Ein Gerät, das nicht da ist, hat es bis dahin noch; eines, das du entfernt hast, behält, was es hatte.`,
  goesBackups:
    "Sicherungen im eigenen Ordner deines Hosts geben die Schlüssel dazu her, wenn die nächste entsteht. Kopien, die du anderswohin gebracht hast, haben sie noch: Wer eine hat, dazu deine 24 Wörter oder eines deiner Geräte, könnte es lesen. Lösche diese Kopien, oder wende „sovereign backup --forget“ auf sie an.",
  goesNot:
    "Was bleibt: Dateien, die du exportiert oder heruntergeladen hast, was der Server eines Modells aufgeschrieben hat, die Aufzeichnung dessen, was Werkzeuge taten, und, versiegelt, sein Name und seine Titel im Verlauf deiner Listen, bis der gekürzt wird.",
  needsHost: "Dein Host muss dafür erreichbar sein: Was er hat, muss auch weg.",
  typeName: (name) => `Tippe seinen Namen, „${name}“, um fortzufahren`,
  destroyDo: "Endgültig vernichten",
  destroying: "Wird vernichtet …",
  destroyed: "Dieses Projekt wurde vernichtet",
  destroyedAt: (day) => `Vernichtet am ${day}.`,
  destroyedTitle: "Vernichtete Projekte",
  goneFrom: (devices) => `Weg von: ${devices}.`,
  goneStill: (devices) => `Steht noch aus: ${devices}. Öffne die App dort einmal, mit deinem Host in Reichweite.`,
  goneAll: "Es ist von allen deinen Geräten weg.",
  thisDevice: "diesem Gerät",
  untitled: "Projekt ohne Namen",
  unkeptTitle: (messages) =>
    messages === 1
      ? "Eine Nachricht, die du hier geschrieben hast, konnte nicht aufgehoben werden: Ihr Chat wurde vernichtet, während dieses Gerät weg war."
      : `${messages} Nachrichten, die du hier geschrieben hast, konnten nicht aufgehoben werden: Ihr Chat wurde vernichtet, während dieses Gerät weg war.`,
  unkeptText: "Was du geschrieben hast, hat nur noch dieses Gerät.",
  unkeptTake: (messages) => (messages === 1 ? "In einem neuen Chat behalten" : "Alle in einem neuen Chat behalten"),
  unkeptDiscard: (messages) => (messages === 1 ? "Verwerfen" : "Alle verwerfen"),
  unkeptTaken: (chats) => (chats === 1 ? "In einem neuen Chat behalten" : `In ${chats} neuen Chats behalten`),
  unkeptDiscarded: "Verworfen",
};
