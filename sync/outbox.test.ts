import fc from "fast-check";
import { expect, it } from "vitest";
import { inFlightMax } from "./limits.ts";
import {
  createOutbox,
  nextToSend,
  pendingCount,
  withAcked,
  withCommitted,
  withLinkLost,
  withRollback,
  withSealed,
  withSent,
  type Outbox,
} from "./outbox.ts";

const moves: fc.Arbitrary<(outbox: Outbox) => Outbox> = fc.oneof(
  fc.constant((outbox: Outbox) => withSealed(outbox, outbox.sealed + 1)),
  fc.constant((outbox: Outbox) => withCommitted(outbox, outbox.sealed)),
  fc.constant((outbox: Outbox) => withSent(outbox, nextToSend(outbox).at(-1) ?? outbox.sent)),
  fc.nat({ max: 60 }).map((counter) => (outbox: Outbox) => withAcked(outbox, Math.min(counter, outbox.sent))),
  fc.constant(withLinkLost),
  fc
    .nat({ max: 60 })
    .map(
      (counter) => (outbox: Outbox) =>
        outbox.sealed === 0 ? outbox : withRollback(outbox, Math.min(counter + 1, outbox.sealed)),
    ),
);

it("OB9 whatever happens, what is sent is committed, in order, within the limit, and nothing that waits is forgotten", () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 200 }), (script) => {
      let outbox = createOutbox(0, 0);
      for (const move of script) {
        outbox = move(outbox);
        const next = nextToSend(outbox);
        expect(outbox.acked).toBeLessThanOrEqual(outbox.sent);
        expect(outbox.sent).toBeLessThanOrEqual(outbox.committed);
        expect(outbox.committed).toBeLessThanOrEqual(outbox.sealed);
        expect(outbox.sent - outbox.acked + next.length).toBeLessThanOrEqual(inFlightMax);
        expect(next.every((counter, index) => counter === outbox.sent + 1 + index && counter <= outbox.committed)).toBe(
          true,
        );
        expect(pendingCount(outbox)).toBe(outbox.sealed - outbox.acked);
      }
      // The host answers everything: all of it arrives.
      outbox = withCommitted(withLinkLost(outbox), outbox.sealed);
      for (let sent = nextToSend(outbox); sent.length > 0; sent = nextToSend(outbox)) {
        const last = sent.at(-1) ?? 0;
        outbox = withAcked(withSent(outbox, last), last);
      }
      expect(pendingCount(outbox)).toBe(0);
    }),
  );
});
