/** What of a ledger is shown: by tool, place, outcome and day. Only what occurs is offered. */
import { createMemo, For, type JSX } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { type AuditFilter, type AuditRow, dayOf, titleOf } from "./auditRows.ts";
import { k, sayTool } from "./words.ts";

export function AuditFilters(props: {
  vault: Vault;
  rows: readonly AuditRow[];
  filter: AuditFilter;
  change(more: Partial<AuditFilter>): void;
}): JSX.Element {
  const tools = createMemo(() => [...new Set(props.rows.map(({ name }) => name))].toSorted());
  const statuses = createMemo(() => [...new Set(props.rows.map(({ status }) => status))]);
  const places = createMemo(() => {
    const chats = [...new Set(props.rows.flatMap(({ doc }) => doc ?? []))];
    const { catalog } = props.vault;
    const projects = new Set(chats.flatMap((chat) => catalog.value.entry(chat)?.project ?? []));
    return [
      ...[...projects].map((id) => ({
        id: id as string,
        title: catalog.value.projects.entry(id)?.name ?? k.audit.goneChat,
      })),
      ...chats.map((id) => ({
        id: id as string,
        title: titleOf(props.vault.catalog.value.entry(id), k.audit.goneChat),
      })),
    ];
  });
  return (
    <div class="audit-filters" role="group" aria-label={k.audit.filters}>
      <Pick label={k.tool} all={k.audit.allTools} now={props.filter.tool} choose={(tool) => props.change({ tool })}>
        <For each={tools()}>{(name) => <option value={name}>{sayTool(name)}</option>}</For>
      </Pick>
      <Pick
        label={k.audit.place}
        all={k.audit.allPlaces}
        now={props.filter.place}
        choose={(place) => props.change({ place })}
      >
        <For each={places()}>{({ id, title }) => <option value={id}>{title}</option>}</For>
      </Pick>
      <Pick
        label={k.audit.outcome}
        all={k.audit.allOutcomes}
        now={props.filter.status}
        choose={(status) => props.change({ status })}
      >
        <For each={statuses()}>{(status) => <option value={status}>{k.statuses[status]}</option>}</For>
      </Pick>
      <label>
        <span>{k.audit.day}</span>
        <input
          type="date"
          value={props.filter.day}
          max={dayOf(Date.now())}
          onInput={(event) => props.change({ day: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function Pick(props: {
  label: string;
  all: string;
  now: string;
  choose(value: string): void;
  children: JSX.Element;
}): JSX.Element {
  return (
    <label>
      <span>{props.label}</span>
      <select value={props.now} onChange={(event) => props.choose(event.currentTarget.value)}>
        <option value="">{props.all}</option>
        {props.children}
      </select>
    </label>
  );
}
