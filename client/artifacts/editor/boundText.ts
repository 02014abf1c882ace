/**
 * An editor's text and an artifact's are one: what is typed goes over as splices, and what others write comes back as theirs do, so that
 * neither ever replaces the whole. Pure, so that it is proved without a page.
 */
import { ChangeSet, type ChangeSpec, Text } from "@codemirror/state";
import type { Artifact } from "#sync/artifacts/artifact.ts";

/** What the editor needs of an artifact. */
export type BoundText = Pick<Artifact, "text" | "written" | "splice" | "diff" | "subscribe">;

type Patches = ReturnType<BoundText["diff"]>;

/** From the left to the right, each at where it stands once those before it are in. */
export function spliceInto(text: Pick<BoundText, "splice">, changes: ChangeSet): void {
  changes.iterChanges(
    (fromA, toA, fromB, _toB, inserted) => text.splice(fromB, toA - fromA, inserted.toString()),
    true,
  );
}

/** What the artifact's text has and the editor's lacks, since `shown`. `null`: nothing; what was typed here is no news when it becomes a change. */
export function whatCame(
  text: BoundText,
  shown: ReturnType<BoundText["written"]>,
  doc: Text,
): { readonly changes: ChangeSpec; readonly isExact: boolean } | null {
  const after = text.text();
  const wanted = textOfLines(after);
  if (wanted.eq(doc)) return null;
  const changes = patchesToChanges(text.diff(shown, text.written()), doc.length);
  const isExact = changes !== null && changes.apply(doc).eq(wanted);
  return { changes: isExact ? changes : smallestChange(doc, after), isExact };
}

const textOfLines = (text: string): Text => Text.of(text.split("\n"));

/** What changed in the artifact, as changes of the editor. `null`: there is something in it that is no splice of its text. */
export function patchesToChanges(patches: Patches, length: number): ChangeSet | null {
  let all = ChangeSet.empty(length);
  for (const patch of patches) {
    const spec = specOf(patch);
    if (spec === null) return null;
    const at = spec.to ?? spec.from;
    if (at > all.newLength) return null;
    all = all.compose(ChangeSet.of(spec, all.newLength, "\n"));
  }
  return all;
}

function specOf(patch: Patches[number]): { from: number; to?: number; insert?: string } | null {
  const [field, place] = patch.path;
  if (patch.path.length !== 2 || field !== "text" || typeof place !== "number") return null;
  if (patch.action === "splice") return { from: place, insert: patch.value };
  if (patch.action === "del") return { from: place, to: place + (patch.length ?? 1) };
  return null;
}

/** The least that makes one text the other, where no better is known. */
export function smallestChange(before: Text, after: string): ChangeSpec {
  const was = before.toString();
  const most = Math.min(was.length, after.length);
  let start = 0;
  while (start < most && was.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  let end = 0;
  while (end < most - start && was.charCodeAt(was.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end += 1;
  return { from: start, to: was.length - end, insert: after.slice(start, after.length - end) };
}
