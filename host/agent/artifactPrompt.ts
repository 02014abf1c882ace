/**
 * What a model is told of artifacts: how they are written, the text of those that its owner's device put into the chat, and what became of
 * the ones in its earlier answers. Only where it is wanted: in a chat or project that says so, or where there is an artifact.
 */
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import { readAnswerParts } from "#sync/artifacts/answerParts.ts";
import { artifactOfAnswer } from "#sync/docs/artifactOfAnswer.ts";
import { shortIdChars } from "#sync/artifacts/filing.ts";
import type { ArtifactsStep } from "#sync/docs/answerArtifacts.ts";
import type { Chat, ChatMessage } from "#sync/docs/chat.ts";
import { readShownArtifacts, type ShownArtifact } from "#sync/docs/shownArtifacts.ts";
import { readTerms } from "#sync/docs/terms.ts";
import { frameText } from "./files.ts";
import { artifactTextShareMax, contextTokensUnknown, promptShare, systemTokens } from "./limits.ts";
import { tokensOf } from "./tokens.ts";

export interface ArtifactPrompt {
  /** After the system's other words. */
  readonly system: string;
  /** Before the question's own words. */
  readonly beside: string;
  /** A message of the branch as it is shown; `note`: what its reader should know of the last answer. */
  readonly shown: (message: ChatMessage) => { readonly text: string; readonly note: string };
  /** For `steps/<run>`: by it, devices know what the answer's artifacts mean. */
  readonly step: ArtifactsStep;
  /** What it may read and edit. */
  readonly artifacts: readonly ShownArtifact[];
}

export interface ArtifactPromptOptions {
  readonly doc: DocId;
  readonly chat: Chat;
  readonly run: RunId;
  /** What the model holds, prompt and answer together; `null` when nobody knows. */
  readonly contextTokens: number | null;
  /** What the question takes of that, with its files. */
  readonly askedTokens: number;
  readonly hasTools: boolean;
}

/** `null`: nothing of it. */
export function createArtifactPrompt(options: ArtifactPromptOptions): ArtifactPrompt | null {
  const { doc, chat, run, hasTools } = options;
  const artifacts = findShown(chat, run);
  if (artifacts.length === 0 && !readTerms(chat.doc).wantsArtifacts) return null;
  const holds = options.contextTokens ?? contextTokensUnknown;
  const system = hasTools ? TOOLS_TEXT : TAGS_TEXT;
  // A question is never refused for what is shown beside it.
  const spare = holds * promptShare - options.askedTokens - tokensOf(system) - systemTokens;
  let left = Math.min(holds * artifactTextShareMax, spare);
  const beside: string[] = [];
  const readable: ShownArtifact[] = [];
  for (const artifact of artifacts) {
    const whole = sayArtifact(artifact, artifact.text);
    const fits = tokensOf(whole) <= left;
    if (fits) left -= tokensOf(whole);
    beside.push(fits ? whole : sayArtifact(artifact, null, hasTools));
    // With a tool, it reads the rest by itself; without, it could only guess at what it changes.
    if (fits || hasTools) readable.push(artifact);
  }
  return {
    system,
    beside: beside.join("\n\n"),
    shown: (message) => showMessage(doc, chat, message, new Set(artifacts.map(({ id }) => id))),
    step: { kind: "artifacts", seen: readable.map(({ id, heads }) => ({ id, heads })) },
    artifacts: readable,
  };
}

/** By the device that asked; a continuation that another device asked for goes on from what the first one had put there. */
function findShown(chat: Chat, run: RunId): readonly ShownArtifact[] {
  for (const link of chat.links(run).toReversed()) {
    const device: AuthorId | null = chat.request(link)?.device ?? null;
    const shown = device === null ? [] : readShownArtifacts(chat.doc, device);
    if (shown.length > 0) return shown;
  }
  return [];
}

function sayArtifact(
  { id, title, kind, language, text }: ShownArtifact,
  shown: string | null,
  hasTools = false,
): string {
  const name = `${JSON.stringify(title)} (${kind}${language === "" ? "" : `, ${language}`})`;
  const head = `Artifact ${id.slice(0, shortIdChars)} ${name}, as it is now`;
  if (shown !== null) return frameText(head, shown);
  const lines = text.split("\n").length;
  return `${head}: ${lines} lines, too long to be shown here${hasTools ? "; read it by artifact_read" : ", so do not edit it"}.`;
}

/** An artifact's text stands once in a prompt, as it is now; where it was made there is its name. */
function showMessage(
  doc: DocId,
  chat: Chat,
  { role, run, text }: ChatMessage,
  known: ReadonlySet<DocId>,
): { readonly text: string; readonly note: string } {
  const answer = role === "assistant" && run !== null ? chat.answer(run) : null;
  if (run === null || answer === null || answer.seen === null) return { text, note: "" };
  const first = chat.links(run)[0] ?? run;
  let shown = "";
  for (const part of readAnswerParts(text)) {
    if (part.kind === "words") shown += part.text;
    else if (part.kind === "edit")
      shown += `[Here you proposed an edit of the artifact ${part.id.slice(0, shortIdChars)}.]\n`;
    else {
      const id = artifactOfAnswer(doc, first, part.index);
      const title = JSON.stringify(part.title);
      if (known.has(id)) shown += `[Here you made the artifact ${id.slice(0, shortIdChars)} ${title}.]\n`;
      else shown += `${frameText(`[Here you made the artifact ${title}]`, part.text)}\n`;
    }
  }
  const unfit = (answer.filed ?? []).flatMap((part) => (part.kind === "unfit" ? [part.says] : []));
  const note = unfit.map(
    (says) => `[An edit in your last answer was not made. ${says} If it is still wanted, write it anew.]`,
  );
  return { text: shown, note: note.join("\n") };
}

export const artifactKindsText =
  "markdown, code (with its language), html (one page with all its styles and scripts in it: it has no network; only <script src='runtime:ui'></script>, which gives const { html, render, useState, useEffect } = ui (Preact with htm), and <script src='runtime:chart'></script>, which gives uPlot, are there), svg, mermaid, table (as CSV), email, text";

const TAGS_TEXT = `A text that stands by itself and will be kept or worked on (a letter, a page, a program, a table, a drawing) you may write as an artifact: it is shown beside the chat and keeps its history. Short answers stay in the chat.
A new one, with its tags alone on their lines and outside any code block:
<artifact title="Letter to the landlord" kind="markdown">
its whole text
</artifact>
Its kind is one of ${artifactKindsText}: <artifact title="Sorting" kind="code" language="python">.
To change one that you were shown, give its id, and pieces of its text, copied exactly and long enough to stand there only once:
<artifact-edit id="1a2b3c4d">
<find>
the old lines
</find>
<replace>
the new lines
</replace>
</artifact-edit>
As many pairs as needed. Where most of it changes: <artifact id="1a2b3c4d">, its whole new text, </artifact>. The owner sees a change as a proposal. Around it say in a sentence what you did, and do not repeat the text.`;

const TOOLS_TEXT = `A text that stands by itself and will be kept or worked on (a letter, a page, a program, a table, a drawing) you may write as an artifact, by the tool artifact_create: it is shown beside the chat and keeps its history. Short answers stay in the chat. Change one by artifact_edit; the owner sees it as a proposal. Say in a sentence what you did, and do not repeat the text.`;
