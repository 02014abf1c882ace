/** Where other devices write in the same text: a thin line with a name, which moves with the words around it. */
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";

interface TheirCaret {
  readonly at: number;
  readonly name: string;
}

export const setTheirs = StateEffect.define<readonly TheirCaret[]>();

class CaretWidget extends WidgetType {
  readonly #name: string;

  constructor(name: string) {
    super();
    this.#name = name;
  }

  override eq(other: CaretWidget): boolean {
    return other.#name === this.#name;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = "cm-theirCaret";
    // Who else is here is said beside the title.
    caret.setAttribute("aria-hidden", "true");
    const name = document.createElement("span");
    name.className = "cm-theirName";
    name.dataset["name"] = this.#name;
    caret.append(name);
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

export const theirCarets = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (carets, transaction) => {
    const told = transaction.effects.findLast((effect) => effect.is(setTheirs));
    if (told === undefined) return carets.map(transaction.changes);
    const marks = told.value.map(({ at, name }) =>
      Decoration.widget({ widget: new CaretWidget(name), side: 1 }).range(Math.min(at, transaction.newDoc.length)),
    );
    return Decoration.set(marks, true);
  },
  provide: (field) => EditorView.decorations.from(field),
});
