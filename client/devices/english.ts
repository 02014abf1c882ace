/** What is said about devices, pairing, the 24 words and the ways in. Fetched with them: words.ts. */
export const deviceEnglish = {
  closeDevices: "Close devices",
  devicesNote: "Every device here reads and writes the whole vault. Names are sealed like everything else.",
  thisDevice: "This device",
  deviceKinds: { phone: "Phone", tablet: "Tablet", computer: "Computer", terminal: "Terminal", host: "Host" },
  seenNow: "Here now",
  seenNever: "Not seen yet",
  seenAt: (when: string) => `Last seen ${when}`,
  lacksNothing: "Has everything from here",
  lacksSome: (many: number) => (many === 1 ? "Lacks something of 1 chat" : `Lacks something of ${many} chats`),
  hostHere: "Answers, and keeps what it cannot read",
  hostNotHere: "Away",
  renameDevice: (name: string) => `Rename ${name}`,
  removeDevice: (name: string) => `Remove ${name}`,
  removeDeviceShort: "Remove",
  deviceMenu: (name: string) => `Actions for ${name}`,
  removeTitle: (name: string) => `Remove “${name}”?`,
  removeWhat: [
    "It is cut off at once: the vault gets new keys that it is not given.",
    "What it has already read stays on it. Nobody can take that back from afar.",
    "What it wrote offline and has not sent is not taken in any more. Should it turn up all the same, it is set aside in its chat, and you decide.",
  ],
  removeDo: "Remove it",
  deviceRemoved: (name: string) => `“${name}” was removed. The vault has new keys.`,

  pairScan: "Scan this with the new device's camera, or open the link there.",
  pairQr: "QR code with the link for the new device",
  pairCopy: "Copy the link",
  pairLocalOnly:
    "This address works on this machine only. To add a phone, let this machine join your tailnet: the code then holds the address that the phone needs.",
  pairTrust: "The first time: let the new device trust this host",
  pairTrustText:
    "Your host vouches for itself, so a browser has to be told once. Open this on the new device before you scan the code above.",
  pairTrustQr: "QR code with the page that explains it",
  pairTrustCompare: "Compare this fingerprint there:",
  pairLeft: (time: string) => `Good for ${time}, for one device. Show it to nobody else.`,
  pairCompare: "The same six digits on both?",
  pairCompareText: (name: string) => `They must be the same on “${name}”. If they are not, somebody is in between.`,
  pairDigits: (digits: string) => `Digits: ${digits}`,
  pairSame: "They are the same",
  pairDiffer: "They differ",
  pairWaitOther: (name: string) => `Waiting for “${name}” to say so too`,
  pairDone: (name: string) => `“${name}” is a device of your vault now.`,
  pairAgain: "Show a new code",
  pairFailed: "Nothing was added",
  close: "Close",

  joinTitle: "Make this a device of your vault",
  joinText: "On a device that has the vault, choose “Add a device”. Then open its link here.",
  joinLink: "Link from the other device",
  joinLinkHint: "It begins with http and is good for two minutes.",
  joinGo: "Continue",
  joinWaiting: "Waiting for the other device",
  joinEntering: "Opening the vault",
  joinCamera: "Scan with this camera",
  joinCameraHint: "Or point this device's own camera app at the code on the other one.",
  joinCameraRefused: "The browser does not let this page use the camera. Use the camera app, or paste the link.",
  joinCameraStop: "Stop the camera",
  joinCameraPicture: "What the camera sees",
  joinElsewhere: (origin: string) => `This link leads to ${origin}. A vault lives under one address: go on there.`,
  joinElsewhereGo: "Open it there",
  noLinkTitle: "This device has no vault yet",
  noLinkText:
    "A vault is created with the link that your host prints when it starts. On the machine that runs your host:",
  noLinkSteps: [
    "Open a terminal in Sovereign's folder.",
    "Type `npm start`.",
    "Open the link that follows “Open:”, on this machine.",
  ],
  noLinkClaimed:
    "If your host prints a link without a claim, its vault was created already, in another browser. Open the app there.",
  noLinkJoin: "Add this device to a vault",
  noLinkWords: "I have my 24 words",
  noLinkNew: "Or begin a new vault",
  back: "Back",

  wordsTitle: "Your 24 words",
  wordsText:
    "Write them down in this order, or print the sheet. Keep it where you keep what matters; whoever has it can open the vault.",
  wordsOnce: "They are shown this once and stored nowhere. They begin to count when you have confirmed three of them.",
  wordsReplace: "These take the place of the words you have. The old ones open nothing from then on.",
  wordsPrint: "Print the sheet",
  wordsWritten: "I have written them down",
  wordsCheckTitle: "Three of them, from your paper",
  wordsCheckNumber: (number: number) => `Word ${number}`,
  wordsCheckWrong: "Not all three are right. Look at your paper, or go back and read the words again.",
  wordsCheckDo: "Confirm",
  wordsShowAgain: "Show the words again",
  wordsLeave: "These words do not count yet, so throw the paper away. You get new ones next time.",
  wordsSet: "Your 24 words count now. Keep the paper.",
  wordsAreSet: "Your vault has 24 words on paper.",
  wordsNotSet: "There are no words for this vault yet. If every device is lost, so is what you wrote.",
  wordsNew: "Make new words",

  sheetTitle: "Sovereign: recovery sheet",
  sheetText: "These 24 words open the vault when every device is lost. Whoever holds this sheet can do so too.",
  sheetHow: [
    "On a new device, open the address above, or scan the code.",
    "Choose “I have my 24 words” and type them in.",
    "You are given new words. This sheet is then worth nothing; destroy it.",
  ],
  sheetAddress: "Your host's address",
  sheetAddressNote: "If its name has changed, open the app from your host and type the words there.",
  sheetDate: (date: string) => `Printed on ${date}`,

  restoreTitle: "Back with your 24 words",
  restoreText: "Your host keeps the vault, sealed. The words open it on this device.",
  restoreWords: "The 24 words, in their order",
  restoreWordsHint: "Four letters of each are enough. Capitals, commas and line breaks do no harm.",
  restoreLink: "Link on the sheet",
  restoreLinkHint: "If you have it. It makes sure that this is your own host.",
  restoreLinkWrong: "This is not the link on a recovery sheet. Leave the field empty if you have none.",
  restoreGo: "Look for the vault",
  restoreLooking: "Asking your host",
  restoreCount: (count: number) => `That is ${count} of 24 words.`,
  restoreUnknown: (position: number, word: string) => `Word ${position}, “${word}”, is not one of the list.`,
  restoreCheck: "All are words of the list, but together they are none of ours. One may be mistaken for another.",
  restoreFound: "Your vault is there",
  restoreFoundDevices: (names: string) =>
    `Its devices: ${names}. They stay in it; remove the ones you have lost once you are in.`,
  restoreNext: "The old words are used up by this. First, write down the new ones.",
  restoreNextDo: "Show the new words",
  restoreFinish: "Opening your vault",

  asideTitle: (name: string) => `“${name}” was removed, and wrote here before it knew.`,
  asideText: (many: number) =>
    many === 1
      ? "One change of it is set aside and in no chat yet."
      : `${many} changes of it are set aside and in no chat yet.`,
  asideTake: "Take over",
  asideDiscard: "Discard",
  asideTaken: "Taken over as your own words.",
  asideDiscarded: "Discarded. Nothing of it is kept.",
  asideUnknown: "A removed device",

  waysIn: "Unlocking this device",
  wayKinds: { platform: "This browser, without asking", passphrase: "Passphrase", passkey: "Passkey" },
  wayAddPassphrase: "Lock with a passphrase",
  wayAddPasskey: "Lock with a passkey",
  lockAfter: "Lock by itself",
  lockAfterChoices: { off: "Never", "5": "After 5 minutes", "15": "After 15 minutes", "60": "After an hour" },
  lockHidden: "Lock when I leave the page",
  lockHiddenChoices: { off: "No", on: "Yes, after half a minute" },
  lockNote: "Minutes without a touch. Answers go on at your host meanwhile, and are here when you unlock.",
  wayRemove: "Remove",
  wayRemoved: "Removed. The other ways still open this device.",
  passkeyIsSet: "This device now asks for your passkey when it is opened.",
  passkeyNone:
    "This passkey cannot keep a secret for a page (it has no PRF). Use another one, or a passphrase. Nothing was changed.",

  restoreUnsure: "The host did not answer. Try again; should the old words not open it any more, the new ones do.",

  vaultSays: {
    "no-host": "The host did not answer. Check that it is running, then try again.",
    "wrong-host": "The host that answered is not the one this link names. Use the link that your own host showed.",
    "has-vault": "This device has a vault already. To join another one, use another browser profile.",
    "not-a-pairing-link":
      "This is not a link for adding a device. Choose “Add a device” on a device that has the vault, and use the link it shows.",
    "pairing-expired":
      "This code has run out: it is good for two minutes and for one device. Show a new one on the device that has the vault.",
    "pairing-used":
      "This code was used before, and each is good for one device. Show a new one on the device that has the vault.",
    "pairing-used-twice":
      "Somebody else read the same code, so nothing was added. See that nobody looks at your screen, then show a new one.",
    "pairing-cancelled": "Adding the device was cancelled. Nothing was changed.",
    "pairing-declined": "The other device said no, or stopped. Nothing was changed.",
    "pairing-broken":
      "What came from the other side did not add up, so nothing was added. Show a new code; if this comes back, check that both devices use your own host.",
    "wrong-words":
      "These words open no vault on this host. They may be another vault's, or newer ones may have taken their place. Nothing was changed.",
    "last-way-in": "This is the only way to unlock this device, so it stays. Add another one first.",
    removed:
      "This device was removed from the vault. What it held stays readable here; ask on another device to be added again.",
  },
};

export type DeviceStrings = typeof deviceEnglish;
