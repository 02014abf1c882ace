/** What must be true once everything has come to rest: nothing lost, nothing invented, the same everywhere. */
import { parseAccept } from "#crypto/laneHeader.ts";
import { entriesBytesMax, clockSkewMs } from "#sync/limits.ts";
import { unsentBytesMax } from "../../relay/limits.ts";
import { checkRemoved } from "./access.ts";
import { CATALOG, type DeviceNode } from "./device.ts";
import { checkDestroyed, isDestroyed } from "./destroying.ts";
import { openSoon } from "./founding.ts";
import { convergeMsMax, isForgedIn, rootsOf, stateOf, unsettled } from "./healing.ts";
import { POISONS_WITHOUT_EFFECT } from "./poisoner.ts";
import { ROGUE_MARK } from "./rogueAgent.ts";
import { until, type Stage } from "./stage.ts";
import { CANARY } from "./wire.ts";
import { checkArtifact } from "./writing.ts";

/** Answers under way end by themselves within this; a grant is given again after 20 s and 40 s. */
const runsMsMax = 150_000;
/** The largest thing that anybody writes here. */
const bigMarkBytes = 40_000;
/** What may wait on a link: the limit, and one page that was begun just below it. */
const linkBytesMax = unsentBytesMax + entriesBytesMax + bigMarkBytes + 16_384;

export async function finish(stage: Stage): Promise<void> {
  const { devices, oracle, wire, fail } = stage;
  const isForked = stage.clones.length > 0;
  const isResting = !isForked && (await awaitRuns(stage));
  // A removal that was slow to reach the host counts too: it is looked at only now.
  const active = devices.filter((device) => !device.isRemoved);
  for (const { node, isRemoved } of devices)
    if (isRemoved) oracle.excuse("the device was removed", node.name, null, false);
  for (const device of active) {
    for (const doc of device.docs()) {
      const shown = device.shown(doc);
      if (shown === null) continue;
      checkShown(stage, device, doc, shown);
      if (isForked) continue;
      if (stage.poisoned.has(doc)) {
        checkPoisoned(stage, device, doc, shown);
        continue;
      }
      const [missing] = oracle.missing(doc, shown);
      if (missing !== undefined)
        fail(
          "I1",
          `${missing.text} was ${missing.state} by ${missing.device} and is missing at ${device.node.name} in ${doc}`,
        );
      const [lingering] = oracle.lingering(doc, shown);
      if (lingering !== undefined) fail("I1", `${lingering.text} was taken out and is back at ${device.node.name}`);
      checkAnswers(stage, device, doc);
    }
  }
  if (!isForked) checkSame(stage, active);
  if (!isForked && isResting)
    for (const id of active[0]?.artifacts() ?? []) if (!stage.poisoned.has(id)) checkArtifact(stage, active, id);
  await checkRemoved(stage, active);
  if (!isForked && isResting && stage.poisoned.size === 0) await checkDestroyed(stage, active);
  if (!isForked) {
    const stored = stage.relay.storedEnvelopes();
    for (const [hash, { node, place }] of wire.acknowledged) {
      const device = devices.find((each) => each.node === node);
      const isExcused = device === undefined || device.isRemoved;
      if (!stored.has(hash) && !isExcused && !stage.relay.isCovered(place) && !isDestroyed(stage, place))
        fail("I9", `an envelope of ${node.name} that the relay had acknowledged did not come back to it`);
    }
  }
  checkLanes(stage);
  if (stage.relay.contains(Buffer.from(CANARY))) fail("I6", "plain text in the relay's log");
  for (const { disk, node } of devices)
    if (disk.contains(Buffer.from(CANARY))) fail("I6", `plain text on the disk of ${node.name}`);
  if (stage.network.unsentBytesMax > linkBytesMax)
    fail("I13", `${stage.network.unsentBytesMax} bytes waited on one link`);
  if (isResting && !stage.isBroken()) await checkFreshReader(stage, active);
}

/** One lane a run, also where a second one wrote nothing that shows. */
function checkLanes({ relay, fail }: Stage): void {
  const lanes = new Map<string, string>();
  for (const parsed of [...relay.logs().values()].flat()) {
    if (parsed.kind !== "accept") continue;
    const { run } = parseAccept(parsed.clear);
    const other = lanes.get(run);
    if (other !== undefined && other !== parsed.author) return fail("I4", `two lanes took the run ${run}`);
    lanes.set(run, parsed.author);
  }
}

