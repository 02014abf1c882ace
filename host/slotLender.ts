/**
 * One backend, several processes that ask it: the supervisor lends each of them slots, never more than the backend takes at a time. A part
 * keeps a slot that it does not need any more, so that the next question costs no message; it gives it back when another part waits for one.
 * Pure: what is to be sent comes back as a value.
 *
 *   part → slotWanted{backend, max}      part ← slotLent{backend}
 *   part ← slotRecalled{backend}         part → slotBack{backend}      when it has one that is free, at once or later
 */
export interface SlotLender {
  /** A part needs one more. */
  want(part: string, backend: string, max: number): readonly SlotMessage[];
  giveBack(part: string, backend: string): readonly SlotMessage[];
  /** The process ended, and with it all that it held or wanted. */
  forget(part: string): readonly SlotMessage[];
}

export interface SlotMessage {
  readonly to: string;
  readonly type: "slotLent" | "slotRecalled";
  readonly backend: string;
}

interface Lending {
  max: number;
  readonly held: Map<string, number>;
  /** By turns between parts, first come first served. */
  waiting: string[];
  /** Recalls sent and not answered. */
  readonly recalled: Map<string, number>;
}

export function createSlotLender(): SlotLender {
  const lendings = new Map<string, Lending>();

  function lendingOf(backend: string): Lending {
    const lending = lendings.get(backend) ?? { max: 1, held: new Map(), waiting: [], recalled: new Map() };
    lendings.set(backend, lending);
    return lending;
  }

  function settle(backend: string, lending: Lending): readonly SlotMessage[] {
    const messages: SlotMessage[] = [];
    const { held, recalled } = lending;
    const lent = (): number => [...held.values()].reduce((sum, count) => sum + count, 0);
    while (lending.waiting.length > 0 && lent() < lending.max) {
      const [to = ""] = lending.waiting.splice(0, 1);
      held.set(to, (held.get(to) ?? 0) + 1);
      messages.push({ to, type: "slotLent", backend });
    }
    // As many are asked back as others wait for. What becomes free where one waits itself is used there, without a message.
    for (const [part, count] of held) {
      const wanted = lending.waiting.filter((other) => other !== part).length;
      for (let asked = recalled.get(part) ?? 0; asked < Math.min(count, wanted); asked++) {
        recalled.set(part, asked + 1);
        messages.push({ to: part, type: "slotRecalled", backend });
      }
    }
    return messages;
  }

  return {
    want: (part, backend, max) => {
      const lending = lendingOf(backend);
      // Both read the same settings; of two that differ for a moment the newer word counts.
      lending.max = max;
      lending.waiting.push(part);
      return settle(backend, lending);
    },
    giveBack: (part, backend) => {
      const lending = lendingOf(backend);
      lessen(lending.held, part);
      lessen(lending.recalled, part);
      return settle(backend, lending);
    },
    forget: (part) =>
      [...lendings].flatMap(([backend, lending]) => {
        lending.held.delete(part);
        lending.recalled.delete(part);
        lending.waiting = lending.waiting.filter((other) => other !== part);
        return settle(backend, lending);
      }),
  };
}

function lessen(counts: Map<string, number>, part: string): void {
  const left = (counts.get(part) ?? 0) - 1;
  if (left > 0) counts.set(part, left);
  else counts.delete(part);
}
