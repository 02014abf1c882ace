/** What stands where a conversation has no words yet: how to begin, or that there is no such chat. */
import { type JSX, Show, Suspense } from "solid-js";
import { EmptyChat, MissingChat } from "../chat/EmptyChat.tsx";
import type { OpenChat } from "./createOpenChat.ts";
import { routedChat } from "./route.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched with a vault that has no words yet.
const WordsCard = fetchedView(() => import("../devices/WordsCard.tsx").then(({ WordsCard }) => WordsCard), {
  isQuiet: true,
});

export function EmptyPlace(props: {
  open: OpenChat;
  isGuide: boolean;
  isHostThere: boolean;
  hasWords: boolean;
  openWords(): void;
  /** Words for the composer. */
  give(text: string): void;
}): JSX.Element {
  return (
    <Show when={props.open.isSettled() || routedChat() === null}>
      <Show when={!props.open.isMissing()} fallback={<MissingChat />}>
        <EmptyChat isGuide={props.isGuide} isHostThere={props.isHostThere} give={(text) => props.give(text)}>
          <Show when={!props.hasWords && props.isHostThere}>
            <Suspense>
              <WordsCard open={() => props.openWords()} />
            </Suspense>
          </Show>
        </EmptyChat>
      </Show>
    </Show>
  );
}
