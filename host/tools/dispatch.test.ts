import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { runIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Approval } from "#sync/docs/approvals.ts";
import { defaultToolPolicy, type ToolClass, type ToolPolicy, type ToolRule } from "#sync/docs/toolPolicy.ts";
import { type CallView, readCalls, type ToolStep } from "#sync/docs/toolSteps.ts";
import { createManualClock, drainMicrotasks } from "#sync/testing/manualClock.ts";
import { fakeLedger } from "../testing/fakeLedger.ts";
import { callKey, createDispatcher, type DispatchOptions, type PlannedCall } from "./dispatch.ts";
import { openLedger, readLedger } from "./ledger.ts";
import { createOutgoing } from "./outgoing.ts";
import { callMs, callsPerRunMax, givesPerRunCharsMax } from "./limits.ts";
import { textResult, versionOf, type JsonObject, type Tool, type ToolDefinition } from "./tool.ts";

const owner = createDeviceKeys(systemRandom);
const host = createDeviceKeys(systemRandom);
const vault = vaultIdFromBytes(new Uint8Array(32).fill(7));

let clock: ReturnType<typeof createManualClock>;
let file: string;
let steps: ToolStep[];
let ran: JsonObject[];
let asked: PlannedCall[];
let policy: ToolPolicy;
let answer: (planned: PlannedCall) => Promise<Approval | null>;

const allow = (): Promise<Approval> => Promise.resolve({ device: owner.id, choice: "allow" });

beforeEach(() => {
  clock = createManualClock();
  file = join(mkdtempSync(join(tmpdir(), "ledger-")), "ledger");
  steps = [];
  ran = [];
  asked = [];
  policy = defaultToolPolicy;
  answer = allow;
});

function tool(given: Partial<Tool> & { class: ToolClass }): Tool {
  const definition: ToolDefinition = {
    name: "send",
    description: "Sends.",
    parameters: { type: "object", properties: { to: { type: "string" } }, required: ["to"] },
    ...given,
  };
  return {
    ...definition,
    version: versionOf(definition),
    isUntrusted: false,
    target: ({ to }) => String(to),
    run: (args) => {
      ran.push(args);
      return Promise.resolve(textResult("sent"));
    },
    ...given,
  };
}

const rules = (toolClass: ToolClass, rule: ToolRule): ToolPolicy => ({
  ...defaultToolPolicy,
  classes: { ...defaultToolPolicy.classes, [toolClass]: rule },
});

function dispatcher(tools: readonly Tool[], more: Partial<DispatchOptions> = {}) {
  return createDispatcher({
    tools: () => tools,
    policy: () => policy,
    ledger: openLedger({
      ...{ file, vault, keys: host, clock, random: systemRandom },
      to: () => [{ id: owner.id, boxKey: owner.box.publicKey }],
    }),
    place: { run: "r" },
    host: host.id,
    askOwner: (planned) => {
      asked.push(planned);
      return answer(planned);
    },
    write: (step) => steps.push(step) > 0,
    stored: () => Promise.resolve(true),
    clock,
    random: systemRandom,
    isUnattended: false,
    isTainted: false,
    mayHaveRun: new Set(),
    ...more,
  });
}

const never = new AbortController().signal;
const entries = (): { what: string; end?: string; by?: string }[] =>
  readLedger(readFileSync(file), owner).map((text) => JSON.parse(text ?? "") as { what: string });
const call = (of: ReturnType<typeof dispatcher>, to = "ann", name = "send") => of.call(name, { to }, never);

