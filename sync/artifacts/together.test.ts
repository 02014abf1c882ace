/**
 * Two devices and a model edit one artifact, by seeds: what people type, take out, accept in part, reject and close, with docs that are joined
 * now and again, and pages that die. Every character is unlike every other, so that the oracle needs no engine to know what has to be there.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Heads } from "@automerge/automerge-repo/slim";
import { openArtifact, type Artifact } from "./artifact.ts";
import { loadEngine, type Engine } from "./engine.ts";
import type { SlipStore } from "./slip.ts";

await sodiumReady;
let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});

const id = docIdFromBytes(systemRandom(16));

/** What a page that dies leaves. */
interface Disk {
  doc: Uint8Array;
  slip: Uint8Array | null;
}

interface Seat {
  doc: Y.Doc;
  artifact: Artifact;
  disk: Disk;
}

type Step =
  | { readonly do: "type" | "cut"; readonly who: number; readonly at: number; readonly much: number }
  | { readonly do: "join" | "die" | "close"; readonly who: number }
  | { readonly do: "see"; readonly who: number }
  | { readonly do: "model"; readonly whole: boolean; readonly at: number }
  | { readonly do: "accept"; readonly who: number; readonly which: number; readonly hunks: number }
  | { readonly do: "reject"; readonly who: number; readonly which: number };

const who = fc.constantFrom(0, 1);
const place = fc.double({ min: 0, max: 1, noNaN: true });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("type" as const), who, at: place, much: fc.integer({ min: 1, max: 12 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("cut" as const), who, at: place, much: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom("join" as const, "die" as const, "close" as const), who }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("see" as const), who }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("model" as const), whole: fc.boolean(), at: place }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("accept" as const),
        who,
        which: place,
        hunks: fc.integer({ min: 0, max: 255 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("reject" as const), who, which: place }) },
  ),
  { minLength: 10, maxLength: 40 },
);

class World {
  readonly keys: readonly [DeviceKeys, DeviceKeys];
  readonly seats: Seat[] = [];
  /** Characters that were typed or taken over, and those that somebody took out. */
  readonly put = new Set<string>();
  readonly out = new Set<string>();
  /** What the model saw last, and the text there. */
  seen: { readonly heads: Heads; readonly text: string } | null = null;
  now = 1_700_000_000_000;
  /** Pages that died with something typed that the doc on the disk lacked. */
  deaths = 0;
  #next = 0x4e00;
  #answers = 0;

  constructor() {
    this.keys = [createDeviceKeys(systemRandom), createDeviceKeys(systemRandom)];
  }

