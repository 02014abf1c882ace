/**
 * A small world beside the large one, for what acts: the real dispatcher, ledger, steps and approvals of one question, a model that calls a tool
 * again and again, a host that dies at any storage call or at any time, and an owner who answers or does not. What the tool did is counted here.
 */
import { Doc, applyUpdate, encodeStateAsUpdate } from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes, runIdFromBytes, vaultIdFromBytes, type RunId } from "#crypto/ids.ts";
import { openLedgerEntry } from "#crypto/ledger.ts";
import type { Roster } from "#crypto/roster.ts";
import { writeApproval } from "#sync/docs/approvals.ts";
import { createChat } from "#sync/docs/chat.ts";
import { runRoots } from "#sync/docs/run.ts";
import { readCalls } from "#sync/docs/toolSteps.ts";
import { createRunTools } from "../../agent/runTools.ts";
import type { AnswerPart, Backend, Question } from "../../backends/backend.ts";
import { openLedger, splitLedger, verifyLedger } from "../../tools/ledger.ts";
import { textResult, versionOf, type Tool } from "../../tools/tool.ts";
import { useToolDisk, type ToolDisk } from "./toolDisk.ts";
import type { SmallWorld } from "./smallWorlds.ts";

const definition = { name: "send", description: "", class: "sends-out" as const, parameters: { type: "object" } };
const doc = docIdFromBytes(new Uint8Array(16).fill(1));
const vault = vaultIdFromBytes(new Uint8Array(32).fill(2));
const runOf = (life: number): RunId => runIdFromBytes(new Uint8Array(16).fill(life));
/** A host that dies more often than this says nothing new. */
const livesMax = 5;

