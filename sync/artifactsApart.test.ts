/**
 * Two devices and a model edit one artifact, by seeds, over everything that lies between them: sealed journals, a link that breaks, a relay that
 * is away, and pages that are killed while somebody types. Every character is unlike every other, so the oracle needs no engine.
 */
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { DocId } from "#crypto/ids.ts";
import type { Artifact } from "./artifacts/artifact.ts";
import { slipEveryMs } from "./limits.ts";
import { addTestDevice, sleep, until, type TestDevice } from "./testing/testDevice.ts";
import { createTestWorld, untilSettled } from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

/** A seed that once failed stays here. */
const seeds = [1, 2, 3];
const stepsPerSeed = 24;

interface Seat {
  readonly device: TestDevice;
  vault: Vault;
  artifact: Artifact;
}

/** Numbers below 1, the same for the same seed. */
function createPrng(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("an artifact between devices", () => {
  it.each(seeds)(
    "AV6 seed %i: no character is lost, none comes twice, and both have the same text",
    async (seed) => {
      const random = createPrng(seed);
      const pick = (below: number): number => Math.floor(random() * below);
      const { relay, device, vault } = await createTestWorld();
      const id = await vault.createArtifact({ title: "Together", kind: "text", text: "一\n" });
      await untilSettled(vault);
      const other = await addTestDevice(relay, device);
      const phone = await other.open();
      await until(() => phone.catalog.value.artifacts.entry(id) !== null, "the phone lists it", 20_000);
      const seats: readonly [Seat, Seat] = [await sit(device, vault, id), await sit(other, phone, id)];
      await until(() => seats[1].artifact.text() === "一\n", "the phone has it", 20_000);

      const put = new Set("一");
      const out = new Set<string>();
      const did: string[] = [];
      let next = 0x4e01;
      let answers = 0;
      let kills = 0;
      let isOnline = true;
      const words = (many: number): string =>
        Array.from({ length: many }, (_, at) => String.fromCharCode(next++) + (at % 5 === 4 ? "\n" : "")).join("");
      const type = ({ artifact }: Seat): void => {
        const typed = words(1 + pick(6));
        artifact.splice(pick(artifact.text().length + 1), 0, typed);
        for (const letter of typed) put.add(letter);
      };
      const cut = ({ artifact }: Seat): void => {
        const at = pick(artifact.text().length + 1);
        const gone = artifact.text().slice(at, at + 1 + pick(3));
        artifact.splice(at, gone.length, "");
        for (const letter of gone) out.add(letter);
      };
      const kill = async (seat: Seat): Promise<void> => {
        // Shorter than what is typed waits to be a change, longer than it takes to the disk.
        await sleep(2 * slipEveryMs);
        seat.device.kill();
        Object.assign(seat, await sit(seat.device, await seat.device.open(), id));
        kills += 1;
      };
      const letModel = async (seat: Seat): Promise<void> => {
        const { artifact } = seat;
        const heads = artifact.heads();
        const lines = artifact.text().split("\n");
        const text = lines.map((line, at) => (at % 2 === 0 ? `${line}${words(2)}` : line)).join("\n");
        const by = { run: (++answers).toString(16).padStart(32, "0"), model: "m", at: answers, index: 0 };
        const filed = artifact.propose({ kind: "whole", text }, heads, by);
        // Both read the same answer, where both know what the model saw.
        for (const each of seats)
          if (each.artifact.knows(heads)) each.artifact.propose({ kind: "whole", text }, heads, by);
        if (filed.kind !== "filed") throw new Error(filed.says);
        type(seat);
        const chosen = new Set(artifact.view(filed.id)?.hunks.flatMap((_, at) => (random() < 0.7 ? [at] : [])));
        const hunks = artifact.view(filed.id)?.hunks ?? [];
        if (!artifact.accept(filed.id, chosen)) throw new Error("it was open");
        for (const [at, { before, after }] of hunks.entries())
          if (chosen.has(at)) for (const letter of after) if (!before.includes(letter)) put.add(letter);
        await seat.vault.flush();
      };

      for (let step = 0; step < stepsPerSeed; step++) {
        const seat = seats[pick(2)] ?? seats[0];
        const dice = random();
        const what = dice < 0.5 ? "type" : dice < 0.65 ? "cut" : dice < 0.78 ? "kill" : dice < 0.88 ? "model" : "link";
        did.push(`${seats.indexOf(seat)} ${what}`);
        if (what === "type") type(seat);
        else if (what === "cut") cut(seat);
        else if (what === "kill") await kill(seat);
        else if (what === "model") await letModel(seat);
        else {
          isOnline = !isOnline;
          relay.setOnline(isOnline);
        }
        if (random() < 0.4) await sleep(pick(200));
      }

      relay.setOnline(true);
      await Promise.all(seats.map((seat) => seat.vault.flush()));
      const [one, two] = seats.map(({ artifact }) => artifact) as [Artifact, Artifact];
      const says = `seed ${seed}: ${did.join(", ")}`;
      await until(() => String(one.heads()) === String(two.heads()), `both have the same (${says})`, 40_000);
      expect(two.text(), says).toBe(one.text());
      const wanted = [...put].filter((letter) => letter !== "\n" && !out.has(letter)).sort();
      expect([...one.text()].filter((letter) => letter !== "\n").sort(), says).toEqual(wanted);
      expect(
        one.versions().every(({ hand }) => hand !== null),
        says,
      ).toBe(true);
      expect(kills + answers, "something happened").toBeGreaterThan(2);
      await Promise.all(seats.map((seat) => seat.vault.close()));
    },
    120_000,
  );
});

async function sit(device: TestDevice, vault: Vault, id: DocId): Promise<Seat> {
  return { device, vault, artifact: (await vault.openArtifact(id)).value };
}
