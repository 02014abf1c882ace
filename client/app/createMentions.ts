/**
 * What a person puts to a question by name: who answers (@), and what goes with it (#), which is artifacts, files of the project and
 * other chats. Chosen and not sent yet it is kept for each chat, in memory, as files are.
 */
import { type Accessor, createEffect, createSignal, on } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Vault } from "#sync/vault.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { ModelChoice } from "../chat/ModelPicker.tsx";
import type { SlashItem } from "../chat/slash.ts";
import type { FileTray } from "../chat/files/createFileTray.ts";
import { tell } from "./createChatActions.ts";
import { routedArtifact } from "./route.ts";
import { t } from "./strings.ts";

export interface Given {
  readonly name: string;
  readonly what: { readonly artifact: DocId } | { readonly file: Attachment };
}

export interface Mentions {
  /** Of the chat that is shown. */
  readonly given: Accessor<readonly Given[]>;
  remove(given: Given): void;
  items(sign: "@" | "#"): readonly SlashItem[];
  /** What was chosen before there was a chat belongs to the one that was made. */
  adopt(chat: DocId): void;
  /** What goes with the question of a chat. `settle`: it is kept. */
  take(chat: DocId): {
    readonly artifacts: readonly DocId[];
    readonly files: readonly Attachment[];
    settle(): void;
  };
}

/** More chats are found in the search. */
const chatsMax = 200;

export function createMentions(options: {
  readonly vault: Vault;
  readonly chats: Chats;
  readonly tray: FileTray;
  readonly chat: Accessor<DocId | null>;
  /** Of the chat that is shown, or is to begin. */
  readonly project: Accessor<DocId | null>;
  readonly models: Accessor<ModelChoice | null>;
  /** Nothing that is kept anywhere goes with it. */
  readonly isTemporary: Accessor<boolean>;
}): Mentions {
  const { vault, chats, tray, chat } = options;
  const [places, setPlaces] = createSignal<ReadonlyMap<DocId | null, readonly Given[]>>(new Map());
  const at = (place: DocId | null): readonly Given[] => places().get(place) ?? [];
  const put = (place: DocId | null, given: readonly Given[]): void => {
    setPlaces(new Map([...places(), [place, given] as const]));
  };
  const give = (given: Given): void => {
    const here = at(chat());
    if (!here.some((other) => idOf(other) === idOf(given))) put(chat(), [...here, given]);
  };

  /** The project's doc is opened for them when the first sign is typed there. */
  const [files, setFiles] = createSignal<readonly Attachment[]>([]);
  const [isAsked, setIsAsked] = createSignal(false);
  createEffect(
    on([options.project, isAsked], ([project, asked]) => {
      setFiles([]);
      if (project === null || !asked) return;
      tell(async () => {
        const open = await vault.openProject(project);
        try {
          if (options.project() === project) setFiles(open.value.files.list());
        } finally {
          open.close();
        }
      });
    }),
  );

  /** As a text that stands beside the question: what is said there later is not in it. */
  const giveChat = (id: DocId): void =>
    tell(async () => {
      const { chatAsText } = await import("../data/chatAsText.ts");
      const file = await chatAsText(vault, id);
      if (file !== null) tray.add([file]);
    });

  const models = (): readonly SlashItem[] => {
    const choice = options.models();
    return (choice?.info.models ?? []).map((name) => ({ id: name, name, says: "", act: () => choice?.choose(name) }));
  };
  const things = (): readonly SlashItem[] => {
    if (options.isTemporary()) return [];
    queueMicrotask(() => setIsAsked(true));
    return [
      ...vault.catalog.value.artifacts.all().map(({ id, title }) => {
        const name = title === "" ? t.artifact : title;
        return { id, name, says: t.artifact, act: () => give({ name, what: { artifact: id } }) };
      }),
      ...files().map((file) => ({
        ...{ id: file.id, name: file.name, says: t.projectFile },
        act: () => give({ name: file.name, what: { file } }),
      })),
      ...chats.rows
        .filter(({ id }) => id !== chat())
        .slice(0, chatsMax)
        .map(({ id, title }) => ({
          ...{ id, name: title === "" ? t.untitledChat : title, says: t.chat },
          act: () => giveChat(id),
        })),
    ];
  };

  return {
    given: () => at(chat()),
    remove: (given) =>
      put(
        chat(),
        at(chat()).filter((other) => other !== given),
      ),
    items: (sign) => (sign === "@" ? models() : things()),
    adopt: (made) => {
      const waiting = at(null);
      if (waiting.length > 0) setPlaces(new Map([...places(), [null, []] as const, [made, waiting] as const]));
    },
    take: (from) => {
      const given = at(from).map(({ what }) => what);
      // The one beside the chat: whoever asks means it.
      const beside = routedArtifact();
      return {
        artifacts: [
          ...new Set([
            ...given.flatMap((what) => ("artifact" in what ? what.artifact : [])),
            ...(beside === null ? [] : [beside]),
          ]),
        ],
        files: given.flatMap((what) => ("file" in what ? what.file : [])),
        settle: () => put(from, []),
      };
    },
  };
}

const idOf = ({ what }: Given): DocId => ("artifact" in what ? what.artifact : what.file.id);