/** Nothing shows that nobody made. */
function checkShown(stage: Stage, device: DeviceNode, doc: string, shown: string): void {
  if (shown.includes(stage.wire.forgedMark)) stage.fail("I8", `${device.node.name} shows what an outsider forged`);
  const yDoc = device.yDoc(doc);
  const everything = isForgedIn(stage, doc) || yDoc === null ? shown : rootsOf(yDoc);
  // With its bracket: among the letters of long texts, drawn at random, the word alone stands some time.
  if (everything.includes(`‹${ROGUE_MARK}-`))
    stage.fail("I8", `${device.node.name} shows in ${doc} what a lane wrote out of its scope`);
  const [foreign] = stage.oracle.foreign(doc, shown);
  if (foreign !== undefined) stage.fail("I8", `${device.node.name} shows ${foreign} in ${doc}, where nobody wrote it`);
}

/** The doc is set aside and says so, and nothing that was in it is gone. */
function checkPoisoned({ oracle, poisoned, fail }: Stage, device: DeviceNode, doc: string, shown: string): void {
  const { name } = device.node;
  const [missing] = device.hasLostJournal ? [] : oracle.missingAt(name, doc, shown);
  if (missing !== undefined) fail("I1", `${missing.text} is missing at ${name} in ${doc}, which was poisoned`);
  const how = poisoned.get(doc);
  const status = device.status(doc);
  if (how === undefined || POISONS_WITHOUT_EFFECT.includes(how)) return;
  // What a full disk did not take is told first, until the next try a few seconds later.
  const isTold = status?.alarm?.code === "KEY" || status?.alarm?.code === "UNSTORED";
  if (status?.phase !== "quarantine" || !isTold)
    fail("I14", `${name} has ${doc} ${status?.phase}, into which a member wrote ${how}`);
}

/** What each device has shown of each run since it was opened. */
const shownOf = new WeakMap<DeviceNode, { readonly life: number; readonly texts: Map<string, string> }>();

/** What was read once is not turned into something else, whatever its host says afterwards. */
function checkKept(stage: Stage, device: DeviceNode, run: string, text: string): void {
  const { life } = device.node;
  const known = shownOf.get(device);
  const { texts } = known?.life === life ? known : { texts: new Map<string, string>() };
  shownOf.set(device, { life, texts });
  const before = texts.get(run) ?? "";
  if (!text.startsWith(before) && !before.startsWith(text))
    return stage.fail(
      "I3",
      `${device.node.name} had shown ${JSON.stringify(before.slice(0, 40))} and shows another answer`,
    );
  if (text.length > before.length) texts.set(run, text);
}

/** Every answer is the beginning of what the backend said once; no two runs have the same. */
function checkAnswers(stage: Stage, device: DeviceNode, doc: string): void {
  const chat = device.chat(doc);
  const taken = new Map<string, string>();
  for (const run of device.runs(doc)) {
    const view = chat?.run(run);
    if (view === undefined || view.text === "") continue;
    checkKept(stage, device, run, view.text);
    const attempt = [...stage.agent.attempts, ...stage.twin.attempts].find(
      ({ sent, forged }) => sent.startsWith(view.text) || forged?.text === view.text,
    );
    if (attempt === undefined)
      return stage.fail(
        "I3",
        `${device.node.name} shows an answer that no backend gave: ${JSON.stringify(view.text.slice(0, 80))}`,
      );
    const other = taken.get(attempt.name);
    if (other !== undefined) return stage.fail("I4", `two runs hold the answer ${attempt.name}`);
    taken.set(attempt.name, run);
    if (view.status === "done" && attempt.forged === null && !(attempt.isWhole && attempt.sent === view.text))
      return stage.fail("I3", `the answer ${attempt.name} is called done and is cut`);
  }
}

