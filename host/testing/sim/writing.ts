/**
 * What people and a model do with artifacts, over the real engine. Each letter is unlike every other in the world, so that the oracle can tell of each
 * whether it must be there, without knowing how texts are merged: to it a letter is a mark like those in chats.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import type { Edit } from "#sync/artifacts/edits.ts";
import type { Writing } from "./action.ts";
import { artifactMark, CATALOG, type DeviceNode } from "./device.ts";
import type { Stage } from "./stage.ts";
import { CANARY } from "./wire.ts";

/** Whole characters that nothing else in a schedule is made of: more than any schedule has letters. */
const LETTERS = { first: 0x4e00, count: 20_000 };
const LETTER = /[\u4e00-\u9c1f]/g;
const letterMark = (letter: string): string => `‹${letter}›`;
const lettersOf = (text: string): readonly string[] => text.match(LETTER) ?? [];

/** As the oracle reads it. */
export const shownLetters = (text: string): string => lettersOf(text).map(letterMark).join("");

/** Nothing that was typed waits for its moment. */
export const isAllWritten = (artifact: Artifact): boolean => artifact.textAt(artifact.written()) === artifact.text();

interface Work {
  readonly which: number;
  readonly how: Writing;
}

export function write(stage: Stage, device: DeviceNode, { which, how }: Work): void {
  if (device.vault === null) return;
  if (how === "make") return make(stage, device);
  const ids = device.artifacts();
  const id = ids[which % Math.max(1, ids.length)];
  if (id === undefined) return;
  if (how === "close") return device.close(id);
  const work = (): void => {
    const artifact = device.artifact(id);
    if (artifact === null || how === "open") return;
    if (how === "type") typeLetters(stage, device, id);
    else if (how === "cut") cut(stage, device, id, artifact);
    else if (how === "propose") propose(stage, device, id, artifact);
    else decide(stage, device, id, artifact, how);
  };
  // Who wants to work at it opens it first.
  if (device.artifact(id) === null) void device.open(id).then(work);
  else work();
}

function newLetters(stage: Stage, count: number): string {
  const from = stage.letters;
  stage.letters += count;
  if (stage.letters > LETTERS.count) throw new Error("A schedule has no letters left.");
  return String.fromCharCode(...Array.from({ length: count }, (_, index) => LETTERS.first + from + index));
}

function make(stage: Stage, device: DeviceNode): void {
  const { vault, node } = device;
  const { oracle } = stage;
  const { life, name } = node;
  const id = docIdFromBytes(node.random.bytes(16));
  const letters = newLetters(stage, 4);
  const marks = [...letters].map(letterMark);
  oracle.wish(name, CATALOG, life, artifactMark(id));
  for (const mark of marks) oracle.wish(name, id, life, mark);
  vault?.createArtifact({ id, title: CANARY, kind: "text", text: `${CANARY}\n${letters}` }).then(
    () => {
      if (node.life !== life) return;
      for (const mark of [artifactMark(id), ...marks]) oracle.granted(mark);
      void device.open(id);
    },
    () => {
      // reason: a full disk or a closing tab; nothing was promised.
    },
  );
}

/** A few letters somewhere, now and then as lines of their own. */
export function typeLetters(stage: Stage, device: DeviceNode, id: string): void {
  const artifact = device.artifact(id);
  if (artifact === null) return;
  const { random, name, life } = device.node;
  const letters = newLetters(stage, random.between(1, 6));
  for (const letter of letters) stage.oracle.type(name, id, life, letterMark(letter));
  device.noteTyped(id);
  const [start, end] = random.chance(0.3) ? ["\n", "\n"] : ["", ""];
  artifact.splice(random.between(0, artifact.text().length), 0, start + letters + end);
}

function cut(stage: Stage, device: DeviceNode, id: DocId, artifact: Artifact): void {
  const { random } = device.node;
  const text = artifact.text();
  const at = random.between(0, text.length);
  const gone = text.slice(at, at + random.between(1, 4));
  removeAll(stage, device, id, lettersOf(gone));
  artifact.splice(at, gone.length, "");
}

