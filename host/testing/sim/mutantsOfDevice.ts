/** Bugs of what runs on a device: crypto/ and sync/. */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfDevice: readonly Mutant[] = [
  {
    name: "reuse-nonce",
    meaning: "a nonce is used again",
    changes: changeOne(
      "crypto/envelope.ts",
      "const nonce = random(NONCE_BYTES);",
      "const nonce = random(NONCE_BYTES).fill(envelope.counter & 0xff);",
    ),
    faults: [],
  },
  {
    name: "wrong-doc-in-aad",
    meaning: "the seal authenticates another doc than the header says",
    changes: changeOne(
      "crypto/envelope.ts",
      "const ciphertext = aeadSeal(padded, concatBytes(SEAL_LABEL, head), nonce,",
      "const ciphertext = aeadSeal(padded, concatBytes(SEAL_LABEL, head.map((byte, at) => (at === 2 ? byte ^ 1 : byte))), nonce,",
    ),
    faults: [],
  },
  {
    name: "no-seal",
    meaning: "what is typed travels as it is",
    changes: changeOne(
      "crypto/envelope.ts",
      "const unsigned = concatBytes(head, ciphertext);",
      "const unsigned = concatBytes(head, padded, ciphertext.subarray(-16));",
    ),
    faults: [],
  },
  {
    name: "skip-chain-check",
    meaning: "a gap in an author's chain goes unnoticed",
    changes: changeOne("sync/chain.ts", 'return replacesGap(chain, parsed) ? "next" : "ahead";', 'return "next";'),
    faults: ["lie"],
  },
  {
    name: "skip-signature-check",
    meaning: "what a relay changed is taken for its author's",
    changes: changeOne(
      "sync/roomJudging.ts",
      "if (place === null || !draft.tips.isSigned(parsed, writer.key))",
      "if (place === null)",
    ),
    faults: ["lie"],
  },
  {
    name: "gap-not-asked-for",
    meaning: "what was withheld is never read again",
    changes: changeOne(
      "sync/roomDraft.ts",
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
    changes: changeOne("sync/replica.ts", "if (!batch.isGathering) batch.seal();", ""),
    faults: ["weather", "cut"],
  },
  {
    name: "forgets-it-had-read",
    meaning: "a device that lost its link cannot keep what is typed",
    changes: changeOne("sync/replica.ts", "hasReadToEnd = true;", ""),
    faults: ["relayCrash", "crash"],
  },
  {
    name: "saved-between-sockets",
    meaning: "after a sleep, what is typed is called saved before anybody has it",
    changes: changeOne("sync/replica.ts", "unseen += 1;", ""),
    faults: ["doze"],
  },
  {
    name: "trust-relay-cursor",
    meaning: "a relay that lost something is not noticed",
    changes: changeOne("sync/room.ts", "isOther || event.head < draft.cursor", "event.head < 0"),
    faults: ["confuse", "cut", "break"],
  },
  {
    name: "no-reoffer-after-rollback",
    meaning: "what a restored relay lost stays lost",
    changes: changeOne("sync/outbox.ts", "acked: Math.min(outbox.acked, expected - 1),", "acked: outbox.acked,"),
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
        file: "sync/roomOut.ts",
        find: 'draft.compaction = withLogged(draft.compaction, parsed); draft.effects.push({ type: "store", envelope });',
        put: 'draft.compaction = withLogged(draft.compaction, parsed); draft.effects.push({ type: "store", envelope }); send(draft);',
      },
    ],
    faults: ["crash", "crashAtStorage", "weather", "keyHeld"],
  },
  {
    name: "link-loss-forgets",
    meaning: "what was under way when a link broke is never sent again",
    changes: changeOne("sync/outbox.ts", "=> ({ ...outbox, sent: outbox.acked });", "=> ({ ...outbox });"),
    faults: ["break"],
  },
  {
    name: "says-saved-too-early",
    meaning: "a device says saved of what waits in memory",
    changes: changeOne(
      "sync/replicaStatus.ts",
      "unsaved: unsealed + outbox.sealed - outbox.committed,",
      "unsaved: outbox.sealed - outbox.committed,",
    ),
    faults: ["crash", "crashAtStorage"],
  },
  {
    name: "ignore-quota",
    meaning: "a full disk is taken for a good one",
    changes: [
      {
        file: "sync/indexedDbJournals.ts",
        find: 'transaction.addEventListener("abort", () => (isWhole = false));',
        put: "",
      },
      {
        file: "sync/openDatabase.ts",
        find: 'transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));',
        put: "transaction.onerror = transaction.onabort = () => resolve();",
      },
    ],
    faults: ["quota", "crash"],
  },
  {
    name: "relaxed-commit",
    meaning: "saved is said before the disk has flushed",
    changes: changeOne(
      "sync/indexedDbJournals.ts",
      'const transaction = begin(database, "strict");',
      'const transaction = begin(database, "relaxed");',
    ),
    faults: ["crash", "crashAtStorage"],
  },
  {
    name: "fold-in-two-transactions",
    meaning: "a crash within a fold loses what it folds",
    changes: changeOne(
      "sync/journal.ts",
      "fold: (newBase, isOwn) =>\n      held.transact(() => {",
      "fold: (newBase, isOwn) =>\n      ((work: () => void) => work())(() => {",
    ),
    faults: ["crashAtStorage", "keyHeld"],
  },
  {
    name: "outbox-forgets-on-crash",
    meaning: "what no host has yet is taken for sent when the app opens again, and not missed in the log either",
    changes: [
      { file: "sync/room.ts", find: "const acked = Math.min(known, tip);", put: "const acked = tip;" },
      { file: "sync/room.ts", find: "judgeUnopened(draft); missOwn(draft);", put: "judgeUnopened(draft);" },
    ],
    faults: ["crash", "cut"],
  },
  {
    name: "tab-hands-over-unflushed",
    meaning: "the last words before another tab takes over are lost",
    changes: changeOne("sync/replica.ts", "batch.seal();\n      folding.notePlace();", "folding.notePlace();"),
    faults: ["tabs"],
  },
  {
    name: "skip-scope-check",
    meaning: "an agent writes wherever it likes",
    changes: changeOne(
      "sync/laneScopes.ts",
      "isFinal ? scope.checkFinal(update) : scope.check(update);",
      "isFinal ? scope.checkFinal(update) : null;",
    ),
    faults: ["rogue"],
  },
  {
    name: "skip-poison-quarantine",
    meaning: "what is no update stops the app, now and at each start",
    changes: changeOne(
      "sync/laneScopes.ts",
      "// reason: whatever Yjs throws on bytes that are no update, its author is to blame. return false;",
      'throw new Error("poison");',
    ),
    faults: ["poison"],
  },
  {
    name: "poison-not-told",
    meaning: "what a bad member wrote is left out, and nobody is told",
    changes: changeOne(
      "sync/roomDraft.ts",
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
        file: "sync/roomOpen.ts",
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
        file: "sync/roomOpen.ts",
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
  {
    name: "clock-decides-conflicts",
    meaning: "what comes in while the clock stands before this device's last word is taken for older, and left out",
    changes: [
      { file: "sync/replica.ts", find: "let unseen = 0;", put: "let unseen = 0; let lastOwnMs = 0;" },
      {
        file: "sync/replica.ts",
        find: "if (socket.isOpen || origin === provider) return;",
        put: "if (origin !== provider) lastOwnMs = context.clock.now(); if (socket.isOpen || origin === provider) return;",
      },
      {
        file: "sync/replica.ts",
        find: "createLaneScopes((update) => socket.deliver(update));",
        put: "createLaneScopes((update) => void (clock.now() >= lastOwnMs && socket.deliver(update)));",
      },
    ],
    faults: ["skew"],
  },
  {
    name: "restored-log-unnoticed",
    meaning: "a relay that was restored and has grown again goes unnoticed",
    changes: changeOne(
      "sync/log.ts",
      "return known !== null && from !== null && from.seq",
      "return known !== null && from !== null && false && from.seq",
    ),
    faults: ["restore"],
  },
  {
    name: "covers-what-it-lacks",
    meaning: "a snapshot is adopted in name, and what it holds is not taken in",
    changes: changeOne("sync/compaction.ts", "options.deliver(content.update);", ""),
    faults: ["keyHeld", "loseJournal"],
  },
  {
    name: "lost-acknowledged-not-missed",
    meaning: "what a relay acknowledged after the backup it was restored from stays lost",
    changes: changeOne("sync/room.ts", "judgeUnopened(draft); missOwn(draft);", "judgeUnopened(draft);"),
    faults: ["restore"],
  },
  {
    name: "ends-not-heeded",
    meaning: "a removed device that has the relay on its side writes on, into the past",
    changes: changeOne(
      "sync/roomJudging.ts",
      'const end = arrived === null || writer.lane !== null ? "unsaid" : judgeEnd(draft, parsed, hash);',
      'const end: string = "unsaid";',
    ),
    faults: ["backdate"],
  },
];