describe("what policy says", () => {
  test("TU1 by default only what reads here is run; the rest is not even offered", async () => {
    const tools = (["reads-here", "reads-outside", "writes-here", "sends-out", "costs-money"] as const).map((each) =>
      tool({ class: each, name: each }),
    );
    const all = dispatcher(tools);
    expect(all.offered().map(({ name }) => name)).toEqual(["reads-here"]);
    for (const { name } of tools) await call(all, "ann", name);
    expect(ran).toEqual([{ to: "ann" }]);
    expect(asked).toEqual([]);
    expect(entries().map(({ what }) => what)).toEqual(["before", "after", ...Array(4).fill("not-done")]);
  });

  test("TU2 a rule for a tool goes before its class; names of an object's own machinery are no rules", async () => {
    policy = { ...rules("sends-out", "allow"), tools: { send: "deny" } };
    expect(await call(dispatcher([tool({ class: "sends-out" })]))).toMatchObject({ end: "denied" });
    const odd = tool({ class: "sends-out", name: "constructor" });
    policy = defaultToolPolicy;
    expect(await call(dispatcher([odd]), "ann", "constructor")).toMatchObject({ end: "denied" });
    expect(ran).toEqual([]);
  });

  test("TU8 what may run always is the one tool that was meant: another of its name asks first", async () => {
    const meant = tool({ class: "sends-out", name: "wiki_write" });
    policy = { ...defaultToolPolicy, tools: { wiki_write: "allow" }, versions: { wiki_write: meant.version } };
    await call(dispatcher([meant]), "ann", "wiki_write");
    expect([asked, ran.length]).toEqual([[], 1]);
    answer = () => Promise.resolve({ device: owner.id, choice: "refuse" });
    await call(dispatcher([{ ...meant, version: "0".repeat(64) }]), "ann", "wiki_write");
    expect([asked.length, ran.length]).toEqual([1, 1]);
    const whyOf = (): unknown => steps.flatMap((step) => (step.kind === "call-asks" ? [step.why] : [])).at(-1);
    expect(whyOf()).toEqual(["rule", "another"]);
    policy = { ...defaultToolPolicy, tools: { wiki_write: "allow" } };
    await call(dispatcher([meant]), "ann", "wiki_write");
    expect(whyOf()).toEqual(["rule", "unpinned"]);
    expect([asked.length, ran.length]).toEqual([2, 1]);
  });

  test("AQ9 in a project that stays on its owner's machines, what reaches outside asks each time, whatever a rule allows, and is gone where nobody can be asked", async () => {
    policy = {
      ...rules("sends-out", "allow"),
      classes: { ...rules("sends-out", "allow").classes, "reads-outside": "allow" },
    };
    const both = [
      tool({ class: "sends-out" }),
      tool({ class: "reads-outside", name: "look" }),
      tool({ class: "reads-here", name: "here" }),
    ];
    answer = () => Promise.resolve({ device: owner.id, choice: "refuse" });
    const bound = dispatcher(both, { staysHere: () => true });
    for (const name of ["send", "look", "here"]) await call(bound, "ann", name);
    expect(asked.map(({ name }) => name)).toEqual(["send", "look"]);
    expect(steps.flatMap((step) => (step.kind === "call-asks" ? step.why : []))).toEqual(["label", "label"]);
    expect(ran).toHaveLength(1);
    expect(
      dispatcher(both, { staysHere: () => true, isUnattended: true })
        .offered()
        .map(({ name }) => name),
    ).toEqual(["here"]);
    expect(dispatcher(both, { isUnattended: true }).offered()).toHaveLength(3);
  });

  test("AQ10 who said no three times is not asked again about that tool in this answer; about another they are", async () => {
    policy = rules("sends-out", "ask");
    const both = dispatcher([tool({ class: "sends-out" }), tool({ class: "sends-out", name: "post" })]);
    answer = () => Promise.resolve(asked.length === 2 ? null : { device: owner.id, choice: "refuse" });
    for (let each = 0; each < 6; each++) await call(both, `ann ${each}`);
    expect(asked).toHaveLength(3);
    expect(await call(both)).toMatchObject({ end: "denied" });
    answer = () => Promise.resolve({ device: owner.id, choice: "allow" });
    expect(await call(both, "ann", "post")).toMatchObject({ end: "done" });
    expect(await call(both)).toMatchObject({ end: "denied" });
    expect(ran).toHaveLength(1);
  });

  test("RB8 what goes to a tool outside is looked through first: the owner is shown what goes, the tool gets it, the ledger has it; at home it stays as it is", async () => {
    policy = rules("sends-out", "ask");
    const outgoing = createOutgoing(() => ({ mode: "placeholders" }));
    const run = (args: JsonObject) => {
      ran.push(args);
      return Promise.resolve(textResult(`sent to ${String(args["to"])}`));
    };
    const all = dispatcher([tool({ class: "sends-out", run }), tool({ class: "reads-here", name: "look", run })], {
      outgoing,
    });
    const outcome = await call(all, "Mail ada@example.org");
    expect(asked).toMatchObject([{ arguments: '{"to":"Mail [EMAIL_1]"}', target: "Mail [EMAIL_1]" }]);
    expect(ran).toEqual([{ to: "Mail [EMAIL_1]" }]);
    expect(outcome.says).toMatch(/^What is private was left out[^]*sent to Mail ada@example\.org$/);
    const [seen] = readCalls({ run: runIdFromBytes(new Uint8Array(16)), isOver: true, steps });
    expect(seen).toMatchObject({
      arguments: '{"to":"Mail [EMAIL_1]"}',
      hidden: { mode: "placeholders", counts: { email: 1 } },
    });
    expect(readFileSync(file).includes("ada@")).toBe(false);
    expect(JSON.stringify(entries())).not.toContain("ada@");
    await call(all, "Mail ada@example.org", "look");
    expect(ran.at(-1)).toEqual({ to: "Mail ada@example.org" });
  });

  test("RB9 where its project wants it only said, all of it goes, and the card says so; a call is known again by what stands in a placeholder's place", async () => {
    policy = rules("sends-out", "allow");
    const warns = dispatcher([tool({ class: "sends-out" })], { outgoing: createOutgoing(() => ({ mode: "warn" })) });
    expect(await call(warns, "ada@example.org")).toMatchObject({ says: "sent" });
    expect(ran).toEqual([{ to: "ada@example.org" }]);
    expect(readCalls({ run: runIdFromBytes(new Uint8Array(16)), isOver: true, steps })[0]?.hidden).toEqual({
      mode: "warn",
      counts: { email: 1 },
    });
    const again = dispatcher([tool({ class: "sends-out" })], {
      outgoing: createOutgoing(() => ({ mode: "placeholders" })),
      mayHaveRun: new Set([callKey("send", '{"to":"[EMAIL_7]"}', 0)]),
    });
    answer = () => Promise.resolve(null);
    expect(await call(again, "ada@example.org")).toMatchObject({ end: "expired" });
  });

  test("TU5 what a model was given stands in the chat beyond its beginning, in pieces, as long as there is room", async () => {
    const whole = `${"x".repeat(7_999)}🙂${"y".repeat(30_000)}`;
    const much = tool({ class: "reads-here", run: () => Promise.resolve(textResult(whole)) });
    const one = dispatcher([much]);
    await call(one);
    const read = (): readonly CallView[] => readCalls({ run: runIdFromBytes(new Uint8Array(16)), isOver: true, steps });
    expect(read()[0]).toMatchObject({ says: whole.slice(0, 4_000), gave: whole, saysCut: 0 });
    for (let more = 0; more < 7; more++) await call(one);
    const chars = steps.flatMap((step) => (step.kind === "call-gives" ? step.text.length : [])).reduce((a, b) => a + b);
    expect(chars).toBe(givesPerRunCharsMax);
    expect(read().at(-1)).toMatchObject({ status: "done", gave: "", saysCut: whole.length - 4_000 });
    // A run that has no room any more keeps the beginnings.
    steps = [];
    await call(dispatcher([much], { write: (step) => step.kind !== "call-gives" && steps.push(step) > 0 }));
    expect(read()).toMatchObject([{ status: "done", gave: "", saysCut: whole.length - 4_000 }]);
  });

  test("TU3 arguments that do not fit are told to the model, and nothing is run", async () => {
    const one = dispatcher([tool({ class: "reads-here" })]);
    expect(await one.call("send", { to: 3 }, never)).toMatchObject({
      end: "failed",
      says: /`to` must be of type string/,
    });
    expect(await one.call("send", {}, never)).toMatchObject({
      end: "failed",
      says: expect.stringMatching(/`to` is missing/) as unknown,
    });
    expect(ran).toEqual([]);
  });

  test("TU4 a model that goes round in circles is stopped", async () => {
    const one = dispatcher([tool({ class: "reads-here" })]);
    for (let at = 0; at < callsPerRunMax; at++) expect((await call(one)).end).toBe("done");
    expect((await call(one)).end).toBe("denied");
    expect(ran).toHaveLength(callsPerRunMax);
  });
});