function removeAll(stage: Stage, { node }: DeviceNode, id: DocId, letters: readonly string[]): void {
  for (const letter of letters) stage.oracle.remove(node.name, id, node.life, letterMark(letter));
}

/** A model saw the text as it stands here; its answer reaches every device, and each files it that knows what it saw. */
function propose(stage: Stage, device: DeviceNode, id: DocId, artifact: Artifact): void {
  const { random } = device.node;
  const heads = artifact.heads();
  artifact.settle();
  const edit = editOf(stage, device, artifact.text());
  const by = { run: bytesToHex(random.bytes(16)), model: "model", at: stage.world.now(), index: 0 };
  for (const each of stage.devices) {
    const file = (): void => {
      const there = each.artifact(id);
      if (there?.knows(heads) !== true) return;
      const filed = there.propose(edit, heads, by);
      if (filed.kind !== "filed") stage.fail("I15", `${each.node.name} does not file an edit: ${filed.says}`);
    };
    if (each === device) file();
    else stage.world.after(each.node, random.between(0, 600), "file", file);
  }
}

function editOf(stage: Stage, { node: { random } }: DeviceNode, text: string): Edit {
  const lines = text.split("\n");
  // A machine that was cloned finishes what waited on the disk, and so does its clone: those letters stand there twice (seed 7605016).
  const letters = lettersOf(text).filter((letter, _at, all) => stage.clones.length === 0 || isOnce(letter, all));
  // Between two empty lines nobody can say which of them stayed.
  if (letters.length === 0 || (lines.every((line) => line !== "") && random.chance(0.6)))
    return {
      kind: "whole",
      text: lines.map((line, index) => (index % 2 === 0 ? line + newLetters(stage, 2) : line)).join("\n"),
    };
  return { kind: "pieces", pieces: [{ find: random.pick(letters), replace: newLetters(stage, 3) }] };
}

const isOnce = (letter: string, all: readonly string[]): boolean => all.indexOf(letter) === all.lastIndexOf(letter);

/** Over some of its pieces, mostly all of them. */
function decide(stage: Stage, device: DeviceNode, id: DocId, artifact: Artifact, how: "accept" | "reject"): void {
  const { random, name, life } = device.node;
  const open = artifact.proposals().filter(({ choice }) => choice === null);
  const proposal = open.length === 0 ? undefined : random.pick(open).id;
  const view = proposal === undefined ? null : artifact.view(proposal);
  if (proposal === undefined || view === null) return;
  if (how === "reject") return artifact.reject(proposal);
  const isAll = random.chance(0.6);
  const chosen = new Set(view.hunks.keys().filter(() => isAll || random.chance(0.5)));
  if (!artifact.accept(proposal, isAll ? undefined : chosen)) return;
  stage.taken += 1;
  for (const [index, { before, after }] of view.hunks.entries()) {
    if (!chosen.has(index)) continue;
    for (const letter of lettersOf(after))
      if (!before.includes(letter)) stage.oracle.type(name, id, life, letterMark(letter));
    removeAll(
      stage,
      device,
      id,
      lettersOf(before).filter((letter) => !after.includes(letter)),
    );
  }
}

/** I15: at rest every device has the same text, in which no letter comes twice, and knows whose hand each change is. */
export function checkArtifact(stage: Stage, active: readonly DeviceNode[], id: string): void {
  const texts = new Map<string, string>();
  for (const device of active) {
    const artifact = device.artifact(id);
    if (artifact === null) continue;
    const { name } = device.node;
    const letters = lettersOf(artifact.text());
    const twice = letters.find((letter, index) => letters.indexOf(letter) !== index);
    if (twice !== undefined) return stage.fail("I15", `${twice} comes twice at ${name} in ${id}`);
    if (artifact.versions().some(({ hand }) => hand === null))
      return stage.fail("I15", `${name} does not know whose hand a change in ${id} is`);
    texts.set(artifact.text(), name);
  }
  if (texts.size > 1) stage.fail("I15", `${[...texts.values()].join(" and ")} have different texts in ${id}`);
}