/** One schedule, until its answer has come to its end. */
export async function runToolWorld({ world, prng, fail, count, runUntil }: SmallWorld): Promise<void> {
  const random = prng.fork("tools");
  const node = world.createNode("host");
  const [owner, host] = [createDeviceKeys(bytesOf(random)), createDeviceKeys(bytesOf(random))];
  const roster = rosterOf(owner);
  const isAsked = random.chance(0.6);
  const wanted = planCalls(random, isAsked);
  const trouble = random.pick([0, 0.5, 1]);
  const kindness = random.pick([0.5, 0.8, 1]);
  /** What was sent to whom, and how often their owner said yes to that. */
  const [effects, words] = [new Map<string, number>(), new Map<string, number>()];
  let life = 0;
  let isOver = false;
  /** Storage calls that are left to this life. */
  let callsLeft = Infinity;

  const relay = new Doc();
  relay.getMap("terms").set("tools", JSON.stringify({ "class:sends-out": isAsked ? "ask" : "allow" }));
  const chat = createChat(relay);
  const asked = { question: "q", parent: null, text: "Send it.", model: null, device: owner.id, at: world.now() };
  chat.ask({ run: runOf(1), answer: "a1", ...asked });

  const die = (): void => {
    if (!node.isUp) return;
    node.isUp = false;
    node.life += 1;
    disk.crash();
    count("deaths");
    world.note(() => "the host dies");
    world.after(null, random.between(50, 500), "restart", startHost);
  };
  /** A point at which it may die. */
  const point = (name: string): void => {
    world.note(() => `storage: ${name}`);
    callsLeft -= 1;
    if (callsLeft > 0) return;
    die();
    throw new Error("the host is dead");
  };
  const disk: ToolDisk = useToolDisk(prng.fork("disk"), point, (work) => {
    world.after(node, random.between(0, 20), "flush", work);
  });

  const startHost = (): void => {
    life += 1;
    node.life += 1;
    node.isUp = true;
    disk.start();
    const isMortal = life < livesMax && random.chance(trouble);
    callsLeft = isMortal && random.chance(0.7) ? random.between(1, 24) : Infinity;
    if (isMortal && callsLeft === Infinity) world.after(node, random.between(1, 1_500), "power cut", die);
    if (life > 1) {
      // As devices do: what was interrupted is gone on with.
      chat.markInterrupted(runOf(life - 1), world.now());
      chat.continueRun({
        ...{ run: runOf(life), answer: `a${life}`, continues: runOf(life - 1) },
        ...{ device: owner.id, at: world.now(), isAutomatic: true },
      });
    }
    world.after(
      node,
      0,
      "answer",
      () => void answer().catch((error: unknown) => node.isUp && fail("I14", String(error))),
    );
  };

  async function answer(): Promise<void> {
    const run = runOf(life);
    const own = node.life;
    const isHere = (): boolean => node.isUp && node.life === own;
    const held = new Doc();
    applyUpdate(held, encodeStateAsUpdate(relay), "relay");
    let leavesMs = 0;
    const acknowledged: (() => void)[] = [];
    /** One after the other; what has not left when the host dies never does. */
    held.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === "relay" || !isHere()) return;
      leavesMs = Math.max(leavesMs, world.now() + random.between(0, 40));
      world.after(node, leavesMs - world.now(), "append", () => {
        applyUpdate(relay, update, "host");
        world.note(() => "the relay has it");
        lookAsOwner(run);
        world.after(node, random.between(1, 20), "ack", () => acknowledged.shift()?.());
      });
    });
    relay.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "host" && isHere())
        world.after(node, random.between(1, 60), "deliver", () => applyUpdate(held, update, "relay"));
    });
    const meta = held.getMap(runRoots(run).meta);
    held.transact(() => {
      meta.set("acceptedAt", world.now());
      if (life > 1) meta.set("continuedAt", 0);
    });
    acknowledged.push(() => {});
    const clock = {
      now: () => world.now(),
      after: (delayMs: number, callback: () => void) =>
        isHere() ? world.after(node, delayMs, "host timer", callback) : () => {},
    };
    const pause = (delayMs: number): Promise<void> => new Promise((resolve) => void clock.after(delayMs, resolve));
    let newest: Promise<boolean> = Promise.resolve(true);
    const tools = createRunTools({
      host: {
        sources: [
          {
            name: "mail",
            tools: () => [sender(isHere, pause)],
            onChange: () => () => {},
            close: () => Promise.resolve(),
          },
        ],
        ledger: openLedger({
          ...{ file: "ledger", vault, keys: host, clock, random: bytesOf(random) },
          to: () => [{ id: owner.id, boxKey: owner.box.publicKey }],
        }),
        roster: () => roster,
      },
      writer: {
        step: (step) => {
          if (!isHere()) return false;
          point(`step ${String(Reflect.get(step, "kind"))}`);
          newest = new Promise((resolve) => acknowledged.push(() => resolve(true)));
          held.getArray(runRoots(run).steps).push([step]);
          return true;
        },
        stored: () => newest,
      },
      ...{ chat: createChat(held), doc, run, hostId: host.id, clock, random: bytesOf(random), path: [] },
      ...{ artifacts: null, showsArtifacts: false, isUnattended: false, by: "calls" },
    });
    const question: Question = { model: null, turns: [{ role: "user", text: "Send it." }] };
    let said = "";
    const parts = tools.answer({ answer: model(pause) }, question, "", new AbortController().signal);
    for await (const part of parts) if (part.kind === "text") said += part.text;
    if (!isHere()) return;
    isOver = true;
    world.note(() => `answered: ${said}`);
  }

  /** Calls whatever was not shown to be done, and, where it heeds nobody, once more. */
  function model(pause: (delayMs: number) => Promise<void>): Backend["answer"] {
    let roundsLeft = random.pick([1, 2]);
    return async function* (asked: Question): AsyncIterable<AnswerPart> {
      await pause(random.between(1, 50));
      const left = [...wanted];
      for (const to of doneIn(asked)) left.splice(left.indexOf(to), 1);
      const calls = roundsLeft > 0 ? left : [];
      roundsLeft -= 1;
      for (const [index, to] of calls.entries())
        asked.onToolCall?.({ id: `call-${life}-${asked.turns.length}-${index}`, name: "send", arguments: { to } });
      yield { kind: "text", text: calls.length === 0 ? "Done." : "Sending." };
    };
  }

  function sender(isHere: () => boolean, pause: (delayMs: number) => Promise<void>): Tool {
    return {
      ...definition,
      version: versionOf(definition),
      isUntrusted: false,
      target: ({ to }) => String(to),
      run: async ({ to }) => {
        await pause(random.between(0, 80));
        if (isHere()) act(String(to));
        await pause(random.between(0, 80));
        return textResult("Sent.");
      },
    };
  }

  /** It happens. */
  function act(to: string): void {
    const times = (effects.get(to) ?? 0) + 1;
    effects.set(to, times);
    count("effects");
    world.note(() => `sent to ${to}`);
    const entries = entriesBefore(disk.durable, owner, to);
    if (entries < times) fail("AU1", `${times} sent to ${to}, and ${entries} entries for it on the disk before`);
    const given = words.get(to) ?? 0;
    if (isAsked && times > given) fail("AQ1", `${times} sent to ${to}, and their owner said yes to ${given}`);
    if (!isAsked && times > 1 + given)
      fail("AT12", `sent to ${to} ${times} times, by a host that died in between, and their owner was not asked again`);
  }

  /** Everything that is asked is answered once, or never. */
  const seen = new Set<string>();
  function lookAsOwner(run: RunId): void {
    for (const call of readCalls({
      run,
      isOver: false,
      steps: relay.getArray<object>(runRoots(run).steps).toArray(),
    })) {
      if (call.status !== "asks" || call.ask === null || seen.has(call.call)) continue;
      seen.add(call.call);
      const { until, host: by } = call.ask;
      const choice = random.chance(kindness) ? "allow" : "refuse";
      count("asked");
      if (random.chance(0.1)) continue;
      world.after(null, random.between(20, 900), "owner", () => {
        const to = (JSON.parse(call.arguments) as { to: string }).to;
        world.note(() => `owner: ${choice} ${to}`);
        if (choice === "allow") words.set(to, (words.get(to) ?? 0) + 1);
        const { name, version: shown, target, arguments: text } = call;
        const word = { doc, run, call: call.call, host: by, name, version: shown, target, arguments: text, until };
        writeApproval(relay, word, choice, owner);
      });
    }
  }

  startHost();
  await runUntil(1_800_000, () => isOver);
  if (!isOver) fail("I3", "the answer never ends");
  checkLedger(disk.durable, host, fail);
}