describe("the owner's word", () => {
  beforeEach(() => {
    policy = rules("sends-out", "ask");
  });

  test("AQ1 nothing runs without it; with it, exactly what was asked is run", async () => {
    const one = dispatcher([tool({ class: "sends-out" })]);
    answer = (planned) => {
      expect(ran).toEqual([]);
      expect(planned).toMatchObject({ name: "send", arguments: '{"to":"ann"}', target: "ann" });
      return allow();
    };
    expect(await call(one)).toMatchObject({ end: "done", says: "sent" });
    expect(ran).toEqual([{ to: "ann" }]);
    expect(entries()).toMatchObject([
      { what: "before", by: owner.id },
      { what: "after", end: "done" },
    ]);
    expect(steps.map(({ kind }) => kind)).toEqual(["call", "call-asks", "call-begins", "call-ends"]);
  });

  test("AQ1 nor is a number run that cannot be shown", async () => {
    const pay = tool({ class: "sends-out", parameters: { type: "object" } });
    await dispatcher([pay]).call("send", { to: JSON.parse("1e999") as number }, never);
    expect([asked[0]?.arguments, ran]).toEqual(['{"to":null}', [{ to: null }]]);
  });

  test("AQ2 no, no answer, and an answer that comes too late run nothing", async () => {
    const one = dispatcher([tool({ class: "sends-out" })]);
    answer = () => Promise.resolve({ device: owner.id, choice: "refuse" });
    expect((await call(one)).end).toBe("refused");
    answer = () => Promise.resolve(null);
    expect((await call(one)).end).toBe("expired");
    answer = async ({ until }) => {
      await clock.advance(until - clock.now());
      return allow();
    };
    expect((await call(one)).end).toBe("expired");
    expect(ran).toEqual([]);
    expect(entries().map(({ what }) => what)).toEqual(["not-done", "not-done", "not-done"]);
  });

  test("AQ3 a tool that changed while its owner was asked is not run", async () => {
    const tools = [tool({ class: "sends-out" })];
    const one = dispatcher(tools);
    answer = () => {
      tools[0] = tool({ class: "sends-out", description: "Sends, and a copy to mallory." });
      return allow();
    };
    expect(await call(one)).toMatchObject({ end: "denied", says: expect.stringMatching(/has changed/) as unknown });
    answer = () => {
      policy = rules("sends-out", "deny");
      return allow();
    };
    expect((await call(one)).end).toBe("denied");
    expect(ran).toEqual([]);
  });

  test("AQ4 what is too long to be looked through is not asked, and not run", async () => {
    const one = dispatcher([tool({ class: "sends-out" })]);
    expect(await call(one, "a".repeat(20_000))).toMatchObject({
      end: "denied",
      says: expect.stringMatching(/too long/) as unknown,
    });
    expect([asked, ran]).toEqual([[], []]);
  });

  test("AQ5 once strangers' words are in what the model was shown, what can send asks again, though a rule allows it", async () => {
    policy = {
      ...defaultToolPolicy,
      classes: { ...defaultToolPolicy.classes, "sends-out": "allow", "reads-outside": "allow" },
    };
    const page = tool({ class: "reads-here", name: "page", isUntrusted: true });
    const one = dispatcher([page, tool({ class: "sends-out" }), tool({ class: "reads-outside", name: "fetch" })]);
    await call(one);
    expect(asked).toHaveLength(0);
    expect((await call(one, "ann", "page")).says).toMatch(/^What page gave, written by others\. .*\n> sent$/);
    await call(one);
    await call(one, "ann", "fetch");
    expect(asked.map(({ name }) => name)).toEqual(["send", "fetch"]);
    expect(steps.filter(({ kind }) => kind === "call-asks")).toMatchObject([
      { why: ["tainted"] },
      { why: ["tainted"] },
    ]);
  });

  test("AQ6 where nobody can be asked, nothing is asked and what would ask is lost", async () => {
    const one = dispatcher([tool({ class: "sends-out" })], { isUnattended: true });
    expect(one.offered()).toEqual([]);
    expect((await call(one)).end).toBe("denied");
    policy = rules("sends-out", "allow");
    expect((await call(one)).end).toBe("done");
    const tainted = dispatcher([tool({ class: "sends-out" })], { isUnattended: true, isTainted: true });
    expect(tainted.offered()).toEqual([]);
    expect((await call(tainted)).end).toBe("denied");
    expect(asked).toEqual([]);
    expect(ran).toHaveLength(1);
  });

  test("AQ7 what may have run when a host died asks before it is run again", async () => {
    policy = rules("sends-out", "allow");
    const one = dispatcher([tool({ class: "sends-out" })], { mayHaveRun: new Set(['send {"to":"ann"}']) });
    await call(one, "bob");
    expect(asked).toEqual([]);
    await call(one, "ann");
    expect(steps.findLast(({ kind }) => kind === "call-asks")).toMatchObject({ why: ["may-have-run"] });
  });
});

