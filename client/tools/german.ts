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
  plans: {
    time: "Auf die Uhr sehen",
    calculate: "Rechnen",
    artifact_create: "Ein Artefakt machen",
    artifact_edit: "Eine Änderung vorschlagen",
    artifact_read: "Ein Artefakt lesen",
    run_code: "Ein Programm ausführen",
    search_knowledge: "In den Dateien des Projekts suchen",
    search_chats: "In deinen Chats suchen",
    task_list: "Auf die Aufgaben sehen",
    task_add: "Eine Aufgabe hinzufügen",
    task_done: "Eine Aufgabe erledigt melden",
    remember: "Etwas zum Merken vorschlagen",
    folder_list: "In einen Ordner sehen",
    folder_read: "Eine Datei lesen",
    folder_search: "In einem Ordner suchen",
    folder_write: "Eine Datei schreiben",
    fetch_page: "Eine Seite lesen",
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
    another:
      "„Immer“ hast du von einem Werkzeug dieses Namens gesagt, das ein anderes war: von einem anderen Server, oder dieses, bevor es geändert wurde. Darum fragt es.",
    unpinned:
      "„Immer“ hast du gesagt, bevor aufgeschrieben wurde, welches Werkzeug gemeint war. Darum fragt es noch einmal. Sag es wieder, dann gilt es für genau dieses.",
    label:
      "Dieses Projekt bleibt auf deinen eigenen Geräten, und das würde draußen etwas verraten. Es fragt jedes Mal.",
    tainted: "Das Modell hat Worte gelesen, die andere geschrieben haben. Sie können es dazu überredet haben.",
    private:
      "Darin kann etwas von dir stehen, das dem Modell anderswo nicht gezeigt wurde (eine Adresse, eine Nummer, ein Schlüssel), und das ginge mit hinaus.",
    "may-have-run": "Es ist vielleicht schon getan worden, als dein Host stehen blieb.",
  },
  means: {
    search_chats: "Eines deiner Geräte sucht in deinen anderen Chats, und dein Host bekommt die Zeilen, die es findet.",
    folder_write: "Was vorher in dieser Datei stand, ist dann weg.",
  },
  exactly: "Genau das wird ausgeführt. Was sich verstecken könnte, ist markiert.",
  takenOut: (many) =>
    many === 1
      ? "Etwas Privates wurde herausgenommen, bevor das an das Werkzeug geht."
      : `${many} private Stellen wurden herausgenommen, bevor das an das Werkzeug geht.`,
  foundInside: (many) =>
    many === 1
      ? "Darin steht etwas Privates (eine Adresse, eine Nummer, ein Schlüssel), und es geht mit."
      : `Darin stehen ${many} private Stellen (Adressen, Nummern, Schlüssel), und sie gehen mit.`,
  hidden: (many) =>
    many === 1
      ? "Ein Zeichen ist markiert, das sich versteckt oder aussieht wie ein anderes: Es kann das nach etwas anderem aussehen lassen."
      : `${many} Zeichen sind markiert, die sich verstecken oder aussehen wie andere: Sie können das nach etwas anderem aussehen lassen.`,
  secondsLeft: (seconds) => `Keine Antwort in ${seconds} s heißt Nein.`,
  allow: "Einmal erlauben",
  always: "Dieses Werkzeug immer erlauben",
  alwaysNote: "In diesem Projekt; in Chats ohne Projekt in all diesen.",
  refuse: "Nicht erlauben",
  answered: "Deinem Host gesagt.",
  notTold:
    "Das konnte auf diesem Gerät nicht behalten werden, also weiß dein Host nichts davon. Ohne dein Wort wird nichts getan; versuch es noch einmal.",
  tooLate: "Die Zeit ist um. Dein Host hat das als Nein genommen, und nichts wurde getan.",

  formTitle: "Ein Werkzeug fragt dich etwas",
  formNote:
    "Deine Antwort geht an den Server dieses Werkzeugs. Schreib hier nie ein Passwort oder einen Schlüssel hinein.",
  formSend: "Senden",
  formRefuse: "Nicht antworten",
  formSecondsLeft: (seconds) => `Keine Antwort innerhalb von ${seconds} s ist keine.`,
  formOptional: "(wenn du magst)",
  formMissing: "Bitte ausfüllen.",
  formChoose: "Auswählen…",

  prompts: {
    title: "Vorlagen deiner Werkzeuge",
    close: "Vorlagen schließen",
    note: "Texte für den Anfang, die deine Werkzeugserver mitbringen. Es sind Worte anderer: Was du wählst, wird neben deine Nachricht gelegt, und du entscheidest, was daraus wird.",
    asking: "Dein Host wird gefragt…",
    failed: "Dein Host beantwortet das jetzt nicht. Vielleicht ist er beschäftigt, oder er braucht die neuere Version.",
    again: "Noch einmal fragen",
    none: "Deine Werkzeugserver bringen keine Vorlagen mit. Einer, der es tut, wird am Host hinzugefügt: sovereign tools add",
    away: (servers) => `Nicht gefragt, weil sie jetzt nicht starten: ${servers}.`,
    goes: "Was du einträgst, geht an den Server dieses Werkzeugs. Schreib hier nie ein Passwort oder einen Schlüssel hinein.",
    put: "Neben meine Nachricht legen",
    back: "Alle Vorlagen",
    words: (name) => `Bitte tu, was „${name}“ verlangt; es geht als Datei mit.`,
  },

  rules: "Werkzeuge",
  rulesNote:
    "Was Werkzeuge tun dürfen, wenn ein Modell sie will, und zwar in Chats ohne Projekt: Jedes Projekt hat eigene Regeln, auf seiner Seite. Nur deine Geräte können das ändern, nie ein Modell oder ein Werkzeug.",
  rulesOfProject:
    "Was Werkzeuge in diesem Projekt tun dürfen. Die Regeln in den Einstellungen gelten hier nicht. Nur deine Geräte können das ändern, nie ein Modell oder ein Werkzeug.",
  ruleFor: (what) => `Regel: ${what}`,
  ruleNames: { deny: "Nie", ask: "Jedes Mal fragen", allow: "Immer" },
  ownRules: "Werkzeuge mit eigener Regel",
  redaction: {
    title: "Was Modelle und Werkzeuge anderswo nicht zu sehen bekommen",
    note: "Bevor eine Frage dieses Projekts zu einem Modellserver geht, der nicht auf deinen eigenen Rechnern läuft, oder das, was ein Modell von einem Werkzeug anderswo will, zu diesem Werkzeug, wird nach Privatem gesucht: Adressen, Nummern, Schlüssel. Auf deinen eigenen Rechnern wird nichts geändert.",
    asHost: "Wie auf deinem Host (meist Platzhalter)",
    modes: {
      placeholders: "Platzhalter, die in der Antwort wieder zurückkommen",
      mask: "Geschwärzt, für immer",
      warn: "Nichts wird entfernt, und bei der Antwort steht, was hinausging",
      off: "Es wird nicht gesucht",
    },
    words: "Eigene Wörter",
    wordsHint: "Eines je Zeile: ein Projektname, ein Kunde, eine Straße",
    names: "Auch Namen und Anschriften",
    namesNote: "Soweit sie sich erkennen lassen: etwa drei von vier.",
  },

  audit: {
    title: "Was Werkzeuge getan haben",
    open: "Was Werkzeuge getan haben …",
    close: "Schließen",
    note: "Dein Host schreibt auf, was ein Werkzeug gleich tut, bevor es das tut, und was daraus wurde. Nur deine Geräte können das lesen, und niemand kann es ändern, ohne dass es hier auffällt.",
    asking: "Dein Host wird gefragt …",
    read: (now, total) => `${now} von ${total} Einträgen geprüft.`,
    unread: "Das konnte nicht gelesen werden. Versuch es noch einmal.",
    again: "Noch einmal",
    empty: "Noch hat kein Werkzeug etwas getan.",
    whole: (entries, until) =>
      entries === 1
        ? `Vollständig: ein Eintrag, wie er geschrieben wurde. ${until}.`
        : `Vollständig bis ${until}: ${entries} Einträge, jeder wie er geschrieben wurde.`,
    broken: (at, why) => `Nicht vollständig ab Eintrag ${at}: ${why}`,
    brokenNote:
      "Jemand hat die Datei auf deinem Host geändert oder eine ältere zurückgelegt. Was unten steht, kam davor. Sieh nach dem Host und danach, wer ihn erreicht.",
    faults: {
      "no-entry": "Was dort steht, ist kein Eintrag.",
      "other-vault": "Er gehört zu einem anderen Tresor.",
      "out-of-place": "Er folgt nicht auf den davor.",
      unsigned: "Dein Host hat ihn nicht geschrieben.",
      cut: "Er ist nur halb da.",
      gone: "Deine Geräte haben spätere Einträge gesehen, die weg sind.",
      replaced: "Deine Geräte haben an seiner Stelle einen anderen gesehen.",
    },
    sealed: (many) =>
      many === 1
        ? "Ein Eintrag ist älter als dieses Gerät und lässt sich auf deinen anderen lesen."
        : `${many} Einträge sind älter als dieses Gerät und lassen sich auf deinen anderen lesen.`,
    filters: "Nur zeigen",
    allTools: "Alle Werkzeuge",
    place: "Wo",
    allPlaces: "Überall",
    outcome: "Ausgang",
    allOutcomes: "Jeder Ausgang",
    day: "Tag",
    many: (rows) => (rows === 1 ? "Ein Aufruf" : `${rows} Aufrufe`),
    more: "Mehr zeigen",
    save: "Als Datei sichern",
    saveNote: "Alle Einträge, für jeden eine Zeile JSON. In der Datei sind sie nicht versiegelt.",
    askedBy: "Gefragt von",
    someModel: "Einem Modell",
    allowedBy: "Erlaubt von",
    byRule: "Deinen Regeln",
    byDevice: (name) => `Dir, auf ${name}`,
    someDevice: "einem Gerät, das es nicht mehr gibt",
    byNobody: "Niemandem: Es wurde nichts getan",
    when: "Wann",
    entries: (first, last) => (first === last ? `Eintrag ${first}` : `Einträge ${first} bis ${last}`),
    entryNumbers: "Im Protokoll",
    openChat: "Den Chat öffnen",
    goneChat: "Ein Chat, der nicht hier ist",
  },

  unpinned: "Fragt noch einmal: Als du das gesagt hast, wurde nicht aufgeschrieben, welches Werkzeug gemeint war.",
  forget: (name) => `Die Regel für ${name} vergessen`,
};
