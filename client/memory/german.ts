/** Deutsch. */
import type { MemoryStrings } from "./english.ts";

export const memoryGerman: MemoryStrings = {
  memory: "Gedächtnis",
  memoryNote: "Was in jedem Chat bekannt ist und mit jeder Frage mitgeht. Temporäre Chats sehen es nie.",
  projectMemory: "Hier gemerkt",
  projectMemoryNote: "Geht mit jeder Frage in diesem Projekt mit und mit keiner anderen.",
  proposes: "Modelle dürfen vorschlagen, was gemerkt wird",
  proposesNote: "Nichts wird behalten, bevor du zustimmst.",
  keepsUnasked: "Vorschläge von Modellen hier ohne Nachfrage merken",
  keepsUnaskedNote:
    "Du siehst sie in dieser Liste und kannst sie wieder herausnehmen. Hat ein Modell Fremdes gelesen, wirst du trotzdem gefragt.",
  none: "Noch nichts.",
  full: (many) =>
    many === 1
      ? "Eines davon wird Modellen nicht gesagt: In einer Frage ist kein Platz mehr. Angeheftetes geht vor, dann das Neueste. Nimm heraus, was weniger zählt, oder sag es kürzer."
      : `${many} davon werden Modellen nicht gesagt: In einer Frage ist kein Platz mehr. Angeheftetes geht vor, dann das Neueste. Nimm heraus, was weniger zählt, oder sag es kürzer.`,
  untold: "Wird nicht gesagt",
  add: "Etwas zum Merken hinzufügen",
  addHint: "Ein Satz, zum Beispiel: Ich bin Vegetarierin.",
  addButton: "Hinzufügen",
  factText: "Was gemerkt ist",
  pin: (text) => `Vorn halten: ${text}`,
  expires: (text) => `Bis wann: ${text}`,
  expiryChoices: { never: "Auf Dauer", month: "Für 30 Tage", year: "Für ein Jahr", until: (date) => `Bis ${date}` },
  forget: (text) => `Vergessen: ${text}`,
  forgotten: "Vergessen.",
  fromChat: (title) => `Aus „${title}“`,
  byYou: "Von dir geschrieben",
  asks: "Soll das gemerkt werden?",
  keep: "Merken",
  keepHere: (project) => `Nur in ${project}`,
  decline: "Nein",
};
