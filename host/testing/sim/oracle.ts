/**
 * What the world was promised, kept as plain lists beside the code under test and sharing nothing with it: every change made on a device
 * with a mark of its own, how far that device said it had got, and what a backend said. At any time it can tell whether what a device
 * shows is possible, and at the end whether anything that was promised is missing.
 */

/** A change made on one device. */
export interface Mark {
  readonly text: string;
  readonly device: string;
  readonly doc: string;
  /** `wished`: asked for, nothing promised yet. `typed`: may be lost with the page. `saved`: the device said it is on its disk. `stored`: it said that the host has it. */
  state: "wished" | "typed" | "saved" | "stored";
  /** The life of the device in which it was made. */
  readonly life: number;
  /** Somebody took it out again; and whether that was saved. */
  removal: "none" | "typed" | "saved";
  /** A fault that may honestly cost it: which one. */
  excuse: string | null;
}

export interface Oracle {
  readonly marks: readonly Mark[];
  type(device: string, doc: string, life: number, text: string): void;
  /** Asked for by a call that promises something only when it resolves. */
  wish(device: string, doc: string, life: number, text: string): void;
  granted(text: string): void;
  remove(device: string, doc: string, life: number, text: string): void;
  /** The device's status says that nothing is unsaved (and nothing pending). */
  saidSaved(device: string, doc: string, isStored: boolean): void;
  /** What the page had not saved died with it. */
  crashed(device: string): void;
  /** A fault took the device's own copy; what no host had is gone with it. */
  excuse(why: string, device: string, doc: string | null, isStoredToo: boolean): void;
  /** What of the device's own saved work is missing in what it shows after a restart. */
  missingAt(device: string, doc: string, shown: string): readonly Mark[];
  /** What of everybody's work must be in this doc now, and is not. */
  missing(doc: string, shown: string): readonly Mark[];
  /** What was taken out for good, and still shows. */
  lingering(doc: string, shown: string): readonly Mark[];
  /** Marks that show and nobody ever made. */
  foreign(doc: string, shown: string): readonly string[];
}

/** Marks look like this in any text, so that they can be found in it. */
const MARK = /‹[^‹›]*›/g;

export function createOracle(): Oracle {
  const marks: Mark[] = [];
  /** Several of one text: what a model wrote is taken over on more than one device. */
  const byText = new Map<string, Mark[]>();
  const removals: {
    readonly mark: Mark;
    readonly device: string;
    readonly doc: string;
    isSaved: boolean;
    isLost: boolean;
  }[] = [];

  const isPromised = (mark: Mark): boolean =>
    (mark.state === "saved" || mark.state === "stored") && mark.excuse === null && mark.removal === "none";
  const found = (shown: string): Set<string> => new Set(shown.match(MARK) ?? []);

  const add = (device: string, doc: string, life: number, text: string, state: Mark["state"]): void => {
    // What another device took over and then cut is gone for who takes it over later, too.
    const removal = byText.get(text)?.find((mark) => mark.removal !== "none")?.removal ?? "none";
    const mark: Mark = { text, device, doc, state, life, removal, excuse: null };
    marks.push(mark);
    byText.set(text, [...(byText.get(text) ?? []), mark]);
  };

  return {
    marks,
    type: (device, doc, life, text) => add(device, doc, life, text, "typed"),
    wish: (device, doc, life, text) => add(device, doc, life, text, "wished"),
    granted: (text) => {
      for (const mark of byText.get(text) ?? []) if (mark.state === "wished") mark.state = "saved";
    },
    remove: (device, doc, _life, text) => {
      for (const mark of byText.get(text) ?? []) {
        if (mark.removal === "none") mark.removal = "typed";
        removals.push({ mark, device, doc, isSaved: false, isLost: false });
      }
    },
    saidSaved: (device, doc, isStored) => {
      for (const mark of marks) {
        if (mark.device !== device || mark.doc !== doc || mark.excuse !== null || mark.state === "wished") continue;
        if (isStored) mark.state = "stored";
        else if (mark.state === "typed") mark.state = "saved";
      }
      for (const removal of removals) {
        if (removal.device !== device || removal.doc !== doc || removal.isLost) continue;
        removal.isSaved = true;
        removal.mark.removal = "saved";
      }
    },
    crashed: (device) => {
      for (const mark of marks)
        if (mark.device === device && (mark.state === "typed" || mark.state === "wished"))
          mark.excuse ??= "not saved before a crash";
      for (const removal of removals) if (removal.device === device && !removal.isSaved) removal.isLost = true;
    },
    excuse: (why, device, doc, isStoredToo) => {
      for (const mark of marks) {
        if (mark.device === device && (doc === null || mark.doc === doc) && (isStoredToo || mark.state !== "stored"))
          mark.excuse ??= why;
      }
      for (const removal of removals) {
        if (removal.device !== device || (doc !== null && removal.doc !== doc)) continue;
        // Nobody can say any more whether it happened.
        removal.isLost = true;
        if (removal.mark.removal === "saved") removal.mark.removal = "typed";
      }
    },
    missingAt: (device, doc, shown) => {
      const there = found(shown);
      return marks.filter(
        (mark) => mark.device === device && mark.doc === doc && isPromised(mark) && !there.has(mark.text),
      );
    },
    missing: (doc, shown) => {
      const there = found(shown);
      return marks.filter((mark) => mark.doc === doc && isPromised(mark) && !there.has(mark.text));
    },
    lingering: (doc, shown) => {
      const there = found(shown);
      return marks.filter((mark) => mark.doc === doc && mark.removal === "saved" && there.has(mark.text));
    },
    // A chat is named by the code itself; one whose maker crashed before it was told the name is no invention.
    foreign: (doc, shown) =>
      [...found(shown)].filter((text) => byText.get(text)?.[0]?.doc !== doc && !/^‹(chat|artifact) /.test(text)),
  };
}
