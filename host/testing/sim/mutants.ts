/**
 * Bugs to plant, one at a time, each with the faults that can show it. They are not in the product: hooks.ts puts them in while a file is loaded, and a
 * snippet that no longer stands there exactly once makes the list fail. A simulator that lets one of them live sees too little.
 */
import type { SourceChange } from "./hooks.ts";
import type { Fault } from "./faults.ts";

export interface Mutant {
  readonly name: string;
  /** What a person would lose by it. */
  readonly meaning: string;
  readonly changes: readonly SourceChange[];
  readonly faults: readonly Fault[];
}

const one = (file: string, find: string, put: string): readonly SourceChange[] => [{ file, find, put }];

export const mutants: readonly Mutant[] = [
  {
    name: "ack-before-fsync",
    meaning: "the relay acknowledges what a power cut still takes",
    changes: one(
      "host/relay/database.ts",
      "waiting.push({ settle: () => resolve(result), reject });",
      "resolve(result); waiting.push({ settle: () => {}, reject });",
    ),
    faults: ["relayCrash"],
  },
  {
    name: "retry-after-fsync-error",
    meaning: "the relay goes on after a flush that failed",
    changes: one("host/relay/database.ts", "if (!isFull(cause)) {", "if (cause === null) {"),
    faults: ["relayDisk", "relayCrash"],
  },
  {
    name: "drop-dedupe",
    meaning: "a repeated envelope is not known again",
    changes: one(
      "host/relay/sqliteLogStore.ts",
      'return isSame ? { kind: "repeated", seq: Number(same["seq"]) } : { kind: "conflict", expected };',
      'return { kind: "conflict", expected };',
    ),
    faults: ["break"],
  },
  {
    name: "store-takes-any-counter",
    meaning: "the relay stores envelopes that do not follow their author's last",
    changes: one(
      "host/relay/sqliteLogStore.ts",
      'if (record.counter !== expected || !isEqualBytes(record.prev, tip?.hash ?? NO_PREV)) return { kind: "conflict", expected };',
      "",
    ),
    faults: ["restore"],
  },
  {
    name: "no-fence",
    meaning: "two lanes answer one run",
    changes: [
      {
        file: "host/relay/sqliteLogStore.ts",
        find: 'if (record.accepts !== null && insertAccepted.run(vault, idToBytes(record.accepts)).changes === 0) return { kind: "refused" };',
        put: "",
      },
      { file: "host/agent/run.ts", find: 'if (reader.acceptedRuns.has(run)) return "taken by another";', put: "" },
      {
        file: "sync/writers.ts",
        find: "if ([...room.lanes.values()].some((lane) => lane.run === accept.run)) return null;",
        put: "",
      },
    ],
    faults: ["splitBrain"],
  },
  {
    name: "reuse-nonce",
    meaning: "a nonce is used again",
    changes: one(
      "crypto/envelope.ts",
      "const nonce = random(NONCE_BYTES);",
      "const nonce = random(NONCE_BYTES).fill(envelope.counter & 0xff);",
    ),
    faults: [],
  },
  {
    name: "wrong-doc-in-aad",
    meaning: "the seal authenticates another doc than the header says",
    changes: one(
      "crypto/envelope.ts",
      "const ciphertext = aeadSeal(padded, concatBytes(SEAL_LABEL, head), nonce,",
      "const ciphertext = aeadSeal(padded, concatBytes(SEAL_LABEL, head.map((byte, at) => (at === 2 ? byte ^ 1 : byte))), nonce,",
    ),
    faults: [],
  },
  {
    name: "no-seal",
    meaning: "what is typed travels as it is",
    changes: one(
      "crypto/envelope.ts",
      "const unsigned = concatBytes(head, ciphertext);",
      "const unsigned = concatBytes(head, padded, ciphertext.subarray(-16));",
    ),
    faults: [],
  },
  {
    name: "skip-chain-check",
    meaning: "a gap in an author's chain goes unnoticed",
    changes: one("sync/chain.ts", 'return replacesGap(chain, parsed) ? "next" : "ahead";', 'return "next";'),
    faults: ["lie"],
  },
  {
    name: "skip-signature-check",
    meaning: "what a relay changed is taken for its author's",
    changes: one(
      "sync/room.ts",
      "if (place === null || !draft.tips.isSigned(parsed, writer.key))",
      "if (place === null)",
    ),
    faults: ["lie"],
  },
  {
    name: "gap-not-asked-for",
    meaning: "what was withheld is never read again",
    changes: one(
      "sync/room.ts",
      'draft.isRereading = true;\n  draft.cursor = 0;\n  draft.effects.push({ type: "ask" });',
      "draft.isRereading = true;",
    ),
    faults: ["lie"],
  },
  {
    name: "gap-asked-for-once",
    meaning: "a gap that the relay did not fill the first time is not asked for again",
    changes: [
      {
        file: "sync/room.ts",
        find: "// What this link did not bring, the next one may. draft.isRereading = false;",
        put: "",
      },
      { file: "sync/room.ts", find: 'draft.isRereading = false; draft.effects.push({ type: "ask" });', put: "" },
    ],
    faults: ["lie"],
  },
  {
    name: "batch-misses-its-key",
    meaning: "what was typed before a doc's key arrived waits for the next keystroke",
    changes: one("sync/replica.ts", "if (isCaughtUp && cancelBatch === null) sealBatch();", ""),
    faults: ["weather", "cut"],
  },
  {
    name: "forgets-it-had-read",
    meaning: "a device that lost its link cannot keep what is typed",
    changes: one("sync/replica.ts", "hasReadToEnd ||= !more;", ""),
    faults: ["relayCrash", "crash"],
  },
  {
    name: "saved-between-sockets",
    meaning: "after a sleep, what is typed is called saved before anybody has it",
    changes: one("sync/replica.ts", "unseen += 1;", ""),
    faults: ["doze"],
  },
  {
    name: "trust-relay-cursor",
    meaning: "a relay that lost something is not noticed",
    changes: one("sync/room.ts", "if (event.head < draft.cursor) takeRollback(draft, event.head);", ""),
    faults: ["confuse", "cut", "break"],
  },
  {
    name: "no-reoffer-after-rollback",
    meaning: "what a restored relay lost stays lost",
    changes: one("sync/outbox.ts", "acked: Math.min(outbox.acked, expected - 1),", "acked: outbox.acked,"),
    faults: ["restore"],
  },
  {
    name: "send-before-commit",
    meaning: "the relay gets ahead of the device, whose next life forks its own chain",
    changes: [
      {
        file: "sync/outbox.ts",
        find: "const to = Math.min(outbox.committed,",
        put: "const to = Math.min(outbox.sealed,",
      },
      {
        file: "sync/room.ts",
        find: 'draft.outbox = withSealed(draft.outbox, parsed.counter); draft.effects.push({ type: "store", envelope });',
        put: 'draft.outbox = withSealed(draft.outbox, parsed.counter); draft.effects.push({ type: "store", envelope }); send(draft);',
      },
    ],
    faults: ["crash", "crashAtStorage"],
  },
  {
    name: "link-loss-forgets",
    meaning: "what was under way when a link broke is never sent again",
    changes: one("sync/outbox.ts", "=> ({ ...outbox, sent: outbox.acked });", "=> ({ ...outbox });"),
    faults: ["break"],
  },
  {
    name: "says-saved-too-early",
    meaning: "a device says saved of what waits in memory",
    changes: one(
      "sync/replica.ts",
      "unsaved: unseen + batch.length + outbox.sealed - outbox.committed,",
      "unsaved: outbox.sealed - outbox.committed,",
    ),
    faults: ["crash", "crashAtStorage"],
  },
  {
    name: "ignore-quota",
    meaning: "a full disk is taken for a good one",
    changes: one("sync/journal.ts", "if (found >= expected) return;", "return;"),
    faults: ["quota", "crash"],
  },
  {
    name: "relaxed-commit",
    meaning: "saved is said before the disk has flushed",
    changes: one(
      "sync/journal.ts",
      'database.transaction(["updates", "custom"], "readwrite", { durability: "strict" })',
      'database.transaction(["updates", "custom"], "readwrite")',
    ),
    faults: ["crash", "crashAtStorage"],
  },
  {
    name: "fold-in-two-transactions",
    meaning: "a crash within a fold loses what it folds",
    changes: one(
      "sync/journal.ts",
      "fold: (newBase, isOwn) =>\n      held.transact(() => {",
      "fold: (newBase, isOwn) =>\n      ((work: () => void) => work())(() => {",
    ),
    faults: ["crashAtStorage", "keyHeld"],
  },
  {
    name: "outbox-forgets-on-crash",
    meaning: "what no host has yet is taken for sent when the app opens again",
    changes: one("sync/room.ts", "const acked = Math.min(known, tip);", "const acked = tip;"),
    faults: ["crash", "cut"],
  },
  {
    name: "unbounded-out-queue",
    meaning: "a slow reader makes the relay hold everything",
    changes: one(
      "host/relay/fanOut.ts",
      "subscription.isBlocked = link.unsentBytes > unsentBytesMax;",
      "subscription.isBlocked = false;",
    ),
    faults: ["deaf", "flood"],
  },
  {
    name: "tab-hands-over-unflushed",
    meaning: "the last words before another tab takes over are lost",
    changes: one("sync/replica.ts", "sealBatch();\n      notePlace();", "notePlace();"),
    faults: ["tabs"],
  },
  {
    name: "skip-scope-check",
    meaning: "an agent writes wherever it likes",
    changes: one(
      "sync/replica.ts",
      "isFinal ? scope.checkFinal(update) : scope.check(update);",
      "isFinal ? scope.checkFinal(update) : null;",
    ),
    faults: ["rogue"],
  },
  {
    name: "final-not-compared",
    meaning: "an agent says afterwards that it had said something else",
    changes: one("sync/scope.ts", "requireRepeats(final, state);", ""),
    faults: ["rogue"],
  },
  {
    name: "skip-poison-quarantine",
    meaning: "what is no update stops the app, now and at each start",
    changes: one(
      "sync/replica.ts",
      '// reason: whatever Yjs throws on bytes that are no update, its author is to blame. dispatch({ type: "violated", author });',
      'throw new Error("poison");',
    ),
    faults: ["poison"],
  },
  {
    name: "poison-not-told",
    meaning: "what a bad member wrote is left out, and nobody is told",
    changes: one(
      "sync/room.ts",
      'if (lane === undefined) return void alarm(draft, "KEY");',
      "if (lane === undefined) return;",
    ),
    faults: ["poison"],
  },
  {
    name: "accept-old-epoch",
    meaning: "what is sealed under a key that a removed device holds is stored and taken",
    changes: [
      {
        file: "sync/room.ts",
        find: 'if (isStale(draft.roster, parsed, key.generation)) throw new CryptoError("key", "stale epoch");',
        put: "",
      },
      {
        file: "host/relay/admission.ts",
        find: 'if (epochs.isStale(vault.roster, envelope)) return { kind: "refuse", code: "not-allowed" };',
        put: "",
      },
    ],
    faults: ["poison"],
  },
  {
    name: "revoke-without-rekey",
    meaning: "a removed device goes on reading",
    changes: [
      {
        file: "sync/rekey.ts",
        find: "return key !== null && key.generation < state.roster.generation;",
        put: "return false;",
      },
      { file: "sync/rekey.ts", find: "if (key.generation < state.roster.generation) return true;", put: "" },
      {
        file: "sync/room.ts",
        find: 'if (isStale(draft.roster, parsed, key.generation)) throw new CryptoError("key", "stale epoch");',
        put: "",
      },
      {
        file: "host/relay/admission.ts",
        find: 'if (epochs.isStale(vault.roster, envelope)) return { kind: "refuse", code: "not-allowed" };',
        put: "",
      },
    ],
    faults: ["membership"],
  },
];
