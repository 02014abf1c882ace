/** What tools did, out of the hosts' ledgers: whether they are whole, and each call plainly. Fetched when somebody looks. */
import { createMemo, createSignal, For, type JSX, onMount, Show } from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { LedgerReading } from "#sync/ledgerReading.ts";
import type { Vault } from "#sync/vault.ts";
import { ownerSentenceOf } from "../app/engine.ts";
import { goToChat } from "../app/route.ts";
import { fullTime, inSeconds, labelWords, shortTime } from "../chat/words.ts";
import { saveFile } from "../platform/saveFile.ts";
import { Sheet } from "../settings/Sheet.tsx";
import "./audit.css";
import { AuditFilters } from "./AuditFilters.tsx";
import {
  type AuditFilter,
  type AuditRow,
  dayOf,
  exportLines,
  filterRows,
  noFilter,
  readAuditRows,
  titleOf,
} from "./auditRows.ts";
import { CallLine, ExactDetail } from "./CallLine.tsx";
import { ExactText } from "./ExactText.tsx";
import { layOut } from "./showHidden.ts";
import { k, sayTool } from "./words.ts";

/** One host's, as far as it is known. */
interface HostState {
  readonly id: AuthorId;
  readonly name: string;
  readonly reading: LedgerReading | null;
  /** What to tell the owner when it cannot be read. */
  readonly trouble: string | null;
  readonly progress: string;
}

/** Rows drawn at once: a year of calls would take a second. */
const pageRows = 50;

export function AuditSheet(props: { vault: Vault; leave(): void; leaveAll(): void }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: a sheet is for one vault.
  const { vault } = props;
  const hosts = vault.devices().filter(({ role }) => role === "host");
  const [states, setStates] = createSignal<readonly HostState[]>(
    hosts.map(({ id, name }) => ({ id, name, reading: null, trouble: null, progress: "" })),
  );
  const [filter, setFilter] = createSignal<AuditFilter>(noFilter);
  const [shown, setShown] = createSignal(pageRows);
  const note = (id: AuthorId, more: Partial<HostState>): void =>
    void setStates((all) => all.map((each) => (each.id === id ? { ...each, ...more } : each)));

  const read = async (id: AuthorId): Promise<void> => {
    note(id, { trouble: null, progress: "" });
    try {
      const reading = await vault.readLedger(id, (now, total) => note(id, { progress: k.audit.read(now, total) }));
      note(id, { reading });
    } catch (error) {
      note(id, { trouble: ownerSentenceOf(error) ?? k.audit.unread });
    }
  };
  onMount(() => {
    for (const { id } of hosts) void read(id);
  });

  const all = createMemo(() =>
    states()
      .flatMap(({ id, reading }) => (reading === null ? [] : readAuditRows(id, reading.entries).rows))
      .toSorted((a, b) => b.at - a.at || b.first - a.first),
  );
  const rows = createMemo(() =>
    filterRows(all(), filter(), (chat) => vault.catalog.value.entry(chat)?.project ?? null),
  );
  const change = (more: Partial<AuditFilter>): void => {
    setFilter({ ...filter(), ...more });
    setShown(pageRows);
  };
  const save = (): void => {
    const text = states()
      .map(({ reading }) => (reading === null ? "" : exportLines(reading.entries)))
      .join("");
    saveFile(`sovereign-tools-${dayOf(Date.now())}.jsonl`, "application/jsonl", text);
  };

  return (
    <Sheet title={k.audit.title} closeLabel={k.audit.close} leave={() => props.leave()}>
      <section class="audit">
        <p class="settings-note">{k.audit.note}</p>
        <For each={states()}>
          {(state) => <Chain state={state} isOne={states().length === 1} again={() => void read(state.id)} />}
        </For>
        <Show when={all().length > 0}>
          <AuditFilters vault={vault} rows={all()} filter={filter()} change={change} />
          <p class="audit-count" role="status">
            {k.audit.many(rows().length)}
          </p>
          <ol class="audit-rows">
            <For each={rows().slice(0, shown())}>
              {(row) => (
                <Row
                  vault={vault}
                  row={row}
                  open={(chat) => {
                    props.leaveAll();
                    goToChat(chat);
                  }}
                />
              )}
            </For>
          </ol>
          <div class="audit-foot">
            <Show when={rows().length > shown()}>
              <button type="button" class="plain" onClick={() => setShown(shown() + pageRows)}>
                {k.audit.more}
              </button>
            </Show>
            <button type="button" class="plain" onClick={save}>
              {k.audit.save}
            </button>
          </div>
          <p class="tool-note">{k.audit.saveNote}</p>
        </Show>
      </section>
    </Sheet>
  );
}

