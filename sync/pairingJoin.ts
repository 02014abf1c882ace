/** The new device's side of a pairing (pairing.ts): apart, since a page that has its vault never needs it. */
import type { DeviceKeys } from "#crypto/device.ts";
import {
  beginJoin,
  openAnswer,
  revealJoin,
  sealAnswer,
  pairingMailbox,
  type Joiner,
  type PairingAnswer,
} from "#crypto/pairing.ts";
import { VaultError } from "./errors.ts";
import { compareMsMax, joinMsMax, joinTryEveryMs, mailboxLifeMs } from "./limits.ts";
import { createSide, type Pairing, type SideOptions } from "./pairing.ts";

export interface JoinOptions extends SideOptions {
  readonly keys: DeviceKeys;
  /** Takes the vault over once its roster lists this device. `false`: it does not yet. Rejects with `VaultError`. */
  readonly enter: () => Promise<boolean>;
}

/** The new device. */
export function startJoining(options: JoinOptions): Pairing {
  const { clock, invitation, random, keys } = options;
  const side = createSide(options);
  const { joiner, message: commit } = beginJoin({ invitation, device: keys, name: options.deviceName }, random);
  let otherName: string | null = null;
  let isTheirYes = false;
  let isEntering = false;
  let isLate = false;
  let hasSaid = false;
  side.onEnd(() => {
    if (!hasSaid && otherName !== null) say("no");
  });

  async function begin(): Promise<void> {
    side.setDeadline(mailboxLifeMs, () => side.end("pairing-expired"));
    if (!(await side.put(1, commit))) return;
    side.take(2, { onMessage: (message) => void takeOffer(message), onUsed: () => side.end("pairing-used-twice") });
  }

  async function takeOffer(message: Uint8Array): Promise<void> {
    if (otherName !== null) return;
    const revealed = side.check(() => revealJoin(joiner, message, random));
    if (revealed === null) return;
    otherName = revealed.name;
    side.setDeadline(compareMsMax, () => {
      // The inviter's last word may be what was lost: the roster knows.
      isLate = true;
      if (side.isConfirmed()) void enter();
      else side.end("pairing-expired");
    });
    if (!(await side.put(3, revealed.message))) return;
    side.compare(revealed.digits, revealed.name);
    side.take(5, { onMessage: (answer) => takeAnswer(joiner, answer), onUsed: () => {} });
  }

  function takeAnswer(by: Joiner, message: Uint8Array): void {
    const answer = side.check(() => openAnswer(by, 5, message));
    if (answer === null) return;
    if (answer !== "yes") {
      hasSaid = true;
      return side.end(answer === "no" ? "pairing-declined" : "pairing-used-twice");
    }
    isTheirYes = true;
    if (side.isConfirmed()) void enter();
  }

  /** Their yes may be forged and early, so it only says when to look. */
  async function enter(): Promise<void> {
    if (isEntering || side.isOver()) return;
    isEntering = true;
    const lastMs = clock.now() + (isLate ? joinMsMax : compareMsMax);
    try {
      while (!side.isOver()) {
        if (await options.enter()) return side.finish(otherName ?? "");
        if (clock.now() > lastMs || isLate) return side.end("pairing-expired");
        await new Promise<void>((resolve) => void clock.after(joinTryEveryMs, resolve));
      }
    } catch (cause) {
      if (!(cause instanceof VaultError)) throw cause;
      side.end(cause.code);
    }
  }

  function say(answer: PairingAnswer): void {
    hasSaid = true;
    void options.post.put(pairingMailbox(invitation, 4), sealAnswer(joiner, 4, answer, random));
  }

  void begin();
  return {
    ...side.face,
    confirm: () => {
      if (!side.confirm()) return;
      say("yes");
      if (isTheirYes) void enter();
    },
    cancel: () => {
      if (!side.isConfirmed()) side.end("pairing-cancelled");
    },
  };
}
