/** What tools may do: a rule for each class, and those that single tools have. In a project, or (`null`) in chats without one. */
import { createResource, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { findLapse, type ToolRule, toolClasses, toolRules } from "#sync/docs/toolPolicy.ts";
import type { OpenToolPolicy } from "#sync/toolActions.ts";
import type { Vault } from "#sync/vault.ts";
import { Icon } from "../ui/Icon.tsx";
import "./tools.css";
import { k, sayTool } from "./words.ts";

export function ToolRules(props: { vault: Vault; project: DocId | null }): JSX.Element {
  const [policy] = createResource(
    () => ({ vault: props.vault, project: props.project }),
    ({ vault, project }) => vault.openToolPolicy(project),
  );
  return (
    <Show when={policy()} keyed>
      {(open) => <Rules policy={open} />}
    </Show>
  );
}

function Rules(props: { policy: OpenToolPolicy }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: this stands keyed by its policy.
  const { policy } = props;
  const [rules, setRules] = createSignal(policy.read());
  const leave = policy.observe(() => setRules(policy.read()));
  onCleanup(() => {
    leave();
    policy.close();
  });
  return (
    <div class="tool-rules">
      <For each={toolClasses}>
        {(each) => (
          <RuleField
            what={k.classes[each]}
            rule={rules().classes[each]}
            choose={(rule) => policy.setClass(each, rule)}
          />
        )}
      </For>
      <Show when={Object.keys(rules().tools).length > 0}>
        <h4>{k.ownRules}</h4>
        <For each={Object.entries(rules().tools)}>
          {([name, rule]) => (
            <div class="tool-rule-own">
              <RuleField what={sayTool(name)} rule={rule} choose={(next) => policy.setTool(name, next)}>
                <Show when={findLapse(rules(), name, rules().versions?.[name] ?? "") === "unpinned"}>
                  <span class="tool-note">{k.unpinned}</span>
                </Show>
              </RuleField>
              <button
                type="button"
                class="quiet"
                aria-label={k.forget(name)}
                onClick={() => policy.setTool(name, null)}
              >
                <Icon name="close" />
              </button>
            </div>
          )}
        </For>
      </Show>
    </div>
  );
}

function RuleField(props: {
  what: string;
  rule: ToolRule;
  choose(rule: ToolRule): void;
  /** Of the rule, under its name. */
  children?: JSX.Element;
}): JSX.Element {
  return (
    <label class="tool-rule">
      <span>
        {props.what}
        {props.children}
      </span>
      <select
        aria-label={k.ruleFor(props.what)}
        onChange={(event) => {
          const rule = toolRules.find((each) => each === event.currentTarget.value);
          if (rule !== undefined) props.choose(rule);
        }}
      >
        <For each={toolRules}>
          {(rule) => (
            <option value={rule} selected={rule === props.rule}>
              {k.ruleNames[rule]}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}
