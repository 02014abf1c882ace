/** Deutsch, wie app/german.ts. */
import type { ToolStrings } from "./english.ts";

export const toolGerman: ToolStrings = {
  names: {
    time: "Auf die Uhr gesehen",
    calculate: "Gerechnet",
    artifact_create: "Ein Artefakt gemacht",
    artifact_edit: "Eine Änderung vorgeschlagen",
    artifact_read: "Ein Artefakt gelesen",
    run_code: "Ein Programm ausgeführt",
    search_knowledge: "In den Dateien des Projekts gesucht",
    search_chats: "In deinen Chats gesucht",
    task_list: "Auf die Aufgaben gesehen",
    task_add: "Eine Aufgabe hinzugefügt",
    task_done: "Eine Aufgabe erledigt gemeldet",
    remember: "Etwas zum Merken vorgeschlagen",
    folder_list: "In einen Ordner gesehen",
    folder_read: "Eine Datei gelesen",
    folder_search: "In einem Ordner gesucht",
    folder_write: "Eine Datei geschrieben",
    fetch_page: "Eine Seite gelesen",
  },
  used: "Was Werkzeuge getan haben",
  statuses: {
    called: "Beginnt",
    asks: "Wartet auf dich",
    running: "Läuft",
    done: "Fertig",
    failed: "Misslungen",
    denied: "Nicht erlaubt",
    refused: "Du hast Nein gesagt",
    expired: "Niemand hat rechtzeitig geantwortet",
    stopped: "Angehalten",
    "may-have-run": "Vielleicht getan",
  },
  mayHaveRunNote:
    "Dein Host ist mittendrin stehen geblieben. Es kann getan sein oder nicht. Von selbst wird es nicht noch einmal getan.",
  given: "Gefragt mit",
  gave: "Ergab",
  showWhole: (chars) => `Alles zeigen (${chars} Zeichen)`,
  leftOut: (chars) => `${chars} weitere Zeichen sind hier weggelassen.`,
  nothing: "Nichts",
  tool: "Werkzeug",
  target: "Wo",

  asksFor: (name) => `Dein Host fragt, bevor er das tut: ${name}`,
  askTitle: "Darf dein Host das tun?",
  classes: {
    "reads-here": "Liest, was hier ist",
    "reads-outside": "Fragt anderswo, und verrät damit, wonach",
    "writes-here": "Ändert hier etwas",
    "sends-out": "Schickt etwas hinaus",
    "costs-money": "Kostet Geld",
  },
  reasons: {
    rule: "Danach möchtest du gefragt werden.",
    tainted: "Das Modell hat Worte gelesen, die andere geschrieben haben. Sie können es dazu überredet haben.",
    private:
      "Darin kann etwas von dir stehen, das dem Modell anderswo nicht gezeigt wurde (eine Adresse, eine Nummer, ein Schlüssel), und das ginge mit hinaus.",
    "may-have-run": "Es ist vielleicht schon getan worden, als dein Host stehen blieb.",
  },
  tasks: "Aufgaben",
  tasksNote: "Modelle sehen diese Liste, wenn sie hineinschauen; ob sie sie ändern dürfen, steht unten bei Werkzeuge.",
  noTasks: "Nichts zu tun.",
  taskText: "Aufgabe",
  addTask: "Eine Aufgabe hinzufügen",
  addTaskHint: "Was zu tun ist",
  addTaskButton: "Hinzufügen",
  taskDone: (text) => `Erledigt: ${text}`,
  taskRemove: (text) => `Herausnehmen: ${text}`,
  taskRemoved: "Herausgenommen.",
  taskFrom: (title) => `Aus „${title}“`,
  means: {
    search_chats: "Eines deiner Geräte sucht in deinen anderen Chats, und dein Host bekommt die Zeilen, die es findet.",
    folder_write: "Was vorher in dieser Datei stand, ist dann weg.",
  },
  exactly: "Genau das wird ausgeführt. Was sich verstecken könnte, ist markiert.",
  hidden: (many) =>
    many === 1
      ? "Ein verstecktes Zeichen ist markiert: Es kann das nach etwas anderem aussehen lassen."
      : `${many} versteckte Zeichen sind markiert: Sie können das nach etwas anderem aussehen lassen.`,
  secondsLeft: (seconds) => `Keine Antwort in ${seconds} s heißt Nein.`,
  allow: "Einmal erlauben",
  always: "Dieses Werkzeug immer erlauben",
  alwaysNote: "In diesem Projekt; in Chats ohne Projekt in all diesen.",
  refuse: "Nicht erlauben",
  answered: "Deinem Host gesagt.",

  rules: "Werkzeuge",
  rulesNote:
    "Was Werkzeuge tun dürfen, wenn ein Modell sie will. Nur deine Geräte können das ändern, nie ein Modell oder ein Werkzeug.",
  rulesOfProject:
    "Was Werkzeuge in diesem Projekt tun dürfen. Nur deine Geräte können das ändern, nie ein Modell oder ein Werkzeug.",
  ruleFor: (what) => `Regel: ${what}`,
  ruleNames: { deny: "Nie", ask: "Jedes Mal fragen", allow: "Immer" },
  ownRules: "Werkzeuge mit eigener Regel",
  forget: (name) => `Die Regel für ${name} vergessen`,
};
