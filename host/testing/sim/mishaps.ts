/** What befalls devices and the host in a schedule. */
import type { DocId } from "#crypto/ids.ts";
import { CATALOG, type DeviceNode } from "./device.ts";
import { isDestroyed } from "./destroying.ts";
import { type } from "./person.ts";
import { startPoisoner, type Poison } from "./poisoner.ts";
import type { Stage } from "./stage.ts";
import { CANARY } from "./wire.ts";

export function crash(stage: Stage, device: DeviceNode | undefined, isPowerLost: boolean, awayMs: number): void {
  if (device === undefined || !device.node.isUp) return;
  device.crash(isPowerLost);
  stage.world.after(null, awayMs, "restart", () => {
    if (!device.node.isUp) device.start();
  });
}

export function restartRelay(stage: Stage, awayMs: number, meanwhile: () => void = () => {}): void {
  const { relay, network, world } = stage;
  if (!relay.node.isUp || stage.startRelay !== null) return;
  const start = (): void => {
    if (stage.startRelay !== start) return;
    stage.startRelay = null;
    relay.start();
    checkRelay(stage);
  };
  // Out of the relay's own call: it may be the one that says it is broken.
  stage.startRelay = start;
  world.after(null, 0, "relay down", () => {
    relay.crash();
    network.loseRelay();
    meanwhile();
    world.after(null, awayMs, "relay up", start);
  });
}

export function removeDevice(stage: Stage, by: DeviceNode | undefined, device: DeviceNode | undefined): void {
  if (by === undefined || device === undefined || by === device || by.vault === null || device.vault === null) return;
  const { vault } = by;
  const { deviceId } = device.vault;
  let isNoted = false;
  const note = (isUnsure: boolean): void => {
    if (isNoted) return;
    isNoted = true;
    // An answer that was lost leaves it open whether the device is still one of us.
    stage.oracle.excuse("the device was removed", device.node.name, null, isUnsure);
    device.markRemoved();
  };
  // Whoever asked for it may crash before it hears of it.
  stage.unsure.push(() => note(true));
  stage.world.after(by.node, 0, "remove", () => {
    vault.removeDevice(deviceId).then(
      () => note(false),
      () => note(true),
    );
  });
}

/** Its own words stay valid; what it had not sent is gone with it. */
export function poison(stage: Stage, device: DeviceNode, doc: string, how: Poison): void {
  const { vault, node } = device;
  if (vault === null || device.isRemoved) return;
  const { world, network, oracle, poisoned, relay } = stage;
  const docId = doc === CATALOG ? (vault.catalog.yDoc.guid as DocId) : (doc as DocId);
  oracle.excuse("its device went bad", node.name, null, false);
  const bad = world.createNode("poisoner");
  bad.life += 1;
  bad.isUp = true;
  void device.giveUp().then((identity) => {
    if (identity === null) return;
    const clock = {
      now: () => world.now(),
      after: (delayMs: number, work: () => void) => world.after(bad, delayMs, "poisoner timer", work),
    };
    const begin = (): void =>
      startPoisoner({
        identity,
        clock,
        random: bad.random,
        openLink: network.openLinkFor(bad),
        docs: [docId],
        poison: how,
        onStored: () => void poisoned.set(doc, how),
      });
    // Too late is what comes when the relay has the removal.
    const beginWhenRemoved = (): void => {
      if (relay.removedSeqOf(identity.keys.id) !== null) begin();
      else clock.after(50, beginWhenRemoved);
    };
    world.after(bad, 0, "poison", how === "late" ? beginWhenRemoved : begin);
  });
}

/** The same keys and the same storage on a second machine, as after a disk image was restored. */
export function clone(stage: Stage, device: DeviceNode | undefined): void {
  if (device === undefined || device.vault === null || device.isCloned || stage.clones.length > 0) return;
  const twin = stage.createDevice(`${device.node.name}c`);
  stage.clones.push(twin);
  device.isCloned = true;
  twin.isCloned = true;
  twin.load(device.image());
  stage.oracle.excuse("its device was cloned", device.node.name, null, true);
  twin.start();
  stage.world.after(twin.node, 2_000, "clone writes", () => {
    for (const doc of twin.docs()) {
      stage.marks += 1;
      type(twin, stage.oracle, doc, `‹${CANARY}-${twin.node.name}.${stage.marks}›`, 0);
    }
    stage.oracle.excuse("its device was cloned", twin.node.name, null, true);
  });
}

/** What it acknowledged is on its disk, after any crash. */
function checkRelay(stage: Stage): void {
  if (stage.wasRestored) return;
  const stored = stage.relay.storedEnvelopes();
  for (const [hash, { node, place }] of stage.wire.acknowledged) {
    if (!stored.has(hash) && !stage.relay.isCovered(place) && !isDestroyed(stage, place))
      return stage.fail("I1", `the relay acknowledged an envelope of ${node.name} and lost it`);
  }
}
