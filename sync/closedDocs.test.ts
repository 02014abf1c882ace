import { describe, expect, it } from "vitest";
import { authorIdFromBytes, docIdFromBytes } from "#crypto/ids.ts";
import { createClosedDocs } from "./closedDocs.ts";
import { createAlarm, type DocStatus } from "./status.ts";

const doc = docIdFromBytes(new Uint8Array(16).fill(1));
const phone = authorIdFromBytes(new Uint8Array(16).fill(2));
const inOrder: DocStatus = { phase: "live", pending: 0, unsaved: 0, onDevices: [], setAside: [], alarm: null };

function createScene() {
  let isWhole = true;
  const closed = createClosedDocs({ isWhole: () => isWhole, holdersOf: () => [phone] });
  return { closed, setWhole: (is: boolean) => (isWhole = is) };
}

describe("how a doc stands that nobody has open", () => {
  it("BG6 one whose log is here and followed is live, and its devices are named", () => {
    const { closed, setWhole } = createScene();
    closed.note(doc, inOrder);
    expect(closed.statusOf(doc)).toEqual({ ...inOrder, onDevices: [phone] });
    setWhole(false);
    expect(closed.statusOf(doc)).toMatchObject({ phase: "loading", onDevices: [] });
  });

  it("BG6 one that was set aside stays so, with its alarm, though its log is followed", () => {
    const { closed } = createScene();
    const status: DocStatus = { ...inOrder, phase: "quarantine", alarm: createAlarm("KEY", doc) };
    closed.note(doc, status);
    expect(closed.statusOf(doc)).toEqual(status);
    // Its envelopes are in order from outside: what a text says that may not be is found by who opens it.
    closed.noteWhole(doc);
    expect(closed.statusOf(doc)).toEqual(status);
    closed.note(doc, inOrder);
    expect(closed.statusOf(doc)).toEqual({ ...inOrder, onDevices: [phone] });
  });

  it("BG6 what a removed device wrote stays on show until its owner has decided, whatever else is in order again", () => {
    const { closed } = createScene();
    const setAside = [{ author: phone, envelopes: 2 }];
    closed.note(doc, { ...inOrder, pending: 1, alarm: createAlarm("GAP", doc), setAside });
    closed.noteWhole(doc);
    expect(closed.statusOf(doc)).toEqual({ ...inOrder, onDevices: [phone], setAside });
  });

  it("BG6 an alarm and what waits for the host stay on show until it is in order", () => {
    const { closed, setWhole } = createScene();
    for (const trouble of [{ alarm: createAlarm("GAP", doc) }, { pending: 3 }, { unsaved: 1 }]) {
      closed.note(doc, { ...inOrder, ...trouble });
      expect(closed.statusOf(doc)).toMatchObject({ phase: "live", ...trouble });
      setWhole(false);
      // Its log may have more by now.
      expect(closed.statusOf(doc)).toMatchObject({ phase: "local", ...trouble });
      setWhole(true);
      closed.noteWhole(doc);
      expect(closed.statusOf(doc)).toEqual({ ...inOrder, onDevices: [phone] });
    }
  });
});