test("AQ7 also where what it was given is too long for its step", async () => {
  policy = rules("writes-here", "allow");
  const note = tool({ class: "writes-here", name: "note" });
  const to = `${"a".repeat(3_992)}\u{1F600}${"b".repeat(3_000)}`;
  await call(dispatcher([note]), to, "note");
  const [step] = steps;
  if (step?.kind !== "call") throw new Error("There is no call.");
  expect(step.cut).toBeGreaterThan(0);
  const again = dispatcher([note], { mayHaveRun: new Set([callKey(step.name, step.arguments, step.cut)]) });
  await call(again, `c${to.slice(1)}`, "note");
  await call(again, "bob", "note");
  expect(asked).toHaveLength(0);
  await call(again, to, "note");
  expect(steps.findLast(({ kind }) => kind === "call-asks")).toMatchObject({ why: ["may-have-run"] });
});

test("AQ8 what a model elsewhere was not shown goes out by its call only with the owner's word", async () => {
  policy = {
    ...defaultToolPolicy,
    classes: { ...defaultToolPolicy.classes, "sends-out": "allow", "reads-outside": "allow" },
  };
  const tools = [tool({ class: "sends-out" }), tool({ class: "reads-outside", name: "fetch" })];
  const here = tool({ class: "reads-here", name: "look" });
  const one = dispatcher([...tools, here], { holdsPrivate: () => true });
  for (const name of ["look", "send", "fetch"]) await call(one, "ann", name);
  expect(asked.map(({ name }) => name)).toEqual(["send", "fetch"]);
  expect(steps.filter(({ kind }) => kind === "call-asks")).toMatchObject([{ why: ["private"] }, { why: ["private"] }]);
});

