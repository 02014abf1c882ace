import { beforeAll, describe, expect, test } from "vitest";
import { applyUpdate, Doc } from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { parseEnvelope, ROSTER_HEAD_BYTES } from "#crypto/envelopeHeader.ts";
import { bootIdFromBytes, docIdFromBytes, ID_BYTES, runIdFromBytes } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { runRoots } from "#sync/docs/run.ts";
import { runBytesMax } from "#sync/limits.ts";
import { createScope } from "#sync/scope.ts";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { createLaneWriter, type LentKey } from "./laneWriter.ts";

beforeAll(() => sodiumReady);

/** A lane, and what a receiver makes of its envelopes. */
function stage(bytesMax = runBytesMax) {
  const run = runIdFromBytes(systemRandom(ID_BYTES));
  const doc = docIdFromBytes(systemRandom(ID_BYTES));
  const host = createDeviceKeys(systemRandom);
  const lane = createLane({ run, doc, host, boot: bootIdFromBytes(systemRandom(ID_BYTES)), random: systemRandom });
  const lent: LentKey = {
    epoch: 1,
    docKey: systemRandom(32),
    rosterSeq: 1,
    rosterHead: new Uint8Array(ROSTER_HEAD_BYTES),
  };
  const clock = createManualClock();
  const scope = createScope({ run, clientId: lane.clientId, bytesMax });
  const received = new Doc();
  const kinds: string[] = [];
  const writer = createLaneWriter({
    ...{ run, doc, lane, bytesMax, clock, random: systemRandom },
    lent: () => lent,
    push: async (_counter, envelope) => {
      const parsed = parseEnvelope(envelope);
      const { kind } = parsed;
      const body = kind === "accept" ? new Uint8Array(0) : openEnvelope(parsed, lent.docKey);
      kinds.push(kind);
      if (kind === "update") {
        expect(scope.check(body)).toBeNull();
        applyUpdate(received, body);
      }
      if (kind === "final") expect(scope.checkFinal(body)).toBeNull();
      return true;
    },
  });
  const text = (where: "text" | "thinking" = "text") => received.getText(runRoots(run)[where]).toString();
  const meta = (): unknown => received.getMap(runRoots(run).meta).toJSON();
  const steps = (): unknown => received.getArray(runRoots(run).steps).toJSON();
  return { writer, clock, text, meta, steps, kinds };
}

describe("a lane's writer", () => {
  // The batch that is due comes late on a busy machine, so all of a quick answer may wait at once.
  test("takes a quick answer of 200 kB whole before its first batch is due", () => {
    const { writer, text, kinds } = stage();
    const word = "All of it at once. ";
    const words = Array.from({ length: Math.ceil(200_000 / word.length) }, () => word);
    expect(words.every((each) => writer.text(each))).toBe(true);
    writer.end("done", {});
    expect(text()).toBe(words.join(""));
    expect(kinds.at(-1)).toBe("final");
  });

  test.each([
    ["words", "word "],
    ["three bytes each", "ウィンドウ"],
    ["pairs", "👩‍👩‍👧‍👦🇨🇭"],
  ])("fills what it may write to its end and not beyond, of %s", (_, word) => {
    const { writer, text, kinds } = stage();
    const all = word.repeat(Math.ceil(runBytesMax / word.length));
    const deltas = all.match(/[^]{1,20011}/g) ?? [];
    expect(deltas.every((each) => writer.text(each))).toBe(false);
    writer.end("interrupted", {});
    expect(all.startsWith(text())).toBe(true);
    expect(Buffer.byteLength(text())).toBeGreaterThan(runBytesMax * 0.95);
    expect(kinds.at(-1)).toBe("final");
  });

  test("says the same in batches as in one, a pair that came in halves included", async () => {
    const { writer, clock, text } = stage();
    const said = "Half 👋 a 👋 wave. ".repeat(40);
    for (let at = 0; at < said.length; at += 3) {
      writer.text(said.slice(at, at + 3));
      await clock.advance(100);
    }
    writer.end("done", {});
    expect(text()).toBe(said);
  });

  test("says its last words, what is known of the run and how it ended in one envelope, before the FINAL", async () => {
    const { writer, clock, text, meta, kinds } = stage();
    writer.text("The first words, ");
    await clock.advance(1);
    writer.text("and the last.");
    writer.end("done", { model: "a model", totalMs: 12 });
    expect(kinds).toEqual(["update", "update", "final"]);
    expect(text()).toBe("The first words, and the last.");
    expect(meta()).toEqual({ model: "a model", totalMs: 12, end: "done" });
  });

  test("writes long words, thoughts and steps that wait for one batch in updates that receivers take", () => {
    const { writer, text, meta, steps, kinds } = stage();
    const said = "ウィンドウ".repeat(9_000);
    writer.thinking(said);
    writer.text(said);
    const large = { kind: "note", says: "s".repeat(30_000) };
    expect(writer.step(large)).toBe(true);
    writer.end("done", { title: "A title" });
    expect(kinds.at(-1)).toBe("final");
    expect([text("thinking") === said, text() === said]).toEqual([true, true]);
    expect(steps()).toEqual([large]);
    expect(meta()).toEqual({ title: "A title", end: "done" });
  });
});