/** To whom, in this order. Under a rule that asks, the same may be wanted twice: a word for one is none for the other. */
function planCalls(random: SmallWorld["prng"], isAsked: boolean): readonly string[] {
  const names = ["ann", "ben", "cy"].slice(0, random.between(1, 3));
  return names.flatMap((name) => (isAsked && random.chance(0.4) ? [name, name] : [name]));
}

/** To whom a model was shown that it was done. */
function doneIn({ turns }: Question): string[] {
  const to = new Map<string, string>();
  return turns.flatMap(({ calls = [], role, text, callId = "" }) => {
    for (const call of calls) to.set(call.id, String(Reflect.get(call.arguments, "to")));
    return role === "tool" && text.includes("Sent.") ? [to.get(callId) ?? ""] : [];
  });
}

/** As the owner's device reads what is certain to be there. */
function entriesBefore(bytes: Uint8Array, owner: DeviceKeys, to: string): number {
  const { entries } = splitLedger(new Uint8Array(bytes));
  return entries.filter((entry) => {
    const text = openLedgerEntry(entry, owner);
    const { what, target } = (text === null ? {} : JSON.parse(text)) as { what?: string; target?: string };
    return what === "before" && target === to;
  }).length;
}

/** Whole but for half an entry at its end. */
function checkLedger(durable: Uint8Array, host: DeviceKeys, fail: SmallWorld["fail"]): void {
  const bytes = new Uint8Array(durable);
  const whole = bytes.subarray(0, splitLedger(bytes).wholeBytes);
  const verdict = verifyLedger(whole, { vault, signKeyOf: () => host.sign.publicKey, known: [] });
  if (verdict.kind === "broken") fail("LE2", `the ledger is broken at entry ${verdict.at}: ${verdict.why}`);
}

const bytesOf =
  (random: SmallWorld["prng"]) =>
  (length: number): Uint8Array =>
    random.bytes(length);

function rosterOf({ id, sign, box }: DeviceKeys): Roster {
  const card = { signKey: sign.publicKey, boxKey: box.publicKey, relayKey: null, sealedName: new Uint8Array(0) };
  const member = { id, role: "device" as const, ...card, addedSeq: 1, removedSeq: null };
  return {
    ...{ vault, seq: 1, head: new Uint8Array(32), generation: 1, generationSeqs: [1] },
    members: new Map([[id, member]]),
  };
}
