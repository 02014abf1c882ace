/**
 * The seal: a small ring that tells the truth about where something is. It takes the place of spinners, cloud icons and "Saved",
 * and it never stands without words: they are beside it, or there for those who do not see it.
 */
import { type JSX, Match, Switch } from "solid-js";

export type SealState =
  | "device" /* on this device only: an open ring */
  | "host" /* on the host as well: half */
  | "everywhere" /* on another device too: full */
  | "travelling" /* on its way: a slow arc */
  | "broken"; /* something needs the owner */

export function Seal(props: { state: SealState; words: string; hideWords?: boolean; isLarge?: boolean }): JSX.Element {
  return (
    <span class="sealed" data-seal={props.state}>
      <svg class="seal" classList={{ "seal-large": props.isLarge === true }} viewBox="0 0 24 24" aria-hidden="true">
        <Switch>
          <Match when={props.state === "broken"}>
            <path class="seal-ring" d="M11 4a8 8 0 1 0 9 9" />
            <path class="seal-shard" d="M14.2 2.2a8.2 8.2 0 0 1 7.6 7.6" />
          </Match>
          <Match when={props.state !== "broken"}>
            <circle class="seal-ring" cx="12" cy="12" r="9" />
          </Match>
        </Switch>
        <Switch>
          <Match when={props.state === "host"}>
            <path class="seal-wax" d="M5.64 18.36A9 9 0 0 0 18.36 5.64z" />
          </Match>
          <Match when={props.state === "everywhere"}>
            <circle class="seal-wax" cx="12" cy="12" r="9" />
          </Match>
          <Match when={props.state === "travelling"}>
            <path class="seal-arc" d="M12 3a9 9 0 0 1 9 9" />
          </Match>
        </Switch>
      </svg>
      <span class={props.hideWords === true ? "unseen" : "seal-words"}>{props.words}</span>
    </span>
  );
}
