/** What each line of a plan does to the world. */
import type { DocId } from "#crypto/ids.ts";
import { CATALOG, type DeviceNode } from "./device.ts";
import { sort } from "./destroying.ts";
import { addDevice } from "./founding.ts";
import { HARMLESS } from "./faults.ts";
import { backdate } from "./backdater.ts";
import { clone, crash, poison, removeDevice, restartRelay } from "./mishaps.ts";
import { NEWEST, type Action } from "./action.ts";
import type { Plan } from "./plan.ts";
import { addChat, ask, erase, type } from "./person.ts";
import { runTo, type Stage } from "./stage.ts";
import { CANARY } from "./wire.ts";
import { write } from "./writing.ts";

/** What a person does on a device that is on and awake. */
const PERSONAL: ReadonlySet<Action["do"]> = new Set([
  "type",
  "erase",
  "newChat",
  "ask",
  "stop",
  "close",
  "open",
  "flush",
  "artifact",
  "sort",
  "changeTab",
]);

export async function chaos(stage: Stage, plan: Plan): Promise<void> {
  const { world } = stage;
  const begin = world.now();
  for (const { atMs, action } of plan.steps) {
    await runTo(stage, begin + atMs);
    const by = PERSONAL.has(action.do) && "device" in action ? stage.devices[action.device] : undefined;
    world.after(by?.node ?? null, 0, action.do, () => {
      world.note(() => `-- ${JSON.stringify(action)}`);
      act(stage, action);
    });
  }
  await runTo(stage, begin + plan.chaosMs);
}

function pickDoc(device: DeviceNode, which: number): string {
  const chats = device.chats();
  if (which === NEWEST) return chats[0] ?? CATALOG;
  // The catalog now and then, a chat mostly.
  return which % 8 === 0 || chats.length === 0 ? CATALOG : (chats[which % chats.length] ?? CATALOG);
}

function pickChat(device: DeviceNode, which: number): DocId | null {
  const chats = device.chats();
  return chats[which === NEWEST ? 0 : which % Math.max(1, chats.length)] ?? null;
}

