/** The pages that say why the vault is not open here, and what to do. */
import { type JSX, Show } from "solid-js";
import { t } from "../app/strings.ts";
import type { Missing } from "../platform/support.ts";
import { Sentence } from "../ui/Sentence.tsx";
import { Threshold } from "./Threshold.tsx";

export function Elsewhere(props: { isUnstored: boolean; useHere(isAnyway: boolean): void }): JSX.Element {
  return (
    <Threshold title={t.elsewhereTitle} seal={props.isUnstored ? "broken" : "device"}>
      <p class="lead" role={props.isUnstored ? "alert" : undefined}>
        {props.isUnstored ? t.elsewhereUnstored : t.elsewhereText}
      </p>
      <button type="button" class="primary" onClick={() => props.useHere(false)}>
        {props.isUnstored ? t.tryAgain : t.useItHere}
      </button>
      <Show when={props.isUnstored}>
        <button type="button" class="quiet" onClick={() => props.useHere(true)}>
          {t.useHereAnyway}
        </button>
      </Show>
    </Threshold>
  );
}

export function Unsupported(props: { missing: Missing }): JSX.Element {
  const says = { secure: t.unsupportedSecure, storage: t.unsupportedStorage, old: t.unsupportedOld };
  return (
    <Threshold title={t.unsupportedTitle} seal="broken">
      <p class="lead">{says[props.missing]}</p>
    </Threshold>
  );
}

export function Failed(props: { says: string }): JSX.Element {
  return (
    <Threshold title={t.failedTitle} seal="broken">
      <p class="lead">
        <Sentence says={props.says} />
      </p>
      <Show when={props.says !== t.somethingFailed}>
        <p>{t.failedSafe}</p>
      </Show>
      <button type="button" class="primary" onClick={() => location.reload()}>
        {t.tryAgain}
      </button>
    </Threshold>
  );
}

/** Something threw while the page was drawn, or a part of the app could not be fetched. */
export function Broken(props: { error: unknown }): JSX.Element {
  return (
    <Threshold title={t.pageFailedTitle} seal="broken">
      <p class="lead">{t.pageFailedText}</p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        {t.reload}
      </button>
      <p class="limit">
        <code>{String(props.error).slice(0, 300)}</code>
      </p>
    </Threshold>
  );
}