  fresh(): string {
    this.#next += 1;
    return String.fromCharCode(this.#next);
  }

  /** So many new characters, with a line's end now and then. */
  words(much: number): string {
    return Array.from({ length: much }, (_, at) => (at % 5 === 4 ? `${this.fresh()}\n` : this.fresh())).join("");
  }

  async sit(doc: Y.Doc, seat: number, slip: Uint8Array | null): Promise<Seat> {
    const disk: Disk = { doc: Y.encodeStateAsUpdate(doc), slip };
    const store: SlipStore = {
      found: slip,
      put: (next) => (disk.slip = next),
      flush: () => {
        disk.doc = Y.encodeStateAsUpdate(doc);
        return Promise.resolve();
      },
    };
    return { doc, disk, artifact: await this.open(doc, seat, store) };
  }

  open(doc: Y.Doc, seat: number, slip?: SlipStore): Promise<Artifact> {
    const keys = this.keys[seat === 0 ? 0 : 1];
    return openArtifact({
      id,
      doc,
      engine,
      clock: { now: () => this.now, after: () => () => {} },
      keys,
      signKeyOf: (device) => this.keys.find((each) => each.id === device)?.sign.publicKey ?? null,
      onDamaged: (chunk) => expect.unreachable(`damaged: ${chunk}`),
      ...(slip === undefined ? {} : { slip }),
    });
  }

  async do(step: Step): Promise<void> {
    this.now += 700;
    if (step.do === "model") this.letModel(step.whole, step.at);
    else await this.doBy(step);
    // What is typed is what a page that dies must not lose; all else is on the disk before the next step.
    if (step.do !== "type" && step.do !== "cut")
      for (const { doc, disk } of this.seats) disk.doc = Y.encodeStateAsUpdate(doc);
  }

  async doBy(step: Exclude<Step, { readonly do: "model" }>): Promise<void> {
    const seat = this.seats[step.who];
    if (seat === undefined) return;
    const { artifact, doc } = seat;
    const text = artifact.text();
    switch (step.do) {
      case "type": {
        const words = this.words(step.much);
        artifact.splice(Math.floor(step.at * text.length), 0, words);
        for (const letter of words) this.put.add(letter);
        break;
      }
      case "cut": {
        const at = Math.floor(step.at * text.length);
        const cut = text.slice(at, at + step.much);
        artifact.splice(at, cut.length, "");
        for (const letter of cut) this.out.add(letter);
        break;
      }
      case "join":
        this.join();
        break;
      case "close":
      case "die": {
        if (step.do === "close") {
          await artifact.close();
          seat.disk.doc = Y.encodeStateAsUpdate(doc);
        } else this.deaths += seat.disk.slip === null ? 0 : 1;
        const copy = new Y.Doc();
        Y.applyUpdate(copy, seat.disk.doc);
        this.seats[step.who] = await this.sit(copy, step.who, seat.disk.slip);
        break;
      }
      case "see":
        this.seen = { heads: artifact.heads(), text };
        break;
      case "accept": {
        const proposal = this.pick(artifact, step.which);
        const view = proposal === undefined ? null : artifact.view(proposal);
        if (proposal === undefined || view === null) break;
        const chosen = new Set(view.hunks.keys().filter((hunk) => (step.hunks >> (hunk % 8)) % 2 === 1));
        if (!artifact.accept(proposal, chosen)) break;
        for (const [index, { before, after }] of view.hunks.entries()) {
          if (!chosen.has(index)) continue;
          for (const letter of after) if (!before.includes(letter)) this.put.add(letter);
          for (const letter of before) if (!after.includes(letter)) this.out.add(letter);
        }
        break;
      }
      case "reject": {
        const proposal = this.pick(artifact, step.which);
        if (proposal !== undefined) artifact.reject(proposal);
      }
    }
    // Now and then the moment is over; else what was typed waits for whatever comes next.
    if (this.now % 2_100 === 0) this.seats[step.who]?.artifact.settle();
  }

  pick(artifact: Artifact, which: number): string | undefined {
    const open = artifact.proposals().filter(({ choice }) => choice === null);
    return open[Math.floor(which * open.length)]?.id;
  }

  /** Its answer reaches both devices, and each files it if it knows what the model saw. */
  letModel(whole: boolean, at: number): void {
    if (this.seen === null || this.seen.text.trim() === "") return;
    const { heads, text } = this.seen;
    const letters = [...text].filter((letter) => letter !== "\n");
    const find = letters[Math.floor(at * letters.length)] ?? letters[0] ?? "";
    const lines = text.split("\n").map((line, index) => (index % 2 === 0 ? `${line}${this.words(2)}` : line));
    const edit = whole
      ? ({ kind: "whole", text: lines.join("\n") } as const)
      : ({ kind: "pieces", pieces: [{ find, replace: this.words(3) }] } as const);
    this.#answers += 1;
    const by = { run: this.#answers.toString(16).padStart(32, "0"), model: "m", at: this.now, index: 0 };
    for (const { artifact } of this.seats) {
      if (!artifact.knows(heads)) continue;
      const filed = artifact.propose(edit, heads, by);
      expect(filed.kind, JSON.stringify(filed)).toBe("filed");
    }
  }

  join(): void {
    const [one, two] = this.seats;
    if (one === undefined || two === undefined) return;
    // The second still types: what waits there is written before what comes.
    one.artifact.settle();
    Y.applyUpdate(two.doc, Y.encodeStateAsUpdate(one.doc, Y.encodeStateVector(two.doc)), "remote");
    Y.applyUpdate(one.doc, Y.encodeStateAsUpdate(two.doc, Y.encodeStateVector(one.doc)), "remote");
  }
}

describe("two devices and a model", () => {
  it("AF16 AF18 no character is lost, none comes twice, and all have the same text and history", async () => {
    let accepted = 0;
    let removed = 0;
    let deaths = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const world = new World();
        for (const seat of [0, 1]) {
          const doc = new Y.Doc();
          world.seats.push(await world.sit(doc, seat, null));
        }
        await world.do({ do: "type", who: 0, at: 0, much: 20 });
        world.join();
        await world.do({ do: "see", who: 0 });
        for (const step of plan) await world.do(step);
        for (const { artifact } of world.seats) artifact.settle();
        world.join();
        const [one, two] = world.seats.map(({ artifact }) => artifact);
        if (one === undefined || two === undefined) throw new Error("nobody is there");
        expect(two.text()).toBe(one.text());
        expect(two.heads()).toEqual(one.heads());
        const there = [...one.text()].filter((letter) => letter !== "\n").sort();
        const wanted = [...world.put].filter((letter) => letter !== "\n" && !world.out.has(letter)).sort();
        expect(there).toEqual(wanted);
        for (const { artifact } of world.seats) await artifact.close();
        for (const { doc } of world.seats) {
          const copy = new Y.Doc();
          Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
          const later = await world.open(copy, 0);
          expect(later.text()).toBe(one.text());
          expect(
            later.versions().every(({ hand }) => hand !== null),
            "everybody's hand is known",
          ).toBe(true);
          accepted += later.proposals().filter(({ choice }) => choice === "accepted" || choice === "part").length;
          await later.close();
        }
        removed += world.out.size;
        deaths += world.deaths;
      }),
      { numRuns: 40 },
    );
    // What the steps are is drawn anew each time: that each happened is enough.
    expect(accepted, "proposals were taken").toBeGreaterThan(5);
    expect(deaths, "pages died over what was typed").toBeGreaterThan(5);
    expect(removed, "and letters taken out").toBeGreaterThan(10);
  }, 120_000);
});
