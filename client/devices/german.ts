/** Deutsch, wie app/german.ts. */
import type { DeviceStrings } from "./english.ts";

export const deviceGerman: DeviceStrings = {
  closeDevices: "Geräte schließen",
  devicesNote: "Jedes Gerät hier liest und schreibt den ganzen Tresor. Namen sind versiegelt wie alles andere.",
  thisDevice: "Dieses Gerät",
  deviceKinds: { phone: "Telefon", tablet: "Tablet", computer: "Rechner", terminal: "Terminal", host: "Host" },
  seenNow: "Gerade hier",
  seenDirect: "Gerade hier, auf direktem Weg",
  seenByHost: "Gerade hier, über deinen Host",
  seenNever: "Noch nicht gesehen",
  seenAt: (when) => `Zuletzt gesehen ${when}`,
  lacksNothing: "Hat alles von hier",
  lacksSome: (many) => (many === 1 ? "Ihm fehlt etwas aus 1 Chat" : `Ihm fehlt etwas aus ${many} Chats`),
  hostHere: "Antwortet und bewahrt auf, was er nicht lesen kann",
  hostNotHere: "Nicht da",
  renameDevice: (name) => `${name} umbenennen`,
  removeDevice: (name) => `${name} entfernen`,
  removeDeviceShort: "Entfernen",
  deviceMenu: (name) => `Aktionen für ${name}`,
  removeTitle: (name) => `„${name}“ entfernen?`,
  removeWhat: [
    "Es wird sofort abgeschnitten: Der Tresor bekommt neue Schlüssel, und dieses Gerät bekommt sie nicht.",
    "Was es schon gelesen hat, bleibt auf ihm. Das kann niemand aus der Ferne zurückholen.",
    "Was es offline geschrieben und noch nicht gesendet hat, wird nicht mehr angenommen. Taucht es doch auf, liegt es in seinem Chat beiseite, und du entscheidest.",
  ],
  removeDo: "Entfernen",
  deviceRemoved: (name) => `„${name}“ wurde entfernt. Der Tresor hat neue Schlüssel.`,

  pairScan: "Scanne dies mit der Kamera des neuen Geräts, oder öffne dort den Link.",
  pairQr: "QR-Code mit dem Link für das neue Gerät",
  pairCopy: "Link kopieren",
  pairLocalOnly:
    "Diese Adresse gilt nur auf dieser Maschine. Für ein Telefon nimm diese Maschine in dein Tailnet auf: Dann enthält der Code die Adresse, die das Telefon braucht.",
  pairTrust: "Beim ersten Mal: dem neuen Gerät diesen Host bekannt machen",
  pairTrustText:
    "Dein Host bürgt für sich selbst, darum braucht ein Browser einmal dein Wort. Öffne das auf dem neuen Gerät, bevor du den Code oben scannst.",
  pairTrustQr: "QR-Code mit der Seite, die das erklärt",
  pairTrustCompare: "Vergleiche dort diesen Fingerabdruck:",
  pairLeft: (time) => `Gilt noch ${time}, für ein Gerät. Zeig ihn sonst niemandem.`,
  pairCompare: "Auf beiden dieselben sechs Ziffern?",
  pairCompareText: (name) => `Auf „${name}“ müssen dieselben stehen. Sonst sitzt jemand dazwischen.`,
  pairDigits: (digits) => `Ziffern: ${digits}`,
  pairSame: "Es sind dieselben",
  pairDiffer: "Sie sind verschieden",
  pairWaitOther: (name) => `Warten, bis „${name}“ es auch sagt`,
  pairDone: (name) => `„${name}“ ist jetzt ein Gerät deines Tresors.`,
  pairAgain: "Neuen Code zeigen",
  pairFailed: "Nichts wurde hinzugefügt",
  close: "Schließen",

  joinTitle: "Dieses Gerät in deinen Tresor aufnehmen",
  joinText: "Wähle „Gerät hinzufügen“ auf einem Gerät, das den Tresor hat. Öffne dann dessen Link hier.",
  joinLink: "Link vom anderen Gerät",
  joinLinkHint: "Er beginnt mit http und gilt zwei Minuten.",
  joinGo: "Weiter",
  joinWaiting: "Warten auf das andere Gerät",
  joinEntering: "Der Tresor wird geöffnet",
  joinCamera: "Mit dieser Kamera scannen",
  joinCameraHint: "Oder richte die Kamera-App dieses Geräts auf den Code am anderen.",
  joinCameraRefused: "Der Browser lässt diese Seite nicht an die Kamera. Nimm die Kamera-App, oder füge den Link ein.",
  joinCameraStop: "Kamera ausschalten",
  joinCameraPicture: "Was die Kamera sieht",
  joinElsewhere: (origin) => `Dieser Link führt zu ${origin}. Ein Tresor lebt unter einer Adresse: Mach dort weiter.`,
  joinElsewhereGo: "Dort öffnen",
  noLinkTitle: "Dieses Gerät hat noch keinen Tresor",
  noLinkText:
    "Ein Tresor entsteht mit dem Link, den dein Host beim Start anzeigt. Auf der Maschine, auf der dein Host läuft:",
  noLinkSteps: [
    "Öffne ein Terminal im Ordner von Sovereign.",
    "Tippe `npm start`.",
    "Öffne den Link hinter „Open:“ auf dieser Maschine.",
  ],
  noLinkClaimed:
    "Zeigt dein Host einen Link ohne Anspruch, so wurde sein Tresor schon angelegt, in einem anderen Browser. Öffne die App dort.",
  noLinkJoin: "Dieses Gerät in einen Tresor aufnehmen",
  noLinkWords: "Ich habe meine 24 Wörter",
  noLinkNew: "Oder einen neuen Tresor beginnen",
  back: "Zurück",

  wordsTitle: "Deine 24 Wörter",
  wordsText:
    "Schreib sie in dieser Reihenfolge auf, oder druck das Blatt. Bewahre es auf, wo du Wichtiges hast; wer es hat, kann den Tresor öffnen.",
  wordsOnce:
    "Sie werden nur dieses eine Mal gezeigt und nirgends gespeichert. Sie gelten, sobald du drei davon bestätigt hast.",
  wordsReplace: "Sie treten an die Stelle deiner bisherigen Wörter. Die alten öffnen von da an nichts mehr.",
  wordsPrint: "Blatt drucken",
  wordsWritten: "Ich habe sie aufgeschrieben",
  wordsCheckTitle: "Drei davon, von deinem Papier",
  wordsCheckNumber: (number) => `Wort ${number}`,
  wordsCheckWrong: "Nicht alle drei stimmen. Sieh auf dein Papier, oder geh zurück und lies die Wörter noch einmal.",
  wordsCheckDo: "Bestätigen",
  wordsShowAgain: "Wörter noch einmal zeigen",
  wordsLeave: "Diese Wörter gelten noch nicht; wirf das Papier weg. Beim nächsten Mal bekommst du neue.",
  wordsSet: "Deine 24 Wörter gelten jetzt. Bewahre das Papier gut auf.",
  wordsAreSet: "Zu deinem Tresor gibt es 24 Wörter auf Papier.",
  wordsNotSet:
    "Zu diesem Tresor gibt es noch keine Wörter. Gehen alle Geräte verloren, ist auch verloren, was du geschrieben hast.",
  wordsNew: "Neue Wörter machen",

  sheetTitle: "Sovereign: Blatt zur Wiederherstellung",
  sheetText: "Diese 24 Wörter öffnen den Tresor, wenn alle Geräte verloren sind. Wer dieses Blatt hat, kann das auch.",
  sheetHow: [
    "Öffne auf einem neuen Gerät die Adresse oben, oder scanne den Code.",
    "Wähle „Ich habe meine 24 Wörter“ und tippe sie ein.",
    "Du bekommst neue Wörter. Dieses Blatt ist dann nichts mehr wert; vernichte es.",
  ],
  sheetAddress: "Adresse deines Hosts",
  sheetAddressNote: "Heißt er inzwischen anders, öffne die App von deinem Host und tippe die Wörter dort ein.",
  sheetDate: (date) => `Gedruckt am ${date}`,

  restoreTitle: "Zurück mit deinen 24 Wörtern",
  restoreText: "Dein Host bewahrt den Tresor versiegelt auf. Die Wörter öffnen ihn auf diesem Gerät.",
  restoreWords: "Die 24 Wörter, in ihrer Reihenfolge",
  restoreWordsHint: "Vier Buchstaben von jedem genügen. Großschreibung, Kommas und Zeilenumbrüche schaden nicht.",
  restoreLink: "Link auf dem Blatt",
  restoreLinkHint: "Falls du ihn hast. Er stellt sicher, dass dies dein eigener Host ist.",
  restoreLinkWrong: "Das ist nicht der Link eines solchen Blatts. Lass das Feld leer, wenn du keinen hast.",
  restoreGo: "Tresor suchen",
  restoreLooking: "Dein Host wird gefragt",
  restoreCount: (count) => `Das sind ${count} von 24 Wörtern.`,
  restoreUnknown: (position, word) => `Wort ${position}, „${word}“, steht nicht in der Liste.`,
  restoreCheck: "Alle stehen in der Liste, aber zusammen sind es keine von uns. Vielleicht ist eines verwechselt.",
  restoreFound: "Dein Tresor ist da",
  restoreFoundDevices: (names) =>
    `Seine Geräte: ${names}. Sie bleiben darin; entferne die verlorenen, sobald du drin bist.`,
  restoreNext: "Die alten Wörter werden dabei verbraucht. Schreib zuerst die neuen auf.",
  restoreNextDo: "Neue Wörter zeigen",
  restoreFinish: "Dein Tresor wird geöffnet",

  asideTitle: (name) => `„${name}“ wurde entfernt und schrieb hier, bevor es davon wusste.`,
  asideText: (many) =>
    many === 1
      ? "Eine Änderung von ihm liegt beiseite und steht noch in keinem Chat."
      : `${many} Änderungen von ihm liegen beiseite und stehen noch in keinem Chat.`,
  asideTake: "Übernehmen",
  asideDiscard: "Verwerfen",
  asideTaken: "Als deine eigenen Worte übernommen.",
  asideDiscarded: "Verworfen. Nichts davon bleibt.",
  asideUnknown: "Ein entferntes Gerät",

  waysIn: "Dieses Gerät entsperren",
  wayKinds: { platform: "Dieser Browser, ohne zu fragen", passphrase: "Passphrase", passkey: "Passkey" },
  wayAddPassphrase: "Mit einer Passphrase sperren",
  wayAddPasskey: "Mit einem Passkey sperren",
  lockAfter: "Von selbst sperren",
  lockAfterChoices: { off: "Nie", "5": "Nach 5 Minuten", "15": "Nach 15 Minuten", "60": "Nach einer Stunde" },
  lockHidden: "Sperren, wenn ich die Seite verlasse",
  lockHiddenChoices: { off: "Nein", on: "Ja, nach einer halben Minute" },
  lockNote: "Minuten ohne Berührung. Antworten gehen auf deinem Host weiter und sind da, wenn du entsperrst.",
  wayRemove: "Entfernen",
  wayRemoved: "Entfernt. Die anderen Wege öffnen dieses Gerät weiterhin.",
  passkeyIsSet: "Dieses Gerät fragt jetzt beim Öffnen nach deinem Passkey.",
  passkeyNone:
    "Dieser Passkey kann für eine Seite kein Geheimnis bewahren (ihm fehlt PRF). Nimm einen anderen oder eine Passphrase. Nichts wurde geändert.",

  restoreUnsure:
    "Der Host hat nicht geantwortet. Versuch es noch einmal; öffnen die alten Wörter ihn nicht mehr, tun es die neuen.",

  vaultSays: {
    "no-host": "Der Host hat nicht geantwortet. Sieh nach, ob er läuft, und versuch es noch einmal.",
    "wrong-host": "Der Host, der geantwortet hat, ist nicht der aus diesem Link. Nimm den Link deines eigenen Hosts.",
    "has-vault": "Dieses Gerät hat schon einen Tresor. Für einen anderen nimm ein anderes Browserprofil.",
    "not-a-pairing-link":
      "Das ist kein Link zum Hinzufügen eines Geräts. Wähle „Gerät hinzufügen“ auf einem Gerät, das den Tresor hat, und nimm den Link von dort.",
    "pairing-expired":
      "Dieser Code ist abgelaufen: Er gilt zwei Minuten und für ein Gerät. Zeig auf dem Gerät mit dem Tresor einen neuen.",
    "pairing-used":
      "Dieser Code wurde schon benutzt, und jeder gilt für ein Gerät. Zeig auf dem Gerät mit dem Tresor einen neuen.",
    "pairing-used-twice":
      "Noch jemand hat denselben Code gelesen, also wurde nichts hinzugefügt. Achte darauf, dass niemand auf deinen Bildschirm sieht, und zeig einen neuen.",
    "pairing-cancelled": "Das Hinzufügen wurde abgebrochen. Nichts wurde geändert.",
    "pairing-declined": "Das andere Gerät hat Nein gesagt oder aufgehört. Nichts wurde geändert.",
    "pairing-broken":
      "Was von der anderen Seite kam, ergab keinen Sinn, also wurde nichts hinzugefügt. Zeig einen neuen Code; kommt das wieder, sieh nach, ob beide Geräte deinen eigenen Host benutzen.",
    "wrong-words":
      "Diese Wörter öffnen keinen Tresor auf diesem Host. Vielleicht gehören sie zu einem anderen, oder neuere sind an ihre Stelle getreten. Nichts wurde geändert.",
    "last-way-in":
      "Das ist der einzige Weg, dieses Gerät zu entsperren, also bleibt er. Füge zuerst einen anderen hinzu.",
    removed:
      "Dieses Gerät wurde aus dem Tresor entfernt. Was es hatte, bleibt hier lesbar; lass es auf einem anderen Gerät wieder hinzufügen.",
  },
};
