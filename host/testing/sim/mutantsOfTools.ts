/**
 * Bugs of what acts for a model (toolWorld.ts). What fires by itself here is no clock's task but a host that starts again with an answer that was
 * under way, so "task double fire" is planted there: what it had begun to do is done a second time.
 */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfTools: readonly Mutant[] = [
  {
    name: "approval-not-single-use",
    meaning: "an owner's word on one call lets the next one like it through",
    changes: [
      {
        file: "sync/docs/approvals.ts",
        find: "if (!key.startsWith(`${asked.run}/${asked.call}/`)) continue;",
        put: "if (!key.startsWith(`${asked.run}/`)) continue;",
      },
      {
        file: "sync/docs/approvals.ts",
        find: "for (const each of [asked.call, asked.host,",
        put: "for (const each of [asked.host,",
      },
      {
        file: "sync/docs/approvals.ts",
        find: ".long(utf8ToBytes(asked.arguments)).u64(asked.until)",
        put: ".long(utf8ToBytes(asked.arguments)).u64(0)",
      },
      // With it, the no to the second call would hide that the first one's yes fits.
      {
        file: "sync/docs/approvals.ts",
        find: 'if (approval?.choice === "refuse") return approval;',
        put: "",
      },
    ],
    faults: [],
    world: "tools",
  },
  {
    name: "run-effect-before-audit",
    meaning: "something is done of which nothing is written down",
    changes: [
      { file: "host/tools/dispatch.ts", find: "const gave = await run(tool, args, aside, signal);", put: "" },
      {
        file: "host/tools/dispatch.ts",
        find: "let entry: WrittenEntry;",
        put: "const early = { signal, call: id, progress: () => {}, elicit: () => Promise.resolve(null) }; const gave = await run(tool, args, early, signal); let entry: WrittenEntry;",
      },
    ],
    faults: [],
    world: "tools",
  },
  {
    name: "audit-not-flushed",
    meaning: "a power cut takes the entry of what was done",
    changes: changeOne(
      "host/tools/ledger.ts",
      "fsync(handle, (error) => {",
      "((_: number, done: (error: Error | null) => void) => done(null))(handle, (error) => {",
    ),
    faults: [],
    world: "tools",
  },
  {
    name: "act-before-audit-is-stored",
    meaning: "the relay was quicker than the disk, and what was done stands in no ledger after a power cut",
    changes: changeOne("host/tools/dispatch.ts", "const before = await written;", "const before = entry.place;"),
    faults: [],
    world: "tools",
  },
  {
    name: "task-double-fire",
    meaning: "what a host had begun when it died is done again by its next life",
    changes: changeOne(
      "sync/docs/toolSteps.ts",
      'if (call.status === "running") return { ...call, status: "may-have-run" };',
      "",
    ),
    faults: [],
    world: "tools",
  },
  {
    name: "effect-before-relay-knows",
    meaning: "what was done and reached no relay is done again by the next life, which never heard of it",
    changes: changeOne(
      "host/tools/dispatch.ts",
      "(await untilAborted(options.stored(), signal)) === true);",
      "options.stored() !== null);",
    ),
    faults: [],
    world: "tools",
  },
];
