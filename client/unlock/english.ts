/** The words of locking and unlocking. German: german.ts. */
export const unlockEnglish = {
  lockedTitle: "This device is locked",
  lockedText: "What you wrote is here, sealed. Unlock it to read and write.",
  lockedLimit:
    "Nobody can look your passphrase up or reset it. If it is lost, only your other devices still open the vault.",
  passphrase: "Passphrase",
  passphraseAgain: "The same once more",
  unlock: "Unlock",
  unlocking: "Unlocking",
  unlockWithPasskey: "Unlock with a passkey",
  lockTitle: "Lock this device with a passphrase",
  lockText:
    "From then on this browser asks for it each time Sovereign is opened. A few words that only you would put together are best.",
  lockForgotten:
    "It is kept nowhere and cannot be reset. If you forget it, only your other devices still open the vault.",
  lockSet: "Set passphrase",
  passphrasesDiffer: "The two are not the same. Type them once more.",
  passphraseIsSet: "This device now asks for your passphrase when it is opened.",
};

export type UnlockStrings = typeof unlockEnglish;