/** How one host's chain stands: in words, with the seal's colour only where something is wrong. */
function Chain(props: { state: HostState; isOne: boolean; again(): void }): JSX.Element {
  const isBroken = (): boolean => (props.state.reading?.fault ?? null) !== null || props.state.trouble !== null;
  const newest = (): number => props.state.reading?.entries.at(-1)?.at ?? 0;
  const sealed = (): number => props.state.reading?.entries.filter(({ text }) => text === null).length ?? 0;
  const says = (): string => {
    const { reading, progress } = props.state;
    if (reading === null) return progress === "" ? k.audit.asking : progress;
    const { entries, fault } = reading;
    if (fault !== null) return k.audit.broken(fault.at, k.audit.faults[fault.why]);
    return entries.length === 0 ? k.audit.empty : k.audit.whole(entries.length, fullTime(newest()));
  };
  return (
    <div class="audit-chain" classList={{ broken: isBroken() }}>
      <p role="status">
        <Show when={!props.isOne}>
          <strong>{props.state.name} </strong>
        </Show>
        {props.state.trouble ?? says()}
      </p>
      <Show when={props.state.reading?.fault}>
        <p class="tool-note">{k.audit.brokenNote}</p>
      </Show>
      <Show when={sealed() > 0}>
        <p class="tool-note">{k.audit.sealed(sealed())}</p>
      </Show>
      <Show when={props.state.trouble !== null}>
        <button type="button" class="plain" onClick={() => props.again()}>
          {k.audit.again}
        </button>
      </Show>
    </div>
  );
}

function Row(props: { vault: Vault; row: AuditRow; open(chat: DocId): void }): JSX.Element {
  const allowedBy = (): string => {
    const { by } = props.row;
    if (by === "") return k.audit.byNobody;
    return by === "policy"
      ? k.audit.byRule
      : k.audit.byDevice(props.vault.nameOf(by as AuthorId) ?? k.audit.someDevice);
  };
  const askedBy = (): string => (props.row.model === "" ? k.audit.someModel : labelWords(props.row.model));
  const where = (): string =>
    titleOf(props.row.doc === null ? null : props.vault.catalog.value.entry(props.row.doc), k.audit.goneChat);
  return (
    <li>
      <CallLine
        class="audit-row"
        status={props.row.status}
        what={
          <span class="audit-what">
            <span class="tool-name">
              <ExactText text={sayTool(props.row.name, props.row.status === "done")} />
              <Show when={props.row.target !== ""}>
                <span class="audit-target">
                  {" "}
                  <ExactText text={props.row.target} />
                </span>
              </Show>
            </span>
            <span class="audit-when">
              <time datetime={new Date(props.row.at).toISOString()}>{shortTime(props.row.at, Date.now())}</time>
              <span>{where()}</span>
            </span>
          </span>
        }
        says={k.statuses[props.row.status]}
      >
        <Fact name={k.tool} says={`${props.row.name} · ${k.classes[props.row.class]}`} />
        <Fact name={k.audit.askedBy} says={askedBy()} />
        <Fact name={k.audit.allowedBy} says={allowedBy()} />
        <Fact name={k.audit.when} says={sayWhen(props.row)} />
        <ExactDetail
          name={k.given}
          text={layOut(props.row.arguments)}
          cut={props.row.cut}
          note={props.row.status === "may-have-run" ? k.mayHaveRunNote : ""}
        />
        <dt>{k.audit.entryNumbers}</dt>
        <dd class="audit-place">
          <span>{k.audit.entries(props.row.first, props.row.last)}</span>
          <Show when={isThere(props.vault, props.row.doc)}>
            {(chat) => (
              <button type="button" class="plain" onClick={() => props.open(chat())}>
                {k.audit.openChat}
              </button>
            )}
          </Show>
        </dd>
      </CallLine>
    </li>
  );
}

function Fact(props: { name: string; says: string }): JSX.Element {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.says}</dd>
    </>
  );
}

const sayWhen = ({ at, ms }: AuditRow): string =>
  ms === null || ms < 100 ? fullTime(at) : `${fullTime(at)}, ${inSeconds(ms)}`;

function isThere(vault: Vault, doc: DocId | null): DocId | null {
  const entry = doc === null ? null : vault.catalog.value.entry(doc);
  return entry === null || entry.deletedAt !== null ? null : doc;
}
