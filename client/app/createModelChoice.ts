/** Which of the host's models answers a chat: the one chosen here, else the one it was last asked with, else the host's own choice. */
import { type Accessor, createSignal } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { DocId } from "#crypto/ids.ts";
import type { Thread } from "../bridge/createThread.ts";
import type { ModelChoice } from "../chat/ModelPicker.tsx";

export function createModelChoice(options: {
  readonly chat: Accessor<DocId | null>;
  readonly thread: Accessor<Thread | null>;
  readonly info: Accessor<HostInfo | null>;
  /** The one that its project asks by default; "" for none. */
  readonly ofProject: Accessor<string>;
}): {
  readonly models: Accessor<readonly string[]>;
  /** `null`: the host's default. */
  readonly model: Accessor<string | null>;
  /** `null`: there is nothing to choose. */
  readonly forPicker: Accessor<ModelChoice | null>;
} {
  const { chat, thread, info, ofProject } = options;
  /** By chat, and perhaps not asked with yet; `null` stands for the chats that are still to begin. */
  const [chosen, setChosen] = createSignal<ReadonlyMap<DocId | null, string | null>>(new Map());

  const models = (): readonly string[] => (info()?.kind === "model" ? (info()?.models ?? []) : []);
  const model = (): string | null => {
    const here = chosen().get(chat());
    const open = thread();
    const isNew = open === null || open.messages.length === 0;
    const byDefault = ofProject() === "" ? undefined : ofProject();
    const wanted = here !== undefined ? here : isNew ? (byDefault ?? chosen().get(null)) : open.model();
    return wanted !== undefined && wanted !== null && models().includes(wanted) ? wanted : null;
  };
  return {
    models,
    model,
    forPicker: () =>
      models().length < 2
        ? null
        : {
            models: models(),
            byDefault: info()?.defaultModel ?? "",
            chosen: model(),
            choose: (next) => setChosen(new Map(chosen()).set(chat(), next)),
          },
  };
}
