/**
 * Pairing as a flow, each side of it (PA rules of PROTOCOL.md). The messages and the digits are crypto/pairing.ts's, the mailboxes
 * a relay's; here is who waits for whom, how long, and what ends it.
 *
 *   inviter   waiting ─commit→ (offer) ─reveal→ comparing ─yes here and there→ ADD_DEVICE ─→ done
 *   joiner    waiting ─offer→ (reveal) ────────→ comparing ─yes here, then the roster lists it→ done         any ─→ ended
 *
 * Nothing is added before a person said yes on both. The inviter takes its own person's word for what it signs; the joiner's word
 * only keeps it from adding a device whose owner sees other digits. A forged answer can therefore end a pairing, and nothing else.
 */
import { CryptoError } from "#crypto/errors.ts";
import {
  answerCommit,
  openAnswer,
  openReveal,
  pairingMailbox,
  sealAnswer,
  type Invitation,
  type Inviter,
  type JoinRequest,
  type PairingAnswer,
  type PairingStep,
} from "#crypto/pairing.ts";
import { VaultError, type VaultErrorCode } from "./errors.ts";
import { compareMsMax, mailboxLifeMs } from "./limits.ts";
import type { PairingPost } from "./pairingPost.ts";
import type { Clock, Random } from "./ports.ts";

export type PairingState =
  /** For somebody to read the code; on the new device, for the other one to answer. */
  | { readonly phase: "waiting" }
  /** To be shown and compared. `isConfirmed`: here; the other side is still to say so. */
  | { readonly phase: "comparing"; readonly digits: string; readonly deviceName: string; readonly isConfirmed: boolean }
  | { readonly phase: "done"; readonly deviceName: string }
  | { readonly phase: "ended"; readonly code: VaultErrorCode; readonly says: string };

export interface Pairing {
  state(): PairingState;
  subscribe(listener: () => void): () => void;
  /** The person sees the same digits and the right name on the other device. */
  confirm(): void;
  /** The person does not, or has had enough. */
  cancel(): void;
}

export interface SideOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly post: PairingPost;
  readonly invitation: Invitation;
  /** This device's, as the other one shows it. */
  readonly deviceName: string;
  /** Once, when it is done or has ended. */
  readonly onOver: () => void;
}

export interface InviteOptions extends SideOptions {
  /** Appends ADD_DEVICE. Rejects with `VaultError`. */
  readonly admit: (request: JoinRequest) => Promise<void>;
}

/** The trusted device. */
export function startInviting(options: InviteOptions): Pairing {
  const { post, invitation, random } = options;
  const side = createSide(options);
  let inviter: Inviter | null = null;
  let request: JoinRequest | null = null;
  let isTheirYes = false;
  let isAdding = false;
  let hasSaid = false;

  const opening: readonly PairingStep[] = [1, 2, 3];
  const answering: readonly PairingStep[] = [4, 5];
  const boxes = (steps: readonly PairingStep[]): Uint8Array[] => steps.map((step) => pairingMailbox(invitation, step));
  side.onEnd(() => {
    if (!hasSaid) say("no");
    // The last word stays for the joiner to read; without a joiner there is none.
    post.close(boxes(inviter === null ? [...opening, ...answering] : [...opening, 4]));
  });

  async function begin(): Promise<void> {
    side.setDeadline(mailboxLifeMs, () => side.end("pairing-expired"));
    if (!(await post.open(boxes(opening)))) return side.end("no-host");
    side.take(1, {
      onMessage: (message) => void takeCommit(message),
      onUsed: () => {
        if (!isAgreed()) endUsedTwice();
      },
    });
  }

  async function takeCommit(message: Uint8Array): Promise<void> {
    if (inviter !== null) return;
    const answered = side.check(() => answerCommit(invitation, message, options.deviceName, random));
    if (answered === null) return;
    inviter = answered.inviter;
    side.setDeadline(compareMsMax, () => side.end("pairing-expired"));
    if (!(await post.open(boxes(answering)))) return side.end("no-host");
    side.take(3, { onMessage: takeReveal, onUsed: endUsedTwice });
    await side.put(2, answered.message);
  }

  function takeReveal(message: Uint8Array): void {
    const by = inviter;
    if (by === null || request !== null) return;
    request = side.check(() => openReveal(by, message));
    if (request === null) return;
    side.compare(request.digits, request.name);
    side.take(4, { onMessage: (answer) => takeAnswer(by, answer), onUsed: () => {} });
  }

  function takeAnswer(by: Inviter, message: Uint8Array): void {
    const answer = side.check(() => openAnswer(by, 4, message));
    if (answer === null) return;
    if (answer !== "yes") {
      // They need not be told.
      hasSaid = true;
      return side.end("pairing-declined");
    }
    isTheirYes = true;
    void admit();
  }

  const isAgreed = (): boolean => isTheirYes && side.isConfirmed();

  async function admit(): Promise<void> {
    if (!isAgreed() || isAdding || request === null || side.isOver()) return;
    isAdding = true;
    side.setDeadline(null);
    try {
      await options.admit(request);
    } catch (cause) {
      if (!(cause instanceof VaultError) && !(cause instanceof CryptoError)) throw cause;
      return side.end(cause instanceof VaultError ? cause.code : "pairing-broken");
    }
    say("yes");
    side.finish(request.name);
  }

  function say(answer: PairingAnswer): void {
    if (inviter === null) return;
    hasSaid = true;
    void post.put(pairingMailbox(invitation, 5), sealAnswer(inviter, 5, answer, random));
  }

  function endUsedTwice(): void {
    if (side.isOver()) return;
    say("used-twice");
    side.end("pairing-used-twice");
  }

  void begin();
  return {
    ...side.face,
    confirm: () => {
      if (side.confirm()) void admit();
    },
    cancel: () => {
      if (!isAgreed()) side.end("pairing-cancelled");
    },
  };
}