/** Whether everything has come to an end. */
async function awaitRuns(stage: Stage): Promise<boolean> {
  const active = (): DeviceNode[] => stage.devices.filter((device) => !device.isRemoved);
  const ended = new Set(["done", "stopped", "failed", "interrupted", "withdrawn"]);
  const waiting = (): string | null => {
    for (const device of active()) {
      for (const doc of device.docs()) {
        if (stage.poisoned.has(doc)) continue;
        for (const run of device.runs(doc)) {
          const status = device.chat(doc)?.run(run).status ?? "closed";
          if (!ended.has(status)) return `${run.slice(0, 6)} at ${device.node.name} is ${status}`;
        }
      }
    }
    return unsettled(stage, active());
  };
  if (waiting() === null) return true;
  // Known gap: with a clock that is off by more than the skew allowed, a device cannot lend a key.
  if (active().some(({ node }) => Math.abs(node.skewMs) > clockSkewMs)) return false;
  if (await until(stage, runsMsMax, () => waiting() === null)) return true;
  stage.fail("I3", `a run never ends: ${waiting()}`);
  return false;
}

function checkSame(stage: Stage, active: readonly DeviceNode[]): void {
  const [first, ...others] = active;
  if (first === undefined) return;
  for (const device of others) {
    for (const doc of first.docs()) {
      const [a, b] = [first.yDoc(doc), device.yDoc(doc)];
      if (a === null || b === null) continue;
      if (isForgedIn(stage, doc) || stage.poisoned.has(doc)) continue;
      const isSame = stateOf(first, doc) === stateOf(device, doc) && rootsOf(a) === rootsOf(b);
      if (!isSame) stage.fail("I2", `${first.node.name} and ${device.node.name} show different things in ${doc}`);
    }
  }
}
/** A device that has its keys and nothing else reads everything from the host. */
async function checkFreshReader(stage: Stage, active: readonly DeviceNode[]): Promise<void> {
  const reader = active.at(-1);
  if (reader === undefined || stage.world.prng.fork("fresh").chance(0.7)) return;
  // A removal that never reached the host leaves a member that nobody counts, and that still writes.
  const isStillThere = ({ isRemoved, vault }: DeviceNode): boolean =>
    isRemoved && vault !== null && stage.relay.removedSeqOf(vault.deviceId) === null;
  // And an answer that ended in the middle is gone on with by who finds it so.
  const isStillAnswered = stage.agent.attempts.length + stage.twin.attempts.length > 0;
  if (active.length === 1 && (isStillAnswered || stage.devices.some(isStillThere))) return;
  // One that joined at the very end has not opened everything.
  if (reader.vault === null || reader.docs().some((doc) => reader.yDoc(doc) === null)) return;
  // A chat that was begun while the catalog is set aside is in no log but its own, and its device was told so.
  const isListed = (doc: string): boolean =>
    !stage.poisoned.has(CATALOG) || (active[0] !== reader && active[0]?.docs().includes(doc) === true);
  const docs = reader.docs().filter((doc) => isListed(doc) && !isForgedIn(stage, doc) && !stage.poisoned.has(doc));
  const before = new Map(docs.map((doc) => [doc, contentOf(reader, doc)]));
  // What another still writes meanwhile belongs to it; nobody else is left to ask when it is alone.
  const wanted = (doc: string): string | null =>
    active.length > 1 && active[0] !== undefined ? contentOf(active[0], doc) : (before.get(doc) ?? null);
  reader.crash(false);
  reader.hasLostJournal = true;
  for (const name of reader.disk.databaseNames) reader.disk.deleteDatabase(name);
  stage.oracle.excuse("read anew", reader.node.name, null, true);
  reader.start();
  const isDifferent = (doc: string): boolean =>
    contentOf(reader, doc) === null || contentOf(reader, doc) !== wanted(doc);
  const isSame = (): boolean => {
    openSoon(stage, reader);
    return reader.vault !== null && !docs.some(isDifferent);
  };
  if (await until(stage, convergeMsMax, isSame)) return;
  const doc = docs.find(isDifferent) ?? "";
  stage.world.note(() => `wanted ${wanted(doc)} and got ${contentOf(reader, doc)}`);
  const state = reader.vault === null ? "closed" : reader.status(doc)?.phase;
  stage.fail("I2", `${reader.node.name}, read anew from the host, is not what it was in ${doc} (${state})`);
}

/** `null`: not open. */
function contentOf(device: DeviceNode, doc: string): string | null {
  const yDoc = device.yDoc(doc);
  return yDoc === null ? null : rootsOf(yDoc);
}
