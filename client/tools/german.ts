/** Deutsch, wie app/german.ts. */
import type { ToolStrings } from "./english.ts";

export const toolGerman: ToolStrings = {
  names: {
    time: "Auf die Uhr gesehen",
    calculate: "Gerechnet",
    artifact_create: "Ein Artefakt gemacht",
    artifact_edit: "Eine Änderung vorgeschlagen",
    artifact_read: "Ein Artefakt gelesen",
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

  formTitle: "Ein Werkzeug fragt dich etwas",
  formNote:
    "Deine Antwort geht an den Server dieses Werkzeugs. Schreib hier nie ein Passwort oder einen Schlüssel hinein.",
  formSend: "Senden",
  formRefuse: "Nicht antworten",
  formSecondsLeft: (seconds) => `Keine Antwort innerhalb von ${seconds} s ist keine.`,
  formOptional: "(wenn du magst)",
  formMissing: "Bitte ausfüllen.",
  formChoose: "Auswählen…",

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
