/** Was der Tresor, der Schlüsselkasten und der Host auf Englisch sagen, auf Deutsch. Geladen mit german.ts. */
import type { CryptoErrorCode } from "#crypto/errors.ts";
import type { VaultErrorCode } from "#sync/errors.ts";
import type { AlarmCode } from "#sync/status.ts";
import type { VaultSentences } from "./sayVault.ts";

const ofVault: Record<VaultErrorCode, string> = {
  "claim-used":
    "Mit diesem Link wurde schon ein Tresor angelegt. Öffne die App auf dem Gerät, das es tat, oder setze den Host zurück, um neu zu beginnen.",
  "claim-missing":
    "Dieses Gerät hat noch keinen Tresor. Öffne den Link, den `npm start` gezeigt hat, um einen anzulegen.",
  "wrong-host": "Der Host, der geantwortet hat, ist nicht der aus diesem Link. Nimm den Link deines eigenen Hosts.",
  "no-host": "Der Host hat nicht geantwortet. Sieh nach, ob er läuft, und versuch es noch einmal.",
  refused: "Dieser Host gehört zu einem anderen Tresor. Öffne die App von deinem eigenen Host.",
  storage:
    "Dieser Browser behält keine Daten für diese Seite. Verlass den privaten Modus oder mach Platz, und versuch es noch einmal.",
  locked:
    "Die Schlüssel auf diesem Gerät öffnen nichts. Stell das Browserprofil wieder her, oder beginne mit einem neuen Link.",
  "wrong-secret":
    "Damit ließ sich dieses Gerät nicht entsperren. Sieh nach, wie es geschrieben ist, und versuch es noch einmal; nichts wurde geändert.",
  "weak-passphrase":
    "Ein Passwortsatz braucht mindestens 8 Zeichen. Am besten sind ein paar Wörter, die nur du zusammenstellen würdest.",
  "last-way-in":
    "Das ist der einzige Weg, dieses Gerät zu entsperren, also bleibt er. Füge zuerst einen anderen hinzu.",
  "unknown-doc": "Dieser Chat ist nicht in deinem Tresor.",
  removed:
    "Dieses Gerät wurde aus dem Tresor entfernt. Was es hatte, bleibt hier lesbar; lass es auf einem anderen Gerät wieder hinzufügen.",
  "unknown-device": "Das ist kein anderes Gerät deines Tresors, also lässt es sich von hier nicht entfernen.",
  "too-large": "Diese Datei ist größer als 100 MB, mehr geht nicht. Hänge einen Teil davon an.",
  "too-many-files": "Eine Nachricht nimmt höchstens 20 Dateien. Sende den Rest mit einer weiteren.",
  "not-there":
    "Diese Datei ist noch nicht auf deinem Host, oder nicht so, wie sie angehängt wurde. Öffne die App auf dem Gerät, das sie angehängt hat, und versuch es noch einmal.",
  "too-long":
    "Das ist länger, als eine Nachricht sein kann. Es wurde nicht gesendet und steht noch im Feld: Sende es in Teilen.",
  "long-artifact":
    "Ein Artefakt fasst bis zu 250.000 Zeichen, und das wären mehr. Nichts wurde geändert: Verteile es auf mehrere, oder lass etwas davon weg.",
  quarantine: "Dieser Chat lässt sich nur lesen, weil etwas darin nicht zusammenpasst. Sein Text ist bewahrt.",
  "has-vault":
    "Dieses Gerät hat schon einen Tresor. Für einen anderen nimm ein anderes Browserprofil, oder im Terminal einen anderen Ordner.",
  "not-a-pairing-link":
    "Das ist kein Link zum Hinzufügen eines Geräts. Wähle „Gerät hinzufügen“ auf einem Gerät, das den Tresor hat, und nimm den Link von dort.",
  "pairing-expired":
    "Dieser Code ist abgelaufen: Er gilt zwei Minuten. Zeig auf dem Gerät mit dem Tresor einen neuen. Nichts wurde geändert.",
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
  closed: "Der Tresor ist in diesem Tab geschlossen.",
};

