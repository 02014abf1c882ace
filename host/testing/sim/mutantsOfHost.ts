/** Bugs of the relay and the agent. */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfHost: readonly Mutant[] = [
  {
    name: "ack-before-fsync",
    meaning: "the relay acknowledges what a power cut still takes",
    changes: changeOne(
      "host/relay/groupCommit.ts",
      "waiting.push({ settle: () => resolve(result), reject });",
      "resolve(result); waiting.push({ settle: () => {}, reject });",
    ),
    faults: ["relayCrash"],
  },
  {
    name: "retry-after-fsync-error",
    meaning: "the relay goes on after a flush that failed",
    changes: changeOne(
      "host/relay/groupCommit.ts",
      "if (!ports.isPassing(cause) && broken === null) {",
      "if (cause === null) {",
    ),
    faults: ["relayDisk", "relayCrash"],
  },
  {
    name: "drop-dedupe",
    meaning: "a repeated envelope is not known again",
    changes: changeOne(
      "host/relay/sqliteLogStore.ts",
      'return isSame ? { kind: "repeated", seq: Number(same["seq"]) } : { kind: "conflict", expected };',
      'return { kind: "conflict", expected };',
    ),
    faults: ["break"],
  },
  {
    name: "store-takes-any-counter",
    meaning: "the relay stores envelopes that do not follow their author's last",
    changes: changeOne(
      "host/relay/sqliteLogStore.ts",
      'if (record.counter !== expected || !isEqualBytes(record.prev, tip?.hash ?? NO_PREV)) return { kind: "conflict", expected };',
      "",
    ),
    faults: ["restore"],
  },
  {
    name: "no-fence",
    meaning: "two agents of one identity are let in, and both may answer one run",
    changes: [
      {
        file: "host/relay/sqliteLogStore.ts",
        find: 'if (record.accepts !== null && insertAccepted.run(idToBytes(record.vault), idToBytes(record.accepts)).changes === 0) return { kind: "refused" };',
        put: "",
      },
      // Else the second agent is told to go before it can take anything.
      {
        file: "host/relay/liveAgents.ts",
        find: "if (known.boot !== boot && nowMs() - known.session.heardMs < agentAliveMs) {",
        put: "if (known.boot !== boot) return true; if (by === null) {",
      },
      {
        file: "host/agent/chatReader.ts",
        find: "|| acceptedRuns.has(accept.run)) return null;",
        put: ") return null;",
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
    name: "unbounded-out-queue",
    meaning: "a slow reader makes the relay hold everything",
    changes: changeOne(
      "host/relay/fanOut.ts",
      "subscription.isBlocked = link.unsentBytes > unsentBytesMax;",
      "subscription.isBlocked = false;",
    ),
    faults: ["deaf", "flood"],
  },
  {
    name: "removed-is-heard",
    meaning: "what somebody writes who was removed is stored and shown",
    changes: [
      {
        file: "host/relay/admission.ts",
        find: "const mayWrite = canWrite(roster, member.id) && deviceKinds.includes(envelope.kind);",
        put: "const mayWrite = deviceKinds.includes(envelope.kind);",
      },
      { file: "host/relay/handshake.ts", find: "if (!isActiveMember(vault.roster, author))", put: "if (false)" },
      {
        file: "host/relay/relay.ts",
        find: "return isActiveMember(vault.roster, peer.author) ? vault.roster.vault : null;",
        put: "return vault.roster.vault;",
      },
      {
        file: "sync/roomJudging.ts",
        find: 'if (end === "behind" || (isTooLate && end !== "before")) {',
        put: "if (false) {",
      },
      { file: "sync/roomJudging.ts", find: 'if (end === "unknown") {', put: "if (false) {" },
    ],
    faults: ["poison"],
  },
  {
    name: "chunk-appended-twice",
    meaning: "a piece of an answer stands there twice",
    changes: changeOne(
      "host/agent/laneWriter.ts",
      "write: () => type.insert(type.length, piece),",
      "write: () => type.insert(type.length, isLast ? piece + piece : piece),",
    ),
    faults: ["agentCrash"],
  },
  {
    name: "rekeys-deleted",
    meaning: "what a snapshot covers takes the keys with it",
    changes: changeOne("host/relay/logCompaction.ts", "substr(envelope, 2, 1) = x'", "substr(envelope, 1, 1) = x'"),
    faults: ["keyHeld"],
  },
];
