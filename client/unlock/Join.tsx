/** The new device's side of a pairing: the link, six digits, and the vault. */
import { createEffect, createMemo, createSignal, type JSX, Match, Show, Switch, untrack } from "solid-js";
import { parsePairingLink } from "#sync/pairingLink.ts";
import type { Pairing } from "#sync/pairing.ts";
import type { Session } from "../app/session.ts";
import { t } from "../app/strings.ts";
import { d } from "../devices/words.ts";
import { Compare } from "../devices/Compare.tsx";
import { createPairingState } from "../devices/createPairing.ts";
import { sayCode, sayError } from "../devices/sayCode.ts";
import { thisDeviceName } from "../platform/deviceName.ts";
import { Seal, type SealState } from "../ui/Seal.tsx";
import { canScan, Scanner } from "./Scanner.tsx";
import { deviceNameCharsMax } from "#sync/limits.ts";
import { Threshold } from "./Threshold.tsx";

export function Join(props: { session: Session; link: string; leave(): void }): JSX.Element {
  const [link, setLink] = createSignal("");
  const [name, setName] = createSignal(thisDeviceName());
  const [isScanning, setIsScanning] = createSignal(false);
  const [isWorking, setIsWorking] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  /** Another host's address: a vault is kept under one. */
  const [elsewhere, setElsewhere] = createSignal<{ readonly origin: string; readonly link: string } | null>(null);
  const [pairing, setPairing] = createSignal<Pairing | null>(null);
  const state = createPairingState(pairing);
  const comparing = createMemo(() => {
    const now = state();
    return now?.phase === "comparing" ? now : null;
  });
  const ended = createMemo(() => {
    const now = state();
    return now?.phase === "ended" ? (sayCode(now.code) ?? now.says) : null;
  });
  const isUnderWay = (): boolean => pairing() !== null && ended() === null;

  const begin = async (): Promise<void> => {
    if (isWorking() || isUnderWay()) return;
    setPairing(null);
    setTrouble(null);
    setElsewhere(null);
    const parsed = parsePairingLink(link());
    if (parsed === null) {
      setTrouble(d.vaultSays["not-a-pairing-link"]);
      return;
    }
    if (parsed.origin !== null && parsed.origin !== location.origin) {
      setElsewhere({ origin: parsed.origin, link: link().replace(/\s+/g, "") });
      return;
    }
    setIsWorking(true);
    const begun = await props.session.join(parsed.invitation, name().trim() === "" ? thisDeviceName() : name().trim());
    setIsWorking(false);
    if (begun.kind === "failed") setTrouble(sayError(begun.error) ?? begun.says);
    else setPairing(begun.value);
  };

  // It came with the address, so what is left to do is on the other device.
  createEffect(() => {
    const given = props.link;
    if (given === "") return;
    setLink(given);
    untrack(() => void begin());
  });

  const seal = (): SealState => {
    if (ended() !== null || trouble() !== null) return "broken";
    return isUnderWay() || isWorking() ? "travelling" : "device";
  };

  return (
    <Threshold title={d.joinTitle} seal={seal()}>
      <Switch>
        <Match when={comparing()}>{(now) => <Compare pairing={pairing() as Pairing} state={now()} />}</Match>
        <Match when={state()?.phase === "done"}>
          <Seal state="travelling" words={d.joinEntering} />
        </Match>
        <Match when={isUnderWay()}>
          <p class="lead" role="status">
            {d.joinWaiting}
          </p>
          <button type="button" class="plain" onClick={() => pairing()?.cancel()}>
            {t.cancel}
          </button>
        </Match>
        <Match when={true}>
          <p class="lead">{d.joinText}</p>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void begin();
            }}
          >
            <Show when={isScanning()}>
              <Scanner
                found={(text) => {
                  setIsScanning(false);
                  setLink(text);
                  void begin();
                }}
                refused={() => {
                  setIsScanning(false);
                  setTrouble(d.joinCameraRefused);
                }}
              />
            </Show>
            <div class="device-buttons">
              <Show when={canScan()} fallback={<p class="hint">{d.joinCameraHint}</p>}>
                <button type="button" class="plain" onClick={() => setIsScanning(!isScanning())}>
                  {isScanning() ? d.joinCameraStop : d.joinCamera}
                </button>
              </Show>
            </div>
            <label class="field">
              <span class="label">{d.joinLink}</span>
              <input
                value={link()}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                inputmode="url"
                aria-describedby="join-hint"
                onInput={(event) => setLink(event.currentTarget.value)}
              />
              <span class="hint" id="join-hint">
                {d.joinLinkHint}
              </span>
            </label>
            <label class="field">
              <span class="label">{t.deviceName}</span>
              <input
                value={name()}
                maxlength={deviceNameCharsMax}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <div class="device-buttons">
              <button type="submit" class="primary" aria-disabled={isWorking()}>
                {d.joinGo}
              </button>
              <button type="button" class="plain" onClick={() => props.leave()}>
                {d.back}
              </button>
            </div>
          </form>
        </Match>
      </Switch>
      <div class="outcome" aria-live="polite">
        <Show when={ended() ?? trouble()}>
          {(says) => (
            <div class="trouble">
              <p>{says()}</p>
            </div>
          )}
        </Show>
        <Show when={elsewhere()}>
          {(there) => (
            <div class="trouble">
              <p>{d.joinElsewhere(there().origin)}</p>
              <p>
                <a href={there().link} rel="noreferrer">
                  {d.joinElsewhereGo}
                </a>
              </p>
            </div>
          )}
        </Show>
      </div>
    </Threshold>
  );
}
