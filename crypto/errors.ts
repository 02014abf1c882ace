/** The folder's one error. An expected outcome is a value; this is for hostile or broken input. */

export type CryptoErrorCode =
  | "malformed" /* bytes that are not the form they claim */
  | "version" /* a form of a later version */
  | "signature" /* not signed by whom it claims */
  | "key" /* the wrong key, or a key that does not match its commitment */
  | "roster" /* an entry that the roster's rules refuse */
  | "locked" /* the lock does not open with what was given */
  | "unsupported"; /* this machine's cryptography fails its self-test */

const OWNER_SENTENCES: Record<CryptoErrorCode, string> = {
  malformed: "Something arrived that is not a sealed document. It was set aside and nothing was changed.",
  version: "This was written by a newer version of Sovereign. Update this device to read it.",
  signature: "Something arrived that was not signed by any of your devices. It was refused.",
  key: "This could not be unsealed with the keys on this device.",
  roster: "A change to your list of devices was not valid. It was refused.",
  locked: "That did not unlock this device. Try again.",
  unsupported: "This browser's cryptography failed its self-test. Update the browser, then try again.",
};

export class CryptoError extends Error {
  override readonly name = "CryptoError";
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
  }

  /** One sentence for the person; it holds no secret and no jargon. */
  get ownerSentence(): string {
    return OWNER_SENTENCES[this.code];
  }
}
