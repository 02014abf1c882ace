/** What there is to say of an answer that is not simply there. */
import { type JSX, Match, Show, Switch } from "solid-js";
import type { RunView } from "#sync/docs/run.ts";
import { Seal } from "../ui/Seal.tsx";
import { l } from "./laterWords.ts";

export function AnswerState(props: {
  run: RunView;
  isHostThere: boolean;
  withdraw(): void;
  /** Stops what is answered before it; left out or `null`: there is nothing. */
  hurry?: (() => void) | null;
}): JSX.Element {
  const status = (): RunView["status"] => props.run.status;
  const waiting = (): string => {
    const { queue, waitingUntil } = props.run;
    if (props.isHostThere) return queue === null ? l.runSending : l.runQueued(queue);
    return waitingUntil !== null && waitingUntil > Date.now() ? l.runWaitingAsleep : l.runWaiting;
  };
  return (
    <Switch>
      <Match when={status() === "requested"}>
        <p class="state">
          <Seal state={props.isHostThere ? "travelling" : "device"} words={waiting()} />
          <Show when={props.isHostThere && props.run.queue === 1 && props.hurry}>
            {(hurry) => (
              <button type="button" class="quiet" title={l.answerNowHint} onClick={() => hurry()()}>
                {l.answerNow}
              </button>
            )}
          </Show>
          <button type="button" class="quiet" onClick={() => props.withdraw()}>
            {l.withdraw}
          </button>
        </p>
      </Match>
      <Match when={status() === "accepted" && props.run.thinking === ""}>
        <p class="state">
          <Seal state="travelling" words={l.runAccepted} />
        </p>
      </Match>
      <Match when={status() === "stopped"}>
        <p class="state">{l.runStopped}</p>
      </Match>
      <Match when={status() === "withdrawn"}>
        <p class="state">{l.runWithdrawn}</p>
      </Match>
      <Match when={status() === "interrupted"}>
        <p class="state">
          <Seal state="broken" words={props.run.error?.code === "cut" ? l.runCut : l.runInterrupted} />
        </p>
      </Match>
      <Match when={status() === "failed"}>
        <p class="state">
          <Seal
            state="broken"
            words={props.run.error === null ? l.runFailedPlain : l.runFailed(props.run.error.says)}
          />
        </p>
      </Match>
    </Switch>
  );
}