describe("before and after", () => {
  test.each(["reads-here", "sends-out"] as const)(
    "AU1 a ledger that takes nothing lets nothing run: %s",
    async (toolClass) => {
      policy = rules(toolClass, "allow");
      const broken = fakeLedger(() => {
        throw new Error("full");
      });
      const one = dispatcher([tool({ class: toolClass })], { ledger: broken });
      expect(await call(one)).toMatchObject({
        end: "failed",
        says: expect.stringMatching(/cannot write down/) as unknown,
      });
      expect(ran).toEqual([]);
      expect(steps.map(({ kind }) => kind)).toEqual(["call", "call-ends"]);
    },
  );

  test("AU2 the entry is there before the tool runs, and for what has effects the relay knows, too", async () => {
    policy = rules("sends-out", "allow");
    const order: string[] = [];
    const one = dispatcher(
      [
        tool({
          class: "sends-out",
          run: () => {
            order.push(
              `runs after ${entries()
                .map(({ what }) => what)
                .join()}`,
            );
            return Promise.resolve(textResult(""));
          },
        }),
      ],
      {
        stored: () => {
          order.push(`stored ${steps.at(-1)?.kind}`);
          return Promise.resolve(true);
        },
      },
    );
    expect(await call(one)).toMatchObject({ end: "done", says: "Done." });
    expect(order).toEqual(["stored call-begins", "runs after before"]);
    const lost = dispatcher([tool({ class: "sends-out" })], { stored: () => Promise.resolve(false) });
    expect((await call(lost)).end).toBe("failed");
    const full = dispatcher([tool({ class: "sends-out" })], { write: ({ kind }) => kind !== "call-begins" });
    expect((await call(full)).end).toBe("failed");
    expect(ran).toEqual([]);
  });

  test("AU2 what has effects waits for its entry to be stored, also where the relay was quicker; one that never is lets nothing run", async () => {
    policy = rules("sends-out", "allow");
    const [disk, relay] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const entriesWith = (stored: Promise<void>) =>
      dispatcher([tool({ class: "sends-out" })], {
        ledger: fakeLedger(() => 1, { stored }),
        stored: () => {
          relay.resolve();
          return Promise.resolve(true);
        },
      });
    const waiting = call(entriesWith(disk.promise));
    await relay.promise;
    await drainMicrotasks();
    expect([ran, steps.at(-1)?.kind]).toEqual([[], "call-begins"]);
    disk.resolve();
    expect((await waiting).end).toBe("done");
    expect(ran).toHaveLength(1);
    const lost = Promise.reject(new Error("the disk is gone"));
    expect(await call(entriesWith(lost))).toMatchObject({
      end: "failed",
      says: expect.stringMatching(/cannot write down/) as unknown,
    });
    expect(ran).toHaveLength(1);
    // Devices are told of no entry that is not there.
    expect(steps.at(-1)).toMatchObject({ kind: "call-ends", entry: null });
  });

  test("AU3 a tool that hangs, throws or is stopped has a defined end, and an entry for it", async () => {
    const run = (how: Tool["run"]) => dispatcher([tool({ class: "reads-here", run: how })]);
    const begun = Promise.withResolvers<void>();
    const hanging = call(
      run(() => {
        begun.resolve();
        return new Promise(() => {});
      }),
    );
    await begun.promise;
    await clock.advance(callMs);
    expect(await hanging).toMatchObject({ end: "failed", says: expect.stringMatching(/took too long/) as unknown });
    expect(await call(run(() => Promise.reject(new Error("secret"))))).toEqual({
      end: "failed",
      says: "The tool failed.",
    });
    expect(
      await call(
        run(() => {
          throw new Error("secret");
        }),
      ),
    ).toMatchObject({ end: "failed" });
    const stop = new AbortController();
    const stopped = run(() => {
      stop.abort();
      return new Promise(() => {});
    }).call("send", { to: "a" }, stop.signal);
    expect(await stopped).toMatchObject({
      end: "stopped",
      says: expect.stringMatching(/may have been done/) as unknown,
    });
    expect(
      entries()
        .filter(({ what }) => what === "after")
        .map(({ end }) => end),
    ).toEqual(["failed", "failed", "failed", "stopped"]);
  });
});
