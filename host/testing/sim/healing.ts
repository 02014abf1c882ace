/** The end of chaos: every fault is taken away, and everything must come to rest in time. */
import * as Y from "yjs";
import { CATALOG, type DeviceNode } from "./device.ts";
import { openSoon } from "./founding.ts";
import { type } from "./person.ts";
import { Broken, runTo, until, type Stage } from "./stage.ts";
import { CANARY } from "./wire.ts";
import { isAllWritten, typeLetters } from "./writing.ts";

export const convergeMsMax = 10_000;

/** `isEnough`: what happened says something; until then everybody goes on writing. */
export async function heal(stage: Stage, isEnough: () => boolean): Promise<void> {
  const { world, network, relay, agent, wire, devices } = stage;
  world.note(() => "-- heal");
  relay.disk = "good";
  for (const note of stage.unsure) note();
  for (const { node, disk } of [...devices, ...stage.clones]) {
    disk.isFull = false;
    disk.onRequest = null;
    wire.lie(node, null);
    world.resume(node);
  }
  // What a fault has just begun is done first.
  await runTo(stage, world.now() + 5);
  stage.startRelay?.();
  if (stage.twin.node.isUp) stage.twin.crash();
  if (agent.node.isUp && agent.isRogue) agent.crash();
  if (!agent.node.isUp) agent.start();
  network.heal();
  // An honest relay is another process: links to the one that lied are gone.
  if (stage.hasLied) for (const { node } of devices) network.breakLinks(node, false);
  for (const device of devices) if (!device.node.isUp) device.start();
  await runTo(stage, world.now() + 500);
  for (const device of devices) world.after(device.node, 0, "wake", () => device.vault?.wake());
  if (stage.hasLied) await touchAll(stage);
  const active = (): DeviceNode[] => devices.filter((device) => !device.isRemoved);
  const isConverged = (): boolean => {
    // One that is only now on its way down, or that a full disk kept from opening, opens again.
    for (const device of devices) if (!device.node.isUp) device.start();
    if (!agent.node.isUp) agent.start();
    for (const device of active()) openSoon(stage, device);
    return unsettled(stage, active()) === null;
  };
  for (;;) {
    if (!(await until(stage, convergeMsMax, isConverged))) {
      noteDifferences(stage, active());
      stage.fail("I14", `no rest 10 s after healing: ${unsettled(stage, active())}`);
    }
    if (stage.isBroken()) throw new Broken();
    if (isEnough()) return;
    await touchAll(stage);
  }
}

/** For the trace: what each shows where they differ. */
function noteDifferences(stage: Stage, active: readonly DeviceNode[]): void {
  const [first] = active;
  for (const doc of first?.docs() ?? []) {
    if (first === undefined || active.every((device) => stateOf(device, doc) === stateOf(first, doc))) continue;
    for (const device of active) {
      const yDoc = device.yDoc(doc);
      stage.world.note(() => `${device.node.name} shows in ${doc}: ${yDoc === null ? "nothing" : rootsOf(yDoc)}`);
    }
  }
}

/**
 * A log's last envelope that was kept back can only be missed once another follows it. So everybody writes once more, everywhere.
 */
async function touchAll(stage: Stage): Promise<void> {
  const { world, devices } = stage;
  const isOpen = (): boolean => {
    for (const device of devices) openSoon(stage, device);
    return devices.every((device) => device.isRemoved || device.docs().every((doc) => device.yDoc(doc) !== null));
  };
  await until(stage, convergeMsMax, isOpen);
  for (const device of devices) {
    for (const doc of device.docs()) {
      stage.marks += 1;
      const mark = `‹${CANARY}-${device.node.name}.${stage.marks}›`;
      world.after(device.node, 0, "touch", () => {
        if (device.artifact(doc) === null) type(device, stage.oracle, doc, mark, 0);
        else typeLetters(stage, device, doc);
      });
    }
  }
  await runTo(stage, world.now() + 5);
}

/** Why the devices have not come to rest, or `null`. */
export function unsettled(stage: Stage, active: readonly DeviceNode[]): string | null {
  const [first] = active;
  if (first === undefined) return null;
  for (const device of active) {
    const { vault, node } = device;
    if (vault === null) return `${node.name} is not open`;
    if (vault.status().link !== "live") return `${node.name} is ${vault.status().link}`;
    const isForked = stage.clones.length > 0;
    if (!isForked && !stage.poisoned.has(CATALOG) && device.docs().length !== first.docs().length)
      return `${node.name} knows ${device.docs().length} docs, ${first.node.name} ${first.docs().length}`;
    for (const doc of device.docs()) {
      const status = device.status(doc);
      if (status?.phase === "quarantine" && (isForked || stage.poisoned.has(doc))) continue;
      if (status === null || status.phase !== "live")
        return `${node.name} has ${doc} ${status?.phase} (${status?.alarm?.code})`;
      if (status.pending > 0 || status.unsaved > 0)
        return `${node.name} has ${status.pending} pending and ${status.unsaved} unsaved in ${doc}`;
      const artifact = device.artifact(doc);
      if (artifact !== null && !isAllWritten(artifact)) return `${node.name} has words waiting in ${doc}`;
      if (isForked || stage.poisoned.has(doc) || isForgedIn(stage, doc)) continue;
      // A chat that was begun while the catalog is set aside is known to its device alone.
      if (stage.poisoned.has(CATALOG) && !first.docs().includes(doc)) continue;
      if (stateOf(device, doc) !== stateOf(first, doc)) return `${node.name} and ${first.node.name} differ in ${doc}`;
    }
  }
  return null;
}

/**
 * Known gap: a FINAL takes the place of the stream in the log, so a device that never saw the stream of a host that lies has nothing to compare its
 * FINAL with, and shows it. Who saw the stream does not take it; so devices differ there.
 */
export function isForgedIn(stage: Stage, doc: string): boolean {
  return stage.agent.attempts.some(({ forged }) => forged?.doc === doc);
}

/** Which operations a device has and which it has as deleted. A state vector alone says nothing of deletions: who lacks the newest one looks the same (seed 1780). */
export function stateOf(device: DeviceNode, doc: string): string {
  const yDoc = device.yDoc(doc);
  return yDoc === null ? "closed" : Buffer.from(Y.encodeSnapshot(Y.snapshot(yDoc))).toString("base64");
}

/** Whatever is in a doc, by the kinds of root that chats and catalogs have. */
export function rootsOf(yDoc: Y.Doc): string {
  const roots = [...yDoc.share.keys()].sort().filter((name) => !name.startsWith("meta/") || yDoc.getMap(name).size > 0);
  const read = (name: string): unknown => {
    if (name === "draft" || name.startsWith("gen/") || name.startsWith("think/")) return yDoc.getText(name).toString();
    return name.startsWith("steps/") ? yDoc.getArray(name).toJSON() : yDoc.getMap(name).toJSON();
  };
  return JSON.stringify(
    roots.map((name) => [name, sortKeys(read(name))]).filter(([, value]) => JSON.stringify(value).length > 2),
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sortKeys(each)]),
  );
}