interface Taking {
  readonly onMessage: (message: Uint8Array) => void;
  /** A second message came to that mailbox. */
  readonly onUsed: () => void;
}

/** What both sides do alike: the state that is shown, the one deadline, the mailboxes. */
export function createSide({ clock, post, invitation, onOver }: SideOptions) {
  const listeners = new Set<() => void>();
  const leaves: (() => void)[] = [];
  let state: PairingState = { phase: "waiting" };
  let cancelDeadline = (): void => {};

  const isOver = (): boolean => state.phase === "done" || state.phase === "ended";

  function setState(next: PairingState): void {
    if (isOver()) return;
    state = next;
    if (isOver()) {
      cancelDeadline();
      for (const leave of leaves) leave();
      onOver();
    }
    for (const listener of [...listeners]) listener();
  }

  const end = (code: VaultErrorCode): void =>
    setState({ phase: "ended", code, says: new VaultError(code, "pairing").ownerSentence });

  return {
    isOver,
    end,
    onEnd: (leave: () => void) => leaves.push(leave),
    isConfirmed: () => state.phase === "comparing" && state.isConfirmed,
    compare: (digits: string, deviceName: string) =>
      setState({ phase: "comparing", digits, deviceName, isConfirmed: false }),
    /** `false`: there is nothing to confirm. */
    confirm: (): boolean => {
      if (state.phase !== "comparing" || state.isConfirmed) return false;
      setState({ ...state, isConfirmed: true });
      return true;
    },
    finish: (deviceName: string) => setState({ phase: "done", deviceName }),
    setDeadline: (delayMs: number | null, then: () => void = () => {}) => {
      cancelDeadline();
      if (delayMs !== null && !isOver()) cancelDeadline = clock.after(delayMs, then);
    },
    take: (step: PairingStep, { onMessage, onUsed }: Taking) => {
      if (isOver()) return;
      leaves.push(
        post.take(pairingMailbox(invitation, step), (message) => {
          if (isOver()) return;
          if (message === "used") onUsed();
          // Before the last step, a mailbox that is not there means that its time is over, or that another one took from it.
          else if (message === "gone") end(step < 4 ? "pairing-used" : "pairing-expired");
          else onMessage(message);
        }),
      );
    },
    /** `false`: it could not be put, and the pairing has ended. */
    put: async (step: PairingStep, message: Uint8Array): Promise<boolean> => {
      const outcome = await post.put(pairingMailbox(invitation, step), message);
      if (isOver()) return false;
      if (outcome === "used") end("pairing-used");
      if (outcome === "gone") end("pairing-expired");
      return outcome === "put";
    },
    /** `null`: what came is not of this pairing, which ends it. */
    check: <T>(open: () => T): T | null => {
      if (isOver()) return null;
      try {
        return open();
      } catch (cause) {
        if (!(cause instanceof CryptoError)) throw cause;
        end("pairing-broken");
        return null;
      }
    },
    face: {
      state: () => state,
      subscribe: (listener: () => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}
