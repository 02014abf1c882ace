/** What there is to say of an answer that is not simply there. */
import { createSignal, type JSX, Match, onCleanup, Show, Switch } from "solid-js";
import type { RunView } from "#sync/docs/run.ts";
import { Seal } from "../ui/Seal.tsx";
import { l } from "./laterWords.ts";

/** By then a model that is in memory has said its first word, as a rule. */
const firstWordMs = 4_000;

export function AnswerState(props: {
  run: RunView;
  isHostThere: boolean;
  /** The model that answers is in its server's memory; left out or `null`: nobody says. */
  isLoaded?: boolean | null;
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
          <Beginning reading={props.run.reading} isHostThere={props.isHostThere} isLoaded={props.isLoaded ?? null} />
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

/** Until the first word: what it waits for, as far as anybody says. */
function Beginning(props: { reading: number | null; isHostThere: boolean; isLoaded: boolean | null }): JSX.Element {
  const [isLate, setIsLate] = createSignal(false);
  const timer = setTimeout(() => setIsLate(true), firstWordMs);
  onCleanup(() => clearTimeout(timer));
  const words = (): string => {
    if (props.reading !== null && props.reading < 100) return l.runReading(props.reading);
    if (!isLate() || !props.isHostThere) return l.runAccepted;
    return props.isLoaded === false ? l.runLoading : l.runFirstWord;
  };
  return <Seal state="travelling" words={words()} />;
}
