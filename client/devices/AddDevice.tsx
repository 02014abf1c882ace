/** The trusted device's side of a pairing: a code with its time, six digits, done. Leaving it takes the code back. */
import { createEffect, createMemo, createSignal, type JSX, Match, onCleanup, onMount, Show, Switch } from "solid-js";
import type { PairingOffer } from "#sync/pairingOffer.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { isLocalName, readAddresses, type HostAddresses } from "../platform/addresses.ts";
import { d } from "./words.ts";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Compare } from "./Compare.tsx";
import { createPairingState } from "./createPairing.ts";
import { QrCode } from "./QrCode.tsx";
import { sayCode, sayError } from "./sayCode.ts";

export function AddDevice(props: { vault: Vault; done(name: string): void }): JSX.Element {
  const [offer, setOffer] = createSignal<PairingOffer | null>(null);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  const [now, setNow] = createSignal(Date.now());
  const state = createPairingState(offer);
  const comparing = createMemo(() => {
    const at = state();
    return at?.phase === "comparing" ? at : null;
  });
  const ended = createMemo(() => {
    const at = state();
    return at?.phase === "ended" ? (sayCode(at.code) ?? at.says) : null;
  });

  let isLeft = false;
  const [addresses, setAddresses] = createSignal<HostAddresses | null>(null);
  const show = async (): Promise<void> => {
    setTrouble(null);
    // The new device may know this host by another name than this one does.
    const known = addresses() ?? (await readAddresses());
    setAddresses(known);
    try {
      const isHereOnly = isLocalName(location.hostname);
      const shown = await props.vault.pair(isHereOnly ? (known.origins[0] ?? location.origin) : location.origin);
      // Who left meanwhile has seen no code, and nobody else is to have one.
      if (isLeft) return shown.cancel();
      setOffer(shown);
      setNow(Date.now());
    } catch (error) {
      setOffer(null);
      setTrouble(sayError(error) ?? t.actionFailed);
    }
  };
  onMount(() => {
    void show();
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    onCleanup(() => {
      isLeft = true;
      clearInterval(timer);
    });
  });
  createEffect(() => {
    const at = state();
    if (at?.phase === "done") props.done(at.deviceName);
  });

  const left = (): string => {
    const seconds = Math.max(0, Math.ceil(((offer()?.expiresAt ?? 0) - now()) / 1_000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  return (
    <section class="add-device">
      <Switch>
        <Match when={ended() ?? trouble()}>
          {(says) => (
            <>
              <div class="trouble" role="alert">
                <p class="trouble-title">{d.pairFailed}</p>
                <p>{says()}</p>
              </div>
              <button type="button" class="primary" onClick={() => void show()}>
                {d.pairAgain}
              </button>
            </>
          )}
        </Match>
        <Match when={comparing()}>{(at) => <Compare pairing={offer() as PairingOffer} state={at()} />}</Match>
        <Match when={offer()}>
          {(shown) => (
            <>
              <p>{d.pairScan}</p>
              <QrCode text={shown().link} says={d.pairQr} />
              <p class="pair-link" translate="no">
                {shown().link}
              </p>
              <CopyButton label={d.pairCopy} read={() => shown().link} />
              {/* Once a second is too often to be read out. */}
              <p class="settings-note" role="timer" aria-live="off">
                {d.pairLeft(left())}
              </p>
              <Show when={isLocalName(location.hostname) && addresses()?.origins.length === 0}>
                <p class="settings-note">{d.pairLocalOnly}</p>
              </Show>
              <Show when={addresses()?.certificate}>
                {(certificate) => (
                  <details class="pair-trust">
                    <summary>{d.pairTrust}</summary>
                    <p>{d.pairTrustText}</p>
                    <QrCode text={certificate().page} says={d.pairTrustQr} />
                    <p class="pair-detail" translate="no">
                      {certificate().page}
                    </p>
                    <p>{d.pairTrustCompare}</p>
                    <p class="pair-detail" translate="no">
                      {certificate().fingerprint}
                    </p>
                  </details>
                )}
              </Show>
            </>
          )}
        </Match>
      </Switch>
    </section>
  );
}
