/** Code with what it is (its file's name, or its language), and a way to take it along. */
import type { JSX } from "solid-js";
import { t } from "../../app/strings.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";

export function CodeBlock(props: { text: string; info: string }): JSX.Element {
  const name = (): string => nameOfCode(props.info) ?? t.code;
  return (
    <figure class="code">
      <figcaption>
        <span>{name()}</span>
        <CopyButton label={`${t.copy} ${name()}`} read={() => props.text} />
      </figcaption>
      <pre tabindex="0">
        <code>{props.text}</code>
      </pre>
    </figure>
  );
}

/** From the words after the fence: a file's name if one is given, else the language. */
export function nameOfCode(info: string): string | null {
  const words = info.trim().split(/\s+/).slice(0, 6);
  const titled = words
    .map((word) => /^(?:title|file|filename)=["']?([^"']+)["']?$/.exec(word)?.[1])
    .find((name) => name !== undefined);
  const file = titled ?? words.find((word) => /^[\w./-]*\w\.\w{1,8}$/.test(word));
  const name = file ?? words[0] ?? "";
  return name === "" ? null : name.slice(0, 80);
}
