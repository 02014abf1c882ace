/**
 * Projects that are destroyed while others write in their chats (`--destroying`), and what must be true once everybody is back. I16: nobody has a key or a word of what went, on a disk or at the
 * host, and nothing went that nobody had put into such a project. What was not destroyed loses nothing (I1) and is set aside by nobody (I14).
 */
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import { localName } from "#crypto/localSeal.ts";
import type { Prng } from "./prng.ts";
import type { DeviceNode } from "./device.ts";
import type { Draw } from "./faults.ts";
import { until, type Stage } from "./stage.ts";
import type { Place } from "./wire.ts";

/** What a person does with projects. */
export type Sorting = "make" | "move" | "keepFor" | "destroy";

/** A destroyed log goes a little at a time, and a device says that it has nothing left once its storage has let go of it. */
const goneMsMax = 30_000;

/** One project early on, what is put into it while all write, and its end: often by two devices, and again. */
export function sortChats(draw: Draw, random: Prng): void {
  const { devices, chaosMs, add } = draw;
  const device = (): number => random.below(devices);
  const sort = (how: Sorting, from: number, to: number): void =>
    add({ do: "sort", device: device(), which: random.below(1_000), how }, random.between(from, Math.max(from, to)));
  for (let count = random.pick([1, 1, 2]); count > 0; count--) sort("make", 0, chaosMs / 5);
  for (let count = random.between(1, 4); count > 0; count--) sort("move", chaosMs / 5, chaosMs);
  if (random.chance(0.4)) sort("keepFor", chaosMs / 5, chaosMs);
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count--) sort("destroy", chaosMs / 3, chaosMs);
  // A chat that somebody is in the middle of, and more to lose beside it.
  add({ do: "newChat", device: device() }, random.below(chaosMs / 4));
  for (let count = random.between(4, 10); count > 0; count--)
    add({ do: "type", device: device(), which: random.below(1_000), size: 0 }, random.between(chaosMs / 4, chaosMs));
}

export function sort(stage: Stage, device: DeviceNode, which: number, how: Sorting): void {
  const { vault } = device;
  if (vault === null) return;
  // reason: without a host, with a full disk, or in a page that goes, nothing was promised.
  const tryIt = (work: Promise<unknown>): void => void work.catch(() => {});
  if (how === "make") return tryIt(vault.createProject("Hidden", "wax"));
  const projects = vault.catalog.value.projects.all();
  const project = projects[which % Math.max(1, projects.length)]?.id;
  if (project === undefined) return;
  if (how === "keepFor") return vault.catalog.value.projects.change(project, { keepDays: 1 + (which % 30) });
  if (how === "destroy") return tryIt(vault.destroyProject(project));
  const chats = device.chats();
  const chat = chats[which % Math.max(1, chats.length)];
  if (chat === undefined) return;
  stage.sorted.add(chat);
  tryIt(vault.moveChat(chat, project));
}

/** As any device knows that is still one of them. */
function destroyedDocs(stage: Stage): ReadonlySet<DocId> {
  return new Set(
    stage.devices.flatMap(({ vault, isRemoved }) => (isRemoved ? [] : (vault?.catalog.value.destroyed.docs() ?? []))),
  );
}

export function isDestroyed(stage: Stage, { doc }: Place): boolean {
  return destroyedDocs(stage).has(docIdFromBytes(doc));
}

export async function checkDestroyed(stage: Stage, active: readonly DeviceNode[]): Promise<void> {
  const docs = destroyedDocs(stage);
  if (docs.size === 0) return;
  const projects = new Set(
    active.flatMap(({ vault }) => vault?.catalog.value.destroyed.projects() ?? []).map(({ id }) => id),
  );
  for (const doc of docs)
    if (!projects.has(doc) && !stage.sorted.has(doc)) stage.fail("I16", `${doc} was destroyed and was in no project`);
  const names = new Map<DeviceNode, ReadonlyMap<string, DocId>>();
  for (const device of active) {
    const identity = await device.identity();
    if (identity === null) continue;
    names.set(device, new Map([...docs].map((doc) => [`sovereign-${localName(identity.localKey, doc)}`, doc])));
  }
  let left: string | null = null;
  const isGone = (): boolean => {
    left = null;
    for (const doc of stage.relay.logs().keys()) if (docs.has(doc)) left = `the host has ${doc}`;
    for (const device of active) {
      for (const name of device.disk.databaseNames) {
        const doc = names.get(device)?.get(name);
        if (doc !== undefined) left = `${device.node.name} has ${doc}`;
      }
      const said = device.vault?.catalog.value.destroyed.projects() ?? [];
      const missing = said.find(({ goneFrom }) => device.vault !== null && !goneFrom.has(device.vault.deviceId));
      if (missing !== undefined) left ??= `${device.node.name} does not say that ${missing.id} is gone`;
    }
    return left === null;
  };
  if (!(await until(stage, goneMsMax, isGone))) stage.fail("I16", `${String(left)}, which was destroyed`);
}

/** Messages that devices are told of, because no host had them. */
export function countUnkept(stage: Stage): number {
  return stage.devices.reduce((sum, { vault }) => sum + (vault?.status().unkept ?? 0), 0);
}

export function countDestroyed(stage: Stage): number {
  return destroyedDocs(stage).size;
}
