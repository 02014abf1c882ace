/** What sorts of artifacts are as files, and what a block of code in an answer would be as one. */
import type { ArtifactKind } from "#sync/docs/artifactList.ts";
import { nameCode } from "../chat/markdown/codeLanguages.ts";

const extensions: Readonly<Record<Exclude<ArtifactKind, "code">, string>> = {
  markdown: "md",
  html: "html",
  svg: "svg",
  mermaid: "mmd",
  table: "csv",
  email: "eml",
  text: "txt",
};

/** Titles in files' names: what a file system or a shell would take for something else becomes a dash. */
export function fileNameOf(title: string, kind: ArtifactKind, language: string): string {
  const extension = kind === "code" ? extensionOfCode(language) : extensions[kind];
  const name = title
    .normalize("NFC")
    // eslint-disable-next-line no-control-regex -- reason: those are what is taken out.
    .replace(/[\u0000-\u001f\u007f<>:"/\\|?*]+/g, "-")
    .replace(/^[.\s-]+|[.\s-]+$/g, "")
    .slice(0, nameCharsMax);
  const isNamed = name.toLowerCase().endsWith(`.${extension}`);
  return isNamed ? name : `${name === "" ? "artifact" : name}.${extension}`;
}

/** File systems take 255 bytes, of which a character may be four. */
const nameCharsMax = 60;

function extensionOfCode(language: string): string {
  const { file } = nameCode(language);
  return language === "" ? "txt" : (file.split(".").at(-1) ?? "txt");
}

const kindsOfCode: Readonly<Record<string, ArtifactKind>> = {
  markdown: "markdown",
  html: "html",
  svg: "svg",
  mermaid: "mermaid",
  csv: "table",
  text: "text",
  eml: "email",
};

/** `info`: the words after the fence. */
export function artifactOfCode(
  info: string,
  text: string,
): { readonly kind: ArtifactKind; readonly language: string; readonly title: string } {
  const { language, file, shown } = nameCode(info);
  const kind = kindsOfCode[language === "" ? "text" : language] ?? "code";
  const isNamed = shown !== null && /\.\w{1,8}$/.test(shown);
  const heading = kind === "markdown" ? /^#{1,3}\s+(.+)$/m.exec(text)?.[1]?.trim() : undefined;
  return { kind, language: kind === "code" ? language : "", title: isNamed ? file : (heading ?? "") };
}
