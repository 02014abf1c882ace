/** The folder's one error: the world failed in a way that the person must be told about. */

export type VaultErrorCode =
  | "claim-used" /* the link's one claim was taken by another vault */
  | "claim-missing" /* the link carries no claim and this device has no vault */
  | "wrong-host" /* the keys that the host shows do not match the link */
  | "no-host" /* nobody answered in time */
  | "refused" /* the host belongs to another vault, or speaks another version */
  | "storage" /* this browser or disk does not keep what it is given */
  | "locked" /* the sealed secrets do not open */
  | "wrong-secret" /* a passphrase or passkey that does not open this device */
  | "weak-passphrase" /* too short to guard anything, or too long */
  | "last-way-in" /* nothing would open this device any more */
  | "unknown-doc" /* no such chat in this vault */
  | "removed" /* this device is not in the vault any more */
  | "unknown-device" /* no such device in this vault, or it is this one */
  | "too-large" /* a file above the limit */
  | "too-many-files" /* more than one message may carry */
  | "not-there" /* a file that neither this device nor the host holds, or not as it was attached */
  | "too-long" /* more than one message can hold */
  | "long-artifact" /* more than one artifact can hold */
  | "quarantine" /* the doc is read-only after an alarm */
  | "has-vault" /* a device joins one vault, and it has one */
  | "not-a-pairing-link" /* a link or QR code of something else */
  | "pairing-expired" /* nobody came, or nobody answered, in time */
  | "pairing-used" /* the code had been read before */
  | "pairing-used-twice" /* somebody else read the same code */
  | "pairing-cancelled" /* here */
  | "pairing-declined" /* on the other device */
  | "pairing-broken" /* what came is not of this pairing: a relay or a reader of the code interferes */
  | "wrong-words" /* no vault on this host is recovered by these words */
  | "closed"; /* the vault was closed */

const OWNER_SENTENCES: Record<VaultErrorCode, string> = {
  "claim-used":
    "This link was already used to create a vault. Open the app on the device that did, or reset the host to start over.",
  "claim-missing": "This device has no vault yet. Open the link that `npm start` printed to create one.",
  "wrong-host": "The host that answered is not the one this link names. Use the link that your own host printed.",
  "no-host": "The host did not answer. Check that it is running, then try again.",
  refused: "This host belongs to another vault. Open the app from your own host.",
  storage: "This browser does not keep data for this page. Leave private mode or free some space, then try again.",
  locked: "The keys stored on this device do not open. Restore the browser profile, or start over with a new link.",
  "wrong-secret": "That did not unlock this device. Check how it is written, then try again; nothing was changed.",
  "weak-passphrase": "A passphrase needs at least 8 characters. A few words that only you would put together are best.",
  "last-way-in": "This is the only way to unlock this device, so it stays. Add another one first.",
  "unknown-doc": "This chat is not in your vault.",
  "unknown-device": "This is not another device of your vault, so it cannot be removed from here.",
  removed:
    "This device was removed from the vault. What it held stays readable here; ask on another device to be added again.",
  "too-large": "This file is larger than 100 MB, which is the most that can be attached. Attach a part of it.",
  "too-many-files": "A message takes at most 20 files. Send the rest with another one.",
  "not-there":
    "This file is not on your host yet, or not as it was attached. Open the app on the device that attached it, then try again.",
  "too-long": "This is longer than one message can be. It was not sent and is still in the box: send it in parts.",
  "long-artifact":
    "An artifact holds up to 250,000 characters, and this would be more. Nothing was changed: put it into several, or leave some of it out.",
  quarantine: "This chat is read-only because something in it did not add up. Its text is kept.",
  "has-vault":
    "This device has a vault already. To join another one, use another browser profile, or another home folder in a terminal.",
  "not-a-pairing-link":
    "This is not a link for adding a device. Choose “Add a device” on a device that has the vault, and use the link it shows.",
  "pairing-expired":
    "This code has run out: it is good for two minutes. Show a new one on the device that has the vault. Nothing was changed.",
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
  closed: "The vault is closed in this tab.",
};

export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
  }

  /** One sentence for the person; it holds no secret and no jargon. */
  get ownerSentence(): string {
    return OWNER_SENTENCES[this.code];
  }
}
