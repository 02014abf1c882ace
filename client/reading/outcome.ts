/** What comes of reading a file. */

export type ReadingRefusal =
  | "password"
  | "damaged"
  | "encoding"
  /** It unpacks to far more than it is. */
  | "bomb"
  | "nested"
  /** Pages without a letter: pictures of text. */
  | "scanned"
  /** Nothing that is read here. */
  | "unknown"
  | "slow"
  /** The worker broke, or could not be fetched. */
  | "broken";

export type ReadingOutcome =
  | {
      readonly kind: "text";
      /** With a form feed between two pages. */
      readonly text: string;
      readonly isPaged: boolean;
      /** The file is this text, byte for byte in UTF-8. */
      readonly isItself: boolean;
      /** It goes on, beyond what is read. */
      readonly isCut: boolean;
    }
  /** For models that see, and for people. */
  | { readonly kind: "picture" }
  | { readonly kind: "refused"; readonly why: ReadingRefusal };

/** Found inside a file, while it was read. */
export class ReadingError extends Error {
  override readonly name = "ReadingError";
  readonly why: ReadingRefusal;

  constructor(why: ReadingRefusal, options?: ErrorOptions) {
    super(why, options);
    this.why = why;
  }
}
