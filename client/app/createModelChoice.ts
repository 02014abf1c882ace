/** Which of the host's models answers a chat: the one chosen here, else the one it was last asked with, else the host's own choice. */
import { type Accessor, createSignal } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { DocId } from "#crypto/ids.ts";
import type { Effort } from "#sync/docs/run.ts";
import type { Vault } from "#sync/vault.ts";
import type { Thread } from "../bridge/createThread.ts";
import type { ModelChoice } from "../chat/ModelPicker.tsx";

export function createModelChoice(options: {
  readonly vault: Vault;
  readonly chat: Accessor<DocId | null>;
  readonly thread: Accessor<Thread | null>;
  readonly info: Accessor<HostInfo | null>;
  readonly hostName: Accessor<string>;
  /** The one that its project asks by default; "" for none. */
  readonly ofProject: Accessor<string>;
}): {
  /** `null`: the host's default. */
  readonly model: Accessor<string | null>;
  /** How long it is to think first; `null`: as it likes, or it does not think. */
  readonly effort: Accessor<Effort | null>;
  /** A second one, for the next question alone; `null`: none. */
  readonly also: Accessor<string | null>;
  setAlso(model: string | null): void;
  /** `null`: there is nothing to choose. */
  readonly forPicker: Accessor<ModelChoice | null>;
} {
  const { vault, chat, thread, info, hostName, ofProject } = options;
  /** Asked beside it, once. */
  const [also, setAlso] = createSignal<string | null>(null);
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
  const [efforts, setEfforts] = createSignal<ReadonlyMap<DocId | null, Effort | null>>(new Map());
  const thinks = (name: string): boolean => info()?.facts?.[info()?.models.indexOf(name) ?? -1]?.reasoning === true;
  const canThink = (): boolean => thinks(model() ?? info()?.defaultModel ?? "");
  const effort = (): Effort | null => {
    if (!canThink()) return null;
    const here = efforts().get(chat());
    return here !== undefined ? here : (thread()?.effort() ?? efforts().get(null) ?? null);
  };
  return {
    model,
    effort,
    also: () => (also() !== null && models().includes(also() ?? "") ? also() : null),
    setAlso,
    forPicker: () => {
      const said = info();
      return said === null || models().length === 0 || (models().length < 2 && !canThink())
        ? null
        : {
            info: said,
            vault,
            hostName: hostName(),
            chosen: model(),
            also: also(),
            chooseAlso: setAlso,
            effort: canThink() ? effort() : undefined,
            chooseEffort: (next) => setEfforts(new Map(efforts()).set(chat(), next)),
            choose: (next) => setChosen(new Map(chosen()).set(chat(), next)),
          };
    },
  };
}
