/** Deutsch, wie app/german.ts. */
import type { SettingsStrings } from "./english.ts";

const chats = (many: number): string => (many === 1 ? "1 Chat" : `${many} Chats`);
const files = (many: number): string => (many === 1 ? "1 Datei" : `${many} Dateien`);

export const settingsGerman: SettingsStrings = {
  enterKey: "Enter",
  enterSends: "Sendet",
  enterLine: "Beginnt eine Zeile",
  data: "Deine Daten",
  notices: "Benachrichtigungen",
  noticeReady: "Wenn eine Antwort fertig ist",
  noticeChoices: { off: "Aus", on: "Ein", push: "Auch wenn geschlossen" },
  noticeNote:
    "Ein: erscheint, während diese Seite nicht zu sehen ist. Aus einem Chat steht nie etwas in einer Benachrichtigung.",
  pushNote:
    "Auch wenn geschlossen: Dein Host bittet den Push-Dienst deines Browsers, dieses Gerät zu wecken. Der Push-Dienst von Apple, Google, Mozilla oder Microsoft erfährt, dass etwas beantwortet wurde und wann, nie was. Was gesendet wird, ist für dieses Gerät versiegelt und immer gleich groß.",
  pushNotHere:
    "Diesem Browser kann nichts gesagt werden, während die App geschlossen ist. Lege die App auf einem iPhone oder iPad zuerst auf den Home-Bildschirm und öffne sie von dort.",
  pushAsking: "Der Push-Dienst wird gefragt …",
  pushFailed: {
    "not-allowed":
      "Der Browser erlaubt es nicht. Öffne seine Einstellungen für diese Seite (das Zeichen neben der Adresse, auf einem Telefon die Einstellungen der App), erlaube Benachrichtigungen und wähle hier noch einmal.",
    "no-host": "Dein Host antwortet gerade nicht, und er muss davon wissen. Wähle noch einmal, wenn er wieder da ist.",
    guest: "Dieser Host benachrichtigt nur Geräte aus dem Tresor seines Besitzers. „Ein“ geht auch hier.",
    "no-service":
      "Der Push-Dienst dieses Browsers ist nicht zu erreichen, oder dein Host ruft ihn nicht an. Es wurde nichts gesendet. „Ein“ geht auch ohne ihn.",
  },
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
    "Aus ChatGPT, Claude, Open WebUI oder LibreChat, oder ein Export von Sovereign: das Zip, wie es kam, oder das JSON darin. Auch mehrere Dateien auf einmal. Gelesen wird auf diesem Gerät. Was schon hier ist, bleibt, wie es ist.",
  importChoose: "Datei wählen",
  importDrop: "oder hier loslassen",
  importFiles: files,
  importReading: (name) => `${name} wird gelesen`,
  importAdding: (done, of) => `${done} von ${chats(of)}`,
  importCancel: "Abbrechen",
  importSources: {
    sovereign: "Sovereign",
    chatGpt: "ChatGPT",
    claude: "Claude",
    openWebUi: "Open WebUI",
    libreChat: "LibreChat",
  },
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
  importNames: (names, more) => (more === 0 ? `${names}` : `${names} und ${more} weitere`),
  importCancelled: "Angehalten. Was jetzt hier ist, ist ganz; dieselbe Datei bringt den Rest.",
  importFailed: "Es endete vorzeitig. Was jetzt hier ist, ist ganz; dieselbe Datei bringt den Rest.",
  importRefused: {
    unknown:
      "Das ist kein Export, der sich hier lesen lässt. Wähle das Zip, das ChatGPT oder Claude dir geschickt hat, oder das JSON von Open WebUI oder LibreChat. Nichts wurde geändert.",
    damaged: "Diese Datei ist beschädigt oder abgeschnitten. Lade sie noch einmal herunter. Nichts wurde geändert.",
    tooLarge: "Diese Datei ist größer als jeder Export. Nichts wurde geändert.",
  },

  eraseTitle: "Alles löschen",
  eraseNote: "Nimmt alles aus diesem Browser: Schlüssel, Chats, Dateien, Entwürfe und was hier gewählt wurde.",
  eraseBegin: "Alles auf diesem Gerät löschen …",
  erasePending: (many) =>
    many === 1
      ? "1 Änderung ist noch nicht bei deinem Host und geht mit verloren."
      : `${many} Änderungen sind noch nicht bei deinem Host und gehen mit verloren.`,
  eraseOthers:
    "Deine anderen Geräte behalten alles. Entferne dieses aus ihrer Geräteliste, damit nichts mehr für es versiegelt wird.",
  eraseWordsLeft:
    "Kein anderes Gerät hat es. Mit deinen 24 Wörtern lässt es sich von deinem Host zurückholen, ohne sie kann das niemand.",
  eraseLast:
    "Kein anderes Gerät hat es, und es gibt keine 24 Wörter. Danach kann niemand mehr etwas davon lesen. Exportiere es vorher, wenn du es vielleicht noch brauchst.",
  eraseHost:
    "Dein Host behält seine versiegelten Umschläge, die er nicht lesen kann. Um auch sie zu löschen, beende den Host und lösche dort seinen Ordner.",
  eraseFiles: "Dateien, die du exportiert oder heruntergeladen hast, bleiben, wo du sie abgelegt hast.",
  eraseType: (word) => `Tippe „${word}“, um fortzufahren`,
  eraseWord: "löschen",
  eraseDo: "Hier alles löschen",

  temporaryNote:
    "Auf keiner Platte: weder auf diesem Gerät noch auf deinem Host, auch nicht versiegelt. Er ist weg, wenn du ihn oder diese Seite schließt.",
  temporaryKeep: "Diesen Chat behalten",
  temporaryClose: "Schließen",
  temporaryKept: "Behalten, bei deinen anderen Chats",
  temporaryClosed: "Geschlossen. Nichts davon ist übrig.",

  statusTitle: "Zustand und Privatsphäre",
  closeStatus: "Zustand und Privatsphäre schließen",
  services: "Dein Host",
  relayName: "Bewahrt und gibt weiter",
  relayStates: {
    live: "Erreichbar",
    connecting: "Wird gesucht",
    offline: "Nicht da",
    refused: "Bedient diesen Tresor nicht",
  },
  agentName: "Antwortet",
  agentThere: "Bereit",
  agentAway: "Nicht da",
  backendName: "Gerechnet von",
  backendModels: (many) => (many === 1 ? "1 Modell" : `${many} Modelle`),
  gatewayName: "Bedient andere Werkzeuge",
  gatewayThere: "Bereit, für Werkzeuge mit einem Schlüssel",
  gatewayAway: "Nicht da",
  queueName: "Warten auf ihre Reihe",
  queueNone: "Keine Fragen",
  queueSome: (many) => (many === 1 ? "1 Frage" : `${many} Fragen`),
  syncTitle: "Noch nicht auf deinem Host",
  syncNone: "Alles, was auf diesem Gerät geschrieben wurde, ist auf deinem Host.",
  syncUnsaved: "Wird auf diesem Gerät gesichert",
  syncPending: (many) => (many === 1 ? "1 Änderung zu senden" : `${many} Änderungen zu senden`),
  syncFiles: (many) => (many === 1 ? "1 Datei zu senden" : `${many} Dateien zu senden`),
  devicesTitle: "Geräte",
  seenNow: "Gerade hier",
  seenNever: "Noch nicht gesehen",
  seenAt: (when) => `Zuletzt gesehen ${when}`,
  lacksNothing: "Hat alles von hier",
  lacksSome: (many) => (many === 1 ? "Ihm fehlt etwas aus 1 Chat" : `Ihm fehlt etwas aus ${many} Chats`),

  leftTitle: "Was dieses Gerät lesbar verlassen hat",
  leftNote:
    "Um zu antworten, liest dein Host diesen einen Chat, im Arbeitsspeicher und solange er antwortet. Das sind die Antworten auf diesem Gerät, die neueste zuerst, und was jede gerechnet hat.",
  leftNone: "Noch nichts. Keine Frage wurde beantwortet.",
  leftMore: "Mehr zeigen",
  leftReading: "Wird gelesen …",
  leftUnknown: "Niemand genannt",
  linksTitle: "Links, denen du gefolgt bist, seit diese Seite offen ist",
  linksNone: "Keine. Eine Seite, die du aus einer Antwort öffnest, sieht dein Gerät wie jeden Besucher.",
  linksNote: "Nur aufbewahrt, solange diese Seite offen ist.",
  relayTitle: "Was dein Host aufbewahrt, und was er davon sieht",
  relaySees: [
    "Dass eines deiner Geräte schrieb, wann, und wie viel.",
    "Welche Umschläge zusammengehören, unter Namen, die Zufall sind.",
    "Die öffentlichen Schlüssel deiner Geräte, und wann eines kam oder entfernt wurde.",
  ],
  relaySeesNot: [
    "Worte, Titel, Entwürfe und Dateien: Alles kommt versiegelt an.",
    "Die Namen deiner Geräte.",
    "Welche Frage in einem Umschlag steht, oder dass eine darin steht.",
  ],
  relaySeesHead: "Er sieht",
  relaySeesNotHead: "Er sieht nicht",
  storageTitle: "Speicher auf diesem Gerät",
  storageUsed: (used, room) => `${used} von ${room} benutzt, die der Browser dieser Seite gibt.`,
  storageUnknown: "Dieser Browser sagt nicht, wie viel benutzt ist.",
  storageKept: "Der Browser bewahrt es auf, bis du es entfernst.",
  storageMayGo:
    "Der Browser darf es löschen, wenn der Platz knapp wird. Dein Host hat alles, was an ihn gesendet wurde.",
  storageAsk: "Den Browser bitten, es zu behalten",
  storageRefused:
    "Der Browser sagt vorerst Nein. Sovereign zu installieren oder einige Tage zu benutzen, stimmt ihn meist um.",

  keysNote: "Drück auf eines, um andere Tasten daran zu binden. Sie gelten auf diesem Gerät.",
  keyActions: {
    search: "Suche und Befehle",
    newChat: "Neuer Chat",
    temporary: "Flüchtiger Chat",
    focusMessage: "Zur Nachricht",
    nextChat: "Nächster Chat",
    previousChat: "Voriger Chat",
    sidebar: "Chats zeigen oder verbergen",
    model: "Modell wählen",
    stop: "Antwort anhalten",
    regenerate: "Letzte Antwort noch einmal",
    copyLast: "Letzte Antwort kopieren",
    copyLastCode: "Letzten Code kopieren",
    lock: "Jetzt sperren",
    settings: "Einstellungen",
    status: "Zustand und Privatsphäre",
    keys: "Tastenkürzel",
  },
  keyNone: "Keine",
  keyChange: (does, keys) => `${does}: ${keys}. Ändern`,
  keyPress: "Tasten drücken …",
  keyTaken: (keys, by) => `${keys} gehört schon zu „${by}“.`,
  keyInstead: "Stattdessen hier benutzen",
  keyReserved: (keys) => `${keys} gehört dem Browser oder jedem Text. Drück andere.`,
  keyPlain: (keys) => `${keys} allein würde getippt. Halte Strg, Cmd oder Alt dazu.`,
  keyReset: "Alle Tasten zurücksetzen",

  look: "Aussehen",
  textSize: "Schriftgröße",
  textSizes: { normal: "Normal", small: "Klein", large: "Groß", larger: "Größer" },
  density: "Dichte",
  densities: { roomy: "Luftig", compact: "Eng" },
  languageOfPage: "Sprache",
  languages: { system: "System", en: "English", de: "Deutsch" },
  templatesNote:
    "Tippe in einer leeren Nachricht einen Schrägstrich und den Namen. Wörter in doppelten Klammern, etwa {{name}}, sind Stellen zum Ausfüllen; Tab springt von einer zur nächsten.",
  newTemplate: "Neue Vorlage",
  templateName: "Name",
  templateText: "Text",
  editTemplate: (name) => `${name} bearbeiten`,
  removeTemplate: (name) => `${name} löschen`,
  templateRemoved: "Vorlage gelöscht",
  lock: "Sperre",
  lockNote: "Ohne Sperre kann jeder deine Chats lesen, der diesen Browser benutzen kann.",
  keyNewLine: "Eine Zeile beginnen",
  keyEditLast: "Letzte Frage bearbeiten",
  keyNextPlace: "Nächste Stelle einer Vorlage",
  keyVersions: "Vorige und nächste Fassung",
  keyWhoAnswers: "Ein Modell beim Namen wählen",
  keyGoesAlong: "Artefakt, Datei oder Chat beim Namen dazugeben",
};
