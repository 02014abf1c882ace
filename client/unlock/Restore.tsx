/** 24 words and a host, and nothing else left: the vault is found, new words are written down, and this is its device. */
import { createEffect, createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { anyPlace, parseRecoveryLink } from "#sync/recoveryLink.ts";
import type { RestoringHere, Session } from "../app/session.ts";
import { t } from "../app/strings.ts";
import { d } from "../devices/words.ts";
import { sayError } from "../devices/sayCode.ts";
import { readWords } from "../devices/recoveryWords.ts";
import { Words } from "../devices/Words.tsx";
import { thisDeviceName } from "../platform/deviceName.ts";
import { Seal, type SealState } from "../ui/Seal.tsx";
import { Threshold } from "./Threshold.tsx";

export function Restore(props: { session: Session; link: string; leave(): void }): JSX.Element {
  const [link, setLink] = createSignal("");
  const [typed, setTyped] = createSignal("");
  const [isWorking, setIsWorking] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  const [found, setFound] = createSignal<RestoringHere | null>(null);
  const [isWriting, setIsWriting] = createSignal(false);

  // What came with the address; from then on it is the person's to change.
  createEffect(() => {
    if (props.link !== "") setLink(props.link);
  });

  const look = async (): Promise<string | null> => {
    const place = link().trim() === "" ? anyPlace : parseRecoveryLink(link());
    if (place === null) return d.restoreLinkWrong;
    const reading = await readWords(typed());
    if (reading.kind === "count") return d.restoreCount(reading.count);
    if (reading.kind === "unknown") return d.restoreUnknown(reading.position, reading.word);
    if (reading.kind === "check") return d.restoreCheck;
    const begun = await props.session.restore({ secret: reading.secret, place }, thisDeviceName());
    if (begun.kind === "failed") return sayError(begun.error) ?? begun.says;
    setFound(begun.value);
    setTyped("");
    return null;
  };

  const begin = async (): Promise<void> => {
    if (isWorking()) return;
    setTrouble(null);
    setIsWorking(true);
    const says = await look().catch(() => t.actionFailed);
    setIsWorking(false);
    setTrouble(says);
  };

  const finish = async (restoring: RestoringHere, next: Uint8Array): Promise<string | null> => {
    try {
      await restoring.finish(next);
      return null;
    } catch (error) {
      const { code } = error as { code?: unknown };
      return code === "no-host" ? d.restoreUnsure : (sayError(error) ?? t.somethingFailed);
    }
  };

  const seal = (): SealState => {
    if (trouble() !== null) return "broken";
    if (isWorking()) return "travelling";
    return found() === null ? "device" : "host";
  };
  const names = (): string => new Intl.ListFormat(t.language).format(found()?.devices ?? []);
  /** The same place, under the address that it has now. */
  const sheetLink = (): string => {
    const at = link().indexOf("#");
    return at === -1 ? location.origin : `${location.origin}/${link().slice(at)}`;
  };

  return (
    <Threshold title={found() === null ? d.restoreTitle : isWriting() ? d.wordsTitle : d.restoreFound} seal={seal()}>
      <Switch>
        <Match when={isWriting() && found()}>
          {(restoring) => (
            <Words
              isReplacing={true}
              link={sheetLink()}
              working={d.restoreFinish}
              confirm={(secret) => finish(restoring(), secret)}
            />
          )}
        </Match>
        <Match when={found()}>
          <p class="lead">{d.restoreFoundDevices(names())}</p>
          <p>{d.restoreNext}</p>
          <button type="button" class="primary" onClick={() => setIsWriting(true)}>
            {d.restoreNextDo}
          </button>
        </Match>
        <Match when={true}>
          <p class="lead">{d.restoreText}</p>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void begin();
            }}
          >
            <label class="field">
              <span class="label">{d.restoreWords}</span>
              <textarea
                rows={5}
                value={typed()}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                aria-describedby="words-hint"
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
              <span class="hint" id="words-hint">
                {d.restoreWordsHint}
              </span>
            </label>
            <label class="field">
              <span class="label">{d.restoreLink}</span>
              <input
                value={link()}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                inputmode="url"
                aria-describedby="place-hint"
                onInput={(event) => setLink(event.currentTarget.value)}
              />
              <span class="hint" id="place-hint">
                {d.restoreLinkHint}
              </span>
            </label>
            <div class="device-buttons">
              <button type="submit" class="primary" aria-disabled={isWorking()}>
                {d.restoreGo}
              </button>
              <button type="button" class="plain" onClick={() => props.leave()}>
                {d.back}
              </button>
            </div>
          </form>
          <div class="outcome" aria-live="polite">
            <Show when={isWorking()}>
              <Seal state="travelling" words={d.restoreLooking} />
            </Show>
            <Show when={trouble()}>
              {(says) => (
                <div class="trouble">
                  <p>{says()}</p>
                </div>
              )}
            </Show>
          </div>
        </Match>
      </Switch>
    </Threshold>
  );
}
