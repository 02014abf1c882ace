/** How a command ends: a number for scripts, one sentence for a person. */

export const EXIT = {
  ok: 0,
  /** Something went wrong that no other number names. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** This device has no vault yet. */
  noVault: 3,
  /** No host runs here, or it does not answer. */
  noHost: 4,
  /** The question has no answer, or not all of it. */
  noAnswer: 5,
  /** Somebody said no, or nobody said yes in time. */
  declined: 6,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with that number, after that sentence. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, ownerSentence: string, options?: ErrorOptions) {
    super(ownerSentence, options);
    this.exitCode = exitCode;
  }
}
