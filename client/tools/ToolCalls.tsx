/** What tools did for an answer, a line each with its details on demand; and what is asked of the owner. Fetched with the first call. */
import { createMemo, For, type JSX, Show } from "solid-js";
import type { RunView } from "#sync/docs/run.ts";
import { type CallView, readCalls } from "#sync/docs/toolSteps.ts";
import { t } from "../app/strings.ts";
import { ApprovalCard, type AnswerCall } from "./ApprovalCard.tsx";
import { CallLine, ExactDetail } from "./CallLine.tsx";
import { ExactText } from "./ExactText.tsx";
import { FormCard } from "./FormCard.tsx";
import { layOut } from "./showHidden.ts";
import "./tools.css";
import { k, sayFound, sayTool } from "./words.ts";

export function ToolCalls(props: { run: RunView }): JSX.Element {
  const calls = createCalls(() => props.run);
  return (
    <Show when={calls.ids().length > 0}>
      <ul class="tool-calls" aria-label={k.used}>
        <For each={calls.ids()}>
          {(id) => (
            <Show when={calls.get(id)}>
              {(call) => (
                <li>
                  <ToolCall call={call()} />
                </li>
              )}
            </Show>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** After the words, where the reader is: nothing goes on before it is answered. */
export function AskedCalls(props: { run: RunView; answerCall: AnswerCall }): JSX.Element {
  const calls = createCalls(() => props.run);
  return (
    <For each={calls.ids()}>
      {(id) => (
        <>
          <Show when={calls.get(id)?.status === "asks" ? calls.get(id) : undefined}>
            {(call) => <ApprovalCard call={call()} answerCall={props.answerCall} />}
          </Show>
          {/* Each form of a call is a card of its own, with nothing in it from the one before. */}
          <Show when={calls.get(id)?.form?.form} keyed>
            {(_number) => (
              <Show when={calls.get(id)}>{(call) => <FormOf call={call()} answerCall={props.answerCall} />}</Show>
            )}
          </Show>
        </>
      )}
    </For>
  );
}

function FormOf(props: { call: CallView; answerCall: AnswerCall }): JSX.Element {
  return (
    <Show when={props.call.form}>
      {(form) => <FormCard call={props.call} form={form()} answerCall={props.answerCall} />}
    </Show>
  );
}

/** By their ids, so that a line that is open stays open while its call goes on. */
function createCalls(run: () => RunView): { ids(): readonly string[]; get(id: string): CallView | undefined } {
  const calls = createMemo(
    () =>
      new Map(
        run()
          .calls.flatMap(readCalls)
          .map((call) => [call.call, call] as const),
      ),
  );
  const ids = createMemo(() => [...calls().keys()], [], { equals: (a, b) => a.join() === b.join() });
  return { ids, get: (id) => calls().get(id) };
}

function ToolCall(props: { call: CallView }): JSX.Element {
  return (
    <CallLine
      class="tool-call"
      status={props.call.status}
      what={
        <span class="tool-name">
          <ExactText text={sayTool(props.call.name, props.call.status === "done")} />
        </span>
      }
      says={<ExactText text={sayStatus(props.call)} />}
    >
      <Show when={sayTool(props.call.name) !== props.call.name}>
        <ExactDetail name={k.tool} text={props.call.name} />
      </Show>
      <Show when={props.call.target !== ""}>
        <ExactDetail name={k.target} text={props.call.target} />
      </Show>
      <ExactDetail name={k.given} text={layOut(props.call.arguments)} cut={props.call.cut} />
      <Show when={props.call.hidden}>{(hidden) => <p class="tool-note">{sayFound(hidden())}</p>}</Show>
      <Show when={props.call.status !== "may-have-run"} fallback={<p class="tool-note">{k.mayHaveRunNote}</p>}>
        <ExactDetail name={k.gave} text={props.call.says} whole={props.call.gave} cut={props.call.saysCut} />
      </Show>
    </CallLine>
  );
}

function sayStatus({ status, ms, form, progress }: CallView): string {
  const words = status === "running" && form !== null ? k.statuses.asks : k.statuses[status];
  if (status === "running" && form === null && progress !== null) {
    const share = progress.share === null ? "" : ` ${Math.floor(progress.share * 100)} %`;
    // In its server's words, after ours, on one line.
    return `${words}${share}${progress.says === "" ? "" : `: ${progress.says.replace(/\s+/g, " ")}`}`;
  }
  return ms === null || ms < 100 || status !== "done" ? words : `${words}, ${t.seconds((ms / 1000).toFixed(1))}`;
}
