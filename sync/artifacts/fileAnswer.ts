/** Puts what an answer has of artifacts where it belongs: new ones into the vault, edits into proposals. Done twice, or on two devices, it is there once. */
import type { DocId, RunId } from "#crypto/ids.ts";
import type { FiledPart } from "../docs/answerArtifacts.ts";
import type { ArtifactList } from "../docs/artifactList.ts";
import type { Chat } from "../docs/chat.ts";
import { isRunEnd } from "../docs/run.ts";
import { filedSaysCharsMax } from "../limits.ts";
import type { Vault } from "../vaultTypes.ts";
import { readAnswerParts } from "./answerParts.ts";
import { joinEdits, planFiling, sayUnknown, type EditedArtifact } from "./filing.ts";

export interface FileAnswerOptions {
  readonly doc: DocId;
  readonly chat: Chat;
  /** The answer's first. */
  readonly run: RunId;
  readonly list: ArtifactList;
  readonly vault: Pick<Vault, "createArtifact" | "openArtifact" | "artifactOfAnswer">;
  /** Of the chat: what is made in it is there too. */
  readonly project: DocId | null;
  /** This device put the texts there that the model saw: what it does not know itself, nobody does. */
  readonly isAsker: boolean;
}

/** "waits": the text that the model saw has not come here yet, or the answer is not over. */
export type Filed = "filed" | "nothing" | "waits";

export async function fileAnswer(options: FileAnswerOptions): Promise<Filed> {
  const { doc, chat, run, vault, list } = options;
  const request = chat.request(run);
  const answer = chat.answer(run);
  if (request === null || answer.seen === null || request.filed !== null) return "nothing";
  if (!isRunEnd(answer.status)) return "waits";
  const parts = readAnswerParts(answer.text);
  if (parts.every(({ kind }) => kind === "words")) return "nothing";
  const idOf = (index: number): DocId => vault.artifactOfAnswer(doc, run, index);
  const { made, edited, unfit } = planFiling(parts, answer.seen, idOf, answer.status === "done");
  const by = { run, model: answer.model ?? answer.label ?? "", at: request.at };
  const filed: FiledPart[] = unfit.map((part) => ({ kind: "unfit", ...part }));

  for (const { index, id, title, sort, language, text } of made) {
    const { project } = options;
    await vault.createArtifact({ id, title, kind: sort, language, text, chat: doc, project, by: { ...by, index } });
    filed.push({ kind: "made", index, artifact: id });
  }
  for (const each of edited) {
    const done = list.entry(each.id) === null ? null : await fileEdits(each, by, options);
    if (done === null && !options.isAsker) return "waits";
    filed.push(
      ...(done ?? each.edits.map(({ index }) => ({ kind: "unfit" as const, index, says: sayUnknown(each.id) }))),
    );
  }
  filed.sort((a, b) => a.index - b.index);
  if (filed.length === 0) return "nothing";
  chat.noteFiled(
    run,
    filed.map((part) => (part.kind === "unfit" ? { ...part, says: part.says.slice(0, filedSaysCharsMax) } : part)),
  );
  return "filed";
}

/** `null`: what the model saw is not here. */
async function fileEdits(
  { id, heads, edits }: EditedArtifact,
  by: { readonly run: RunId; readonly model: string; readonly at: number },
  { vault }: FileAnswerOptions,
): Promise<FiledPart[] | null> {
  const { value, close } = await vault.openArtifact(id);
  try {
    const base = [...heads];
    if (!value.knows(base)) return null;
    const { edit, fit, unfit } = joinEdits(value.textAt(base), edits);
    const filed: FiledPart[] = unfit.map((part) => ({ kind: "unfit", ...part }));
    const [first] = fit;
    if (edit === null || first === undefined) return filed;
    const proposed = value.propose(edit, base, { ...by, index: first });
    for (const index of fit)
      if (proposed.kind === "filed") filed.push({ kind: "proposed", index, artifact: id, proposal: proposed.id });
      else filed.push({ kind: "unfit", index, says: proposed.says });
    return filed;
  } finally {
    close();
  }
}
