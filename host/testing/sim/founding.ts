/**
 * How a schedule begins. Either a vault is founded on a first device, the others join, and all of them open their docs; or, since that is the same
 * every time and costs as much as all that follows, the world starts from the disks of a world in which it was done: one for each number
 * of devices and chats, made from a seed of its own.
 */
import { signJoin } from "#crypto/rosterEntries.ts";
import { CATALOG, type DeviceImage, type DeviceNode } from "./device.ts";
import { addChat } from "./person.ts";
import { runTo, until, claimLinkOf, describe, type HostKeys, type Stage } from "./stage.ts";

/** What lies on every disk once all devices have settled. */
export interface Beginning {
  readonly hostKeys: HostKeys;
  readonly nowMs: number;
  readonly relayFile: Uint8Array;
  readonly pin: Stage["agent"]["pin"];
  readonly devices: readonly DeviceImage[];
}

const setupMsMax = 60_000;
const joinMsMax = 20_000;
const settleMsMax = 20_000;

/** Everything from nothing. */
export async function found(stage: Stage, devices: number, chats: number): Promise<void> {
  const { world, relay, agent, fail } = stage;
  relay.start();
  agent.start();
  const first = stage.createDevice("d0");
  stage.devices.push(first);
  first
    .found(claimLinkOf(stage.hostKeys))
    .catch((error: unknown) => fail("I14", `founding failed: ${describe(error)}`));
  if (!(await until(stage, setupMsMax, () => first.vault !== null))) return fail("I14", "the vault was not founded");
  for (let index = 1; index < devices; index++) {
    let isDone = false;
    void addDevice(stage, first).finally(() => {
      isDone = true;
    });
    await until(stage, joinMsMax, () => isDone);
  }
  for (let index = 0; index < chats; index++)
    world.after(first.node, 0, "first chats", () => addChat(first, stage.oracle));
  await awaitOpen(stage, devices, chats);
}

/** The disks of a world that was founded and came to rest. */
export async function takeBeginning(stage: Stage, devices: number, chats: number): Promise<Beginning> {
  await found(stage, devices, chats);
  const isSettled = (): boolean =>
    stage.devices.every((device) =>
      device.docs().every((doc) => {
        const status = device.status(doc);
        return status?.phase === "live" && status.pending === 0 && status.unsaved === 0;
      }),
    );
  if (!(await until(stage, settleMsMax, isSettled))) stage.fail("I14", "the beginning does not settle");
  // What is told and noted a little later is on the disks, too.
  await runTo(stage, stage.world.now() + 5_000);
  for (const device of stage.devices) device.crash(false);
  const { relay, agent, world, hostKeys } = stage;
  return {
    hostKeys,
    nowMs: world.now(),
    relayFile: relay.image(),
    pin: agent.pin,
    devices: stage.devices.map((device) => device.image()),
  };
}

/** All machines are switched on, and wait for each other. */
export async function startFrom(stage: Stage, beginning: Beginning): Promise<void> {
  const { relay, agent, oracle } = stage;
  relay.load(beginning.relayFile);
  agent.pin = beginning.pin;
  relay.start();
  agent.start();
  beginning.devices.forEach((image, index) => {
    const device = stage.createDevice(`d${index}`);
    device.load(image);
    stage.devices.push(device);
    device.start();
  });
  const chats = beginning.devices[0]?.chats ?? [];
  for (const mark of chats) {
    oracle.wish("d0", CATALOG, 0, mark);
    oracle.granted(mark);
  }
  await awaitOpen(stage, beginning.devices.length, chats.length);
}

async function awaitOpen(stage: Stage, devices: number, chats: number): Promise<void> {
  const all = stage.devices;
  const isReady = (): boolean =>
    all.length === devices &&
    all.every((device) => device.vault?.status().link === "live" && device.docs().length === chats + 1);
  if (!(await until(stage, setupMsMax, isReady))) {
    const shown = all.map((device) => `${device.node.name} ${device.vault?.status().link} ${device.docs().length}`);
    stage.fail("I14", `no start: ${shown.join(", ")}`);
  }
  for (const device of all) openSoon(stage, device);
  await until(stage, setupMsMax, () =>
    all.every((device) => device.docs().every((doc) => device.status(doc)?.phase === "live")),
  );
}

export function openSoon(stage: Stage, device: DeviceNode): void {
  if (device.docs().some((doc) => device.yDoc(doc) === null))
    stage.world.after(device.node, 0, "open all", () => openAll(device));
}

function openAll(device: DeviceNode): void {
  for (const id of [...device.chats(), ...device.artifacts()]) void device.open(id);
}

/** Shows its keys to a device of the vault, which lets it in. What becomes of it when the answer is lost, its owner sees and tries again. */
export async function addDevice(stage: Stage, by: DeviceNode): Promise<void> {
  const device = stage.createDevice(`d${stage.devices.length}`);
  const keys = device.newKeys();
  const entries = await by.letIn(device.node.name, keys, (vault) => signJoin(keys, vault));
  if (entries === null) return;
  stage.devices.push(device);
  await device.join(entries, keys);
}
