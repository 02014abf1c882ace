import type { UnlockStrings } from "./english.ts";

export const unlockGerman: UnlockStrings = {
  lockedTitle: "Dieses Gerät ist gesperrt",
  lockedText: "Was du geschrieben hast, ist hier, versiegelt. Entsperre das Gerät, um zu lesen und zu schreiben.",
  lockedLimit:
    "Niemand kann deine Passphrase nachsehen oder zurücksetzen. Ist sie verloren, öffnen nur noch deine anderen Geräte den Tresor.",
  passphrase: "Passphrase",
  passphraseAgain: "Dieselbe noch einmal",
  unlock: "Entsperren",
  unlocking: "Wird entsperrt",
  unlockWithPasskey: "Mit einem Passkey entsperren",
  lockTitle: "Dieses Gerät mit einer Passphrase sperren",
  lockText:
    "Von da an fragt dieser Browser jedes Mal danach, wenn Sovereign geöffnet wird. Am besten sind ein paar Wörter, die nur du so zusammenstellen würdest.",
  lockForgotten:
    "Sie steht nirgends und lässt sich nicht zurücksetzen. Vergisst du sie, öffnen nur noch deine anderen Geräte den Tresor.",
  lockSet: "Passphrase setzen",
  passphrasesDiffer: "Die beiden sind nicht gleich. Tippe sie noch einmal.",
  passphraseIsSet: "Dieses Gerät fragt jetzt beim Öffnen nach deiner Passphrase.",
};
