/** One of a few, as a row of buttons. */
import { For, type JSX } from "solid-js";

export function Choices<Choice extends string>(props: {
  legend: string;
  name: string;
  choices: readonly Choice[];
  now: Choice;
  says(choice: Choice): string;
  choose(choice: Choice): void;
}): JSX.Element {
  return (
    <fieldset class="choices">
      <legend>{props.legend}</legend>
      <div class="themes">
        <For each={props.choices}>
          {(choice) => (
            <label>
              <input
                type="radio"
                name={props.name}
                value={choice}
                checked={props.now === choice}
                onChange={() => props.choose(choice)}
              />
              <span>{props.says(choice)}</span>
            </label>
          )}
        </For>
      </div>
    </fieldset>
  );
}
