/** The parts of the host as this device knows them, what waits, and what is still to be sent. Nothing is said that is not known. */
import { createMemo, createSignal, For, type JSX, onMount, Show } from "solid-js";
import type { HostInfo } from "#crypto/announcement.ts";
import type { IncidentFacts, ServiceFacts, ServiceKind, ShareFacts, Trouble } from "#crypto/serviceFacts.ts";
import type { DeviceInfo } from "#sync/deviceList.ts";
import type { DocStatus, VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { sayAlarm, sayRefusal } from "../app/sayVault.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { isBackendAway, shortTime } from "../chat/words.ts";
import { hostSeenAt } from "../platform/hostSeen.ts";
import { w } from "../settings/words.ts";

interface Row {
  readonly name: string;
  readonly says: string;
  readonly isThere: boolean;
  /** What the owner does about it. */
  readonly help?: string;
}

export function Services(props: { status: VaultStatus; now: number }): JSX.Element {
  const [gateway, setGateway] = createSignal<boolean | null>(null);
  onMount(() => void isGatewayThere().then(setGateway));
  const host = () => props.status.host;
  const isLive = (): boolean => props.status.link === "live";
  /** It took none of what this device sent last. */
  const isFull = (): boolean => isLive() && props.status.alarms.some(({ code }) => code === "FULL");
  const isAgentThere = (): boolean => isLive() && host()?.live === true;
  /** Since when nobody is there: the host itself, or the way to it. */
  const awayWords = (otherwise: string): string => {
    const seen = hostSeenAt();
    if (seen === null) return otherwise;
    const when = shortTime(seen, props.now);
    return isLive() ? w.awaySince(when) : w.unreachedSince(when);
  };
  const rows = (): readonly Row[] => {
    const info = host()?.info ?? null;
    const waiting = info?.queue?.length ?? 0;
    const [isThere, answers] = [isAgentThere(), gateway()];
    const found: (Row | null)[] = [
      isFull()
        ? { name: w.relayName, says: w.relayFull, isThere: false, help: w.relayFullHelp }
        : { name: w.relayName, says: relayWords(), isThere: isLive() },
      { name: w.agentName, says: isThere ? w.agentThere : awayWords(w.agentAway), isThere },
      info === null
        ? null
        : { name: w.backendName, says: backendWords(info), isThere: isThere && !isBackendAway(info) },
      answers === null
        ? null
        : { name: w.gatewayName, says: answers ? w.gatewayThere : w.gatewayAway, isThere: answers },
      isThere && info?.share !== undefined ? sayShare(info.share) : null,
      isThere ? { name: w.queueName, says: waiting === 0 ? w.queueNone : w.queueSome(waiting), isThere } : null,
    ];
    return [...found.filter((row) => row !== null), ...(isThere ? sayServices(info?.services ?? [], props.now) : [])];
  };
  const relayWords = (): string =>
    props.status.link === "offline" ? awayWords(w.relayStates.offline) : w.relayStates[props.status.link];
  return (
    <section>
      <h3>{w.services}</h3>
      <dl class="status-rows">
        <For each={rows()}>
          {({ name, says, isThere, help }) => (
            <div>
              <dt>{name}</dt>
              <dd classList={{ away: !isThere }}>{says}</dd>
              <Show when={help}>{(todo) => <dd class="status-help">{todo()}</dd>}</Show>
            </div>
          )}
        </For>
      </dl>
      <Show when={isAgentThere() && host()?.info?.remark}>{(says) => <p class="settings-note">{says()}</p>}</Show>
      <Show when={(host()?.info?.incidents ?? []).length > 0}>
        <h4>{w.incidentsTitle}</h4>
        <dl class="status-rows">
          <For each={host()?.info?.incidents ?? []}>
            {(incident) => (
              <div>
                <dt>
                  {w.serviceNames[incident.kind]}
                  <time datetime={new Date(incident.from).toISOString()}>{incidentTime(incident, props.now)}</time>
                </dt>
                <dd>{w.incidentTimes(w.troubles[incident.trouble], incident.times ?? 1)}</dd>
              </div>
            )}
          </For>
        </dl>
      </Show>
      <Show when={props.status.link === "refused" && props.status.refusal}>
        {(says) => <p class="settings-note">{sayRefusal(says())}</p>}
      </Show>
      <For each={props.status.alarms.filter(({ code }) => code !== "FULL" || !isFull())}>
        {(alarm) => <p class="settings-note">{sayAlarm(alarm)}</p>}
      </For>
    </section>
  );
}

/** Of its parts those that the rows above do not say, and of those any that is not well or was started again. */
const SAID_ABOVE: readonly ServiceKind[] = ["relay", "agent", "gateway"];

function sayServices(services: readonly ServiceFacts[], now: number): readonly Row[] {
  return services.flatMap(({ kind, name, state, trouble, since, restarts = 0 }) => {
    const isQuiet = SAID_ABOVE.includes(kind) && restarts === 0;
    if (state === "off" || (isQuiet && state !== "trouble")) return [];
    const is = state === "trouble" && trouble !== undefined ? w.troubles[trouble] : w.serviceStates[state];
    // Nothing begins there that could have begun at a time: it is made when it is due.
    const isFirst = kind === "backup" && state === "starting";
    const says = isFirst ? w.backupFirst : w.serviceSince(is, shortTime(since, now));
    return [
      {
        name: name ?? w.serviceNames[kind],
        says: restarts === 0 ? says : `${says} · ${w.serviceRestarts(restarts)}`,
        isThere: state !== "trouble",
        ...(state === "trouble" && trouble !== undefined ? { help: helpFor(kind, trouble) } : {}),
      },
    ];
  });
}

const gib = 1_073_741_824;

/** Counted as the host counts what it was set to (SOVEREIGN_VAULT_GB). */
function sayShare({ bytes, bytesMax }: ShareFacts): Row {
  const { format } = new Intl.NumberFormat(t.language, { maximumFractionDigits: 1 });
  const isNearlyFull = bytes > bytesMax * 0.9;
  const says = w.shareSays(format(bytes / gib), format(bytesMax / gib));
  return { name: w.shareName, says, isThere: !isNearlyFull, ...(isNearlyFull ? { help: w.shareHelp } : {}) };
}

/** What is right for one kind of service, else for the trouble. */
function helpFor(kind: ServiceKind, trouble: Trouble): string {
  return w.serviceHelp[kind] ?? w.troubleHelp[trouble];
}

function incidentTime({ from, to }: IncidentFacts, now: number): string {
  const begun = shortTime(from, now);
  if (to === undefined) return w.incidentLasts(begun);
  const ended = shortTime(to, now);
  return begun === ended ? begun : w.incidentSpan(begun, ended);
}

function backendWords(info: HostInfo): string {
  if (info.kind === "guide") return t.hostGuide;
  return isBackendAway(info) ? t.modelsAway : `${info.label}, ${w.backendModels(info.models.length)}`;
}

/** It answers nobody without a key, and says so; a machine without one says that nothing is there. */
async function isGatewayThere(): Promise<boolean> {
  try {
    return (await fetch("/v1/models", { cache: "no-store", credentials: "omit" })).status === 401;
  } catch {
    return false;
  }
}

export function Unsent(props: { vault: Vault; status: VaultStatus; chats: readonly ChatRow[] }): JSX.Element {
  const rows = createMemo(() => {
    // Each chat's own state changes with the vault's.
    void props.status;
    return props.chats.flatMap(({ id, title }) => {
      const doc: DocStatus = props.vault.docStatus(id);
      if (doc.pending + doc.unsaved === 0 && doc.alarm === null) return [];
      const says =
        doc.alarm !== null ? sayAlarm(doc.alarm) : doc.unsaved > 0 ? w.syncUnsaved : w.syncPending(doc.pending);
      return [{ name: title === "" ? t.untitledChat : title, says }];
    });
  });
  const files = (): number => {
    void props.status;
    return props.vault.files.pending().length;
  };
  return (
    <section>
      <h3>{w.syncTitle}</h3>
      <Show when={rows().length + files() > 0} fallback={<p class="settings-note">{w.syncNone}</p>}>
        <dl class="status-rows">
          <For each={rows()}>
            {({ name, says }) => (
              <div>
                <dt>{name}</dt>
                <dd>{says}</dd>
              </div>
            )}
          </For>
        </dl>
        <Show when={files() > 0}>
          <p class="settings-note">{w.syncFiles(files())}</p>
        </Show>
      </Show>
    </section>
  );
}

/** Heard this lately, it is there now: devices answer each other within a few seconds. */
const nowMs = 60_000;

export function DeviceStates(props: { rows: readonly DeviceInfo[]; now: number }): JSX.Element {
  const says = ({ isThis, seenAt: heardAt, lacks, role }: DeviceInfo): string => {
    // A host writes no card of itself; this device knows when it last had it.
    const seenAt = role === "host" ? (heardAt ?? hostSeenAt()) : heardAt;
    const isHere = isThis || (seenAt !== null && props.now - seenAt < nowMs);
    const seen = isHere ? w.seenNow : seenAt === null ? w.seenNever : w.seenAt(shortTime(seenAt, props.now));
    if (isThis || role === "host") return seen;
    return `${seen} · ${lacks.length === 0 ? w.lacksNothing : w.lacksSome(lacks.length)}`;
  };
  return (
    <section>
      <h3>{w.devicesTitle}</h3>
      <dl class="status-rows">
        <For each={props.rows}>
          {(device) => (
            <div>
              <dt>{device.name}</dt>
              <dd>{says(device)}</dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}
