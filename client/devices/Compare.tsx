/** Six digits on both devices, and the other's name: the one thing in a pairing that a person has to look at. */
import { type JSX, Show } from "solid-js";
import type { Pairing, PairingState } from "#sync/pairing.ts";
import { d } from "./words.ts";
import { Seal } from "../ui/Seal.tsx";

export function Compare(props: {
  pairing: Pairing;
  state: Extract<PairingState, { phase: "comparing" }>;
}): JSX.Element {
  const spoken = (): string => d.pairDigits([...props.state.digits].join(" "));
  return (
    <div class="compare">
      <p class="compare-ask">{d.pairCompare}</p>
      <p class="digits" role="img" aria-label={spoken()}>
        <span>{props.state.digits.slice(0, 3)}</span>
        <span>{props.state.digits.slice(3)}</span>
      </p>
      <p>{d.pairCompareText(props.state.deviceName)}</p>
      <Show
        when={!props.state.isConfirmed}
        fallback={<Seal state="travelling" words={d.pairWaitOther(props.state.deviceName)} />}
      >
        <div class="device-buttons">
          <button
            type="button"
            class="primary"
            ref={(button) => queueMicrotask(() => button.focus())}
            onClick={() => props.pairing.confirm()}
          >
            {d.pairSame}
          </button>
          <button type="button" class="plain" onClick={() => props.pairing.cancel()}>
            {d.pairDiffer}
          </button>
        </div>
      </Show>
    </div>
  );
}