const ofCrypto: Record<CryptoErrorCode, string> = {
  malformed: "Etwas kam an, das kein versiegeltes Dokument ist. Es wurde beiseitegelegt und nichts geändert.",
  version: "Das wurde von einer neueren Version von Sovereign geschrieben. Aktualisiere dieses Gerät, um es zu lesen.",
  signature: "Etwas kam an, das keines deiner Geräte unterschrieben hat. Es wurde abgewiesen.",
  key: "Das ließ sich mit den Schlüsseln auf diesem Gerät nicht öffnen.",
  roster: "Eine Änderung an deiner Geräteliste war nicht gültig. Sie wurde abgewiesen.",
  locked: "Damit ließ sich dieses Gerät nicht entsperren. Versuch es noch einmal.",
  unsupported:
    "Die Verschlüsselung dieses Browsers hat ihre eigene Prüfung nicht bestanden. Aktualisiere den Browser, und versuch es noch einmal.",
};

const alarms: Record<AlarmCode, string> = {
  GAP: "Ein Teil dieses Chats ist noch nicht da. Er bleibt lesbar; lass dieses Gerät verbunden, bis der Rest kommt.",
  WITHHOLD:
    "Der Host hält einen Teil dieses Chats zurück. Starte ihn neu; bleibt das so, stell ihn aus einer Sicherung wieder her, oder frag auf einem anderen Gerät.",
  FORK: "Von diesem Chat gibt es zwei verschiedene Geschichten, wie wenn eine Kopie vom Speicher eines Geräts zweimal benutzt wird. Nichts wurde vermischt oder gelöscht; benutze eine der Kopien nicht mehr.",
  ROLLBACK:
    "Der Host hat einen Teil dieses Chats verloren, wie nach dem Einspielen einer älteren Sicherung. Dieses Gerät sendet seinen Teil noch einmal; öffne auch deine anderen Geräte, damit sie ihren senden.",
  KEY: "Eines deiner Geräte hat etwas in diesen Chat geschrieben, das sich mit seinen Schlüsseln nicht öffnen lässt. Der Chat wurde beiseitegelegt und nichts geändert; mach in einem neuen Chat weiter, und entferne ein Gerät, dem du nicht traust.",
  SCOPE:
    "Der Host wollte schreiben, wo er nicht darf. Dieser Teil wurde abgewiesen; starte ihn neu, und installiere ihn neu, wenn das wiederkommt.",
  ROSTER_FORK:
    "Der Host zeigt eine Geräteliste, die nicht zu der passt, die dieses Gerät kennt. Nichts davon wurde angenommen; sieh nach, ob das dein Host ist.",
  UNSTORED:
    "Dieses Gerät speichert nichts mehr, wie bei einer vollen Platte. Was du schreibst, ist nur im Speicher dieser Seite und geht nirgends hin: Lass sie offen und schaff Platz, dann wird es von selbst gespeichert und gesendet.",
  TAKEN:
    "Dieses Gerät hat weggeworfen, was hier gespeichert war, wie Browser es tun, wenn der Platz knapp wird. Was du schreibst, erreicht deinen Host, solange diese Seite offen ist. Lass dieses Gerät danach wieder herein: von einem anderen aus oder mit deinen 24 Wörtern.",
  FULL: "Der Host hat keinen Platz mehr für das, was dieses Gerät schreibt. Alles ist auf diesem Gerät sicher und wird von selbst gesendet, wenn Platz ist: Mach auf der Platte des Hosts welchen frei.",
  CLOCK: "Die Uhren dieses Geräts und des Hosts gehen weit auseinander. Stell die Uhr, und frag dann noch einmal.",
};

/** By the relay's own sentence, or the link's. */
const refusals: Readonly<Record<string, string>> = {
  "This host belongs to another vault.": "Dieser Host gehört zu einem anderen Tresor.",
  "This device was removed from the vault.": "Dieses Gerät wurde aus dem Tresor entfernt.",
  "This host speaks another version of Sovereign. Update both, then try again.":
    "Dieser Host spricht eine andere Version von Sovereign. Aktualisiere beide, und versuch es dann noch einmal.",
  "The host runs another version of Sovereign. Update both, then try again.":
    "Auf dem Host läuft eine andere Version von Sovereign. Aktualisiere beide, und versuch es dann noch einmal.",
  "The host that answered is not the one this vault belongs to.":
    "Der Host, der geantwortet hat, ist nicht der, zu dem dieser Tresor gehört.",
};

export const vaultGerman: VaultSentences = {
  errors: {
    ...ofVault,
    ...Object.fromEntries(Object.entries(ofCrypto).map(([code, says]) => [`crypto/${code}`, says])),
  },
  alarms,
  refusals,
};
