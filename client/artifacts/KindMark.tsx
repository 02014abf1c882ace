/** What sort an artifact is, at a glance: a small sheet with what files of it are called. */
import type { JSX } from "solid-js";
import type { ArtifactKind } from "#sync/docs/artifactList.ts";

const marks: Readonly<Record<ArtifactKind, string>> = {
  markdown: "¶",
  code: "{}",
  html: "<>",
  svg: "◇",
  mermaid: "→",
  table: "#",
  email: "@",
  text: "≡",
};

export function KindMark(props: { kind: ArtifactKind }): JSX.Element {
  return (
    <span class="kind-mark" aria-hidden="true">
      {marks[props.kind]}
    </span>
  );
}
