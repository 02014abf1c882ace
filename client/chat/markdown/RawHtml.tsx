/** HTML in an answer is shown as the text it is; of all of it, a line may end. */
import { type JSX, Show } from "solid-js";
import type { MarkdownToken } from "./readBlocks.ts";

export function RawHtml(props: { token: MarkdownToken }): JSX.Element {
  return (
    <Show when={/^<br\s*\/?>\s*$/i.test(props.token.raw)} fallback={<span class="raw">{props.token.raw}</span>}>
      <br />
    </Show>
  );
}