function act(stage: Stage, action: Action): void {
  const { world, network, relay, agent, wire, oracle, devices } = stage;
  const later = (delayMs: number, work: () => void): void => void world.after(null, delayMs, "later", work);
  const device = "device" in action ? devices[action.device] : undefined;
  if ("device" in action && device === undefined) return;
  switch (action.do) {
    case "type": {
      if (device === undefined || device.vault === null) return;
      stage.marks += 1;
      const [doc, mark] = [pickDoc(device, action.which), `‹${CANARY}-${device.node.name}.${stage.marks}›`];
      if (device.yDoc(doc) !== null) return type(device, oracle, doc, mark, action.size);
      // Who wants to write in a chat opens it first.
      return void device.open(doc as DocId).then(() => type(device, oracle, doc, mark, action.size));
    }
    case "erase":
      return device === undefined ? undefined : erase(device, oracle, pickDoc(device, action.which));
    case "newChat":
      return device === undefined ? undefined : addChat(device, oracle);
    case "ask": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      if (device === undefined || chat === null) return;
      stage.marks += 1;
      return ask(device, oracle, chat, `‹${CANARY}-${device.node.name}.q${stage.marks}›`);
    }
    case "stop": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      const run = device === undefined || chat === null ? undefined : device.runs(chat)[0];
      if (device === undefined || device.vault === null || chat === null || run === undefined) return;
      const { vault } = device;
      return void vault.stop(chat, run).catch(() => {});
    }
    case "close": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      return chat === null ? undefined : device?.close(chat);
    }
    case "open": {
      const chat = device === undefined ? null : pickChat(device, action.which);
      return chat === null ? undefined : void device?.open(chat);
    }
    case "flush":
      if (device === undefined || device.vault === null) return;
      return void device.vault.flush().catch(() => {});
    case "artifact":
      return device === undefined ? undefined : write(stage, device, action);
    case "sort":
      return device === undefined ? undefined : sort(stage, device, action.which, action.how);
    case "changeTab":
      return device?.changeTab();
    case "addDevice": {
      const by = devices[action.by];
      return by?.vault ? void addDevice(stage, by) : undefined;
    }
    case "removeDevice":
      return removeDevice(stage, devices[action.by], device);
    case "crash":
      return crash(stage, device, action.power, action.awayMs);
    case "crashAtStorage": {
      if (device === undefined) return;
      let calls = action.bytes === 0 ? action.call : action.call % 6;
      let isCounting = action.bytes === 0;
      device.disk.onRequest = (bytes) => {
        isCounting ||= bytes >= action.bytes;
        if (!isCounting) return;
        calls -= 1;
        if (calls > 0) return;
        device.disk.onRequest = null;
        crash(stage, device, action.power, action.awayMs);
      };
      return;
    }
    case "quota":
      if (device === undefined) return;
      device.disk.isFull = true;
      return later(action.forMs, () => {
        device.disk.isFull = false;
      });
    case "suspend":
      if (device === undefined) return;
      world.suspend(device.node);
      return later(action.forMs, () => world.resume(device.node));
    case "skew":
      if (device !== undefined) device.node.skewMs = action.byMs;
      return;
    case "loseJournal": {
      if (device === undefined || device.isRemoved) return;
      // What no host has yet would be gone for good, and what is still under way would meet its own double.
      if (device.docs().some((doc) => (device.status(doc)?.pending ?? 1) > 0)) return;
      network.breakLinks(device.node, false);
      crash(stage, device, false, 300);
      const names = device.disk.databaseNames;
      const name = names[action.which % Math.max(1, names.length)];
      if (name === undefined) return;
      device.disk.deleteDatabase(name);
      device.hasLostJournal = true;
      oracle.excuse("its journal was lost", device.node.name, null, false);
      return;
    }
    case "clone":
      return clone(stage, device);
    case "weather":
      if (device === undefined) return;
      Object.assign(network.weatherOf(device.node), {
        latencyMs: action.latencyMs,
        tail: action.tail,
        bytesPerMs: action.bytesPerMs,
      });
      return;
    case "cut":
    case "deaf": {
      if (device === undefined) return;
      const what = action.do === "cut" ? "isCut" : "isDeaf";
      network.weatherOf(device.node)[what] = true;
      return later(action.forMs, () => {
        network.weatherOf(device.node)[what] = false;
      });
    }
    case "break":
      return device === undefined ? undefined : network.breakLinks(device.node, action.half);
    case "storm":
      for (let time = 0; time < action.times; time++) {
        later(time * 40, () => {
          for (const each of devices) {
            network.breakLinks(each.node, false);
            world.after(each.node, 0, "wake", () => each.vault?.wake());
          }
        });
      }
      return;
    case "relayCrash":
      return restartRelay(stage, action.awayMs);
    case "relayDisk":
      relay.disk = action.kind;
      return later(action.forMs, () => {
        relay.disk = "good";
      });
    case "backUp":
      return relay.backUp();
    case "restore":
      restartRelay(stage, action.awayMs, () => {
        if (relay.restore()) stage.wasRestored = true;
      });
      return;
    case "agentCrash":
      if (!agent.node.isUp) return;
      if (action.polite) agent.drain();
      else agent.crash();
      return later(action.awayMs + (action.polite ? 3_000 : 0), () => {
        if (!agent.node.isUp) agent.start();
      });
    case "splitBrain":
      if (stage.twin.node.isUp) return;
      stage.twin.pin = agent.pin;
      stage.twin.start();
      return later(action.forMs, () => stage.twin.crash());
    case "poison":
      return device === undefined ? undefined : poison(stage, device, pickDoc(device, action.which), action.how);
    case "backdate":
      return backdate(stage, devices[action.by], device);
    case "rogue":
      if (agent.node.isUp) agent.crash();
      agent.roguery = action.how;
      agent.start();
      return later(action.forMs, () => {
        if (!agent.node.isUp || !agent.isRogue) return;
        agent.crash();
        agent.start();
      });
    case "lie":
      if (device === undefined) return;
      stage.hasLied ||= !HARMLESS.includes(action.how);
      wire.lie(device.node, action.how);
      return later(action.forMs, () => wire.lie(device.node, null));
  }
}
