/**
 * The agent: a device of role host. It keeps a connection to the relay, says what can answer here, checks each offer and lets a few
 * runs be answered at a time. It holds keys of chats only while runs of them last, in memory, and logs nothing of what they say.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { boxKeyFromSeed, type DeviceKeys } from "#crypto/device.ts";
import {
  bootIdFromBytes,
  ID_BYTES,
  isTemporaryDoc,
  type AuthorId,
  type BootId,
  type RunId,
  type VaultId,
} from "#crypto/ids.ts";
import { canWrite, isActiveMember, type Roster } from "#crypto/roster.ts";
import { createConnection, type ConnectionState } from "#sync/connection.ts";
import { promptsModel } from "#sync/docs/toolPrompts.ts";
import { clockSkewMs, entriesBytesMax, waitingLeaseMs } from "#sync/limits.ts";
import type { Clock, OpenLink, Random } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import type { MeasuredAt } from "./announcedFacts.ts";
import { createAnnouncer, type HostHealth } from "./announcer.ts";
import type { RunEnding } from "./ending.ts";
import type { LaneSender } from "./laneSender.ts";
import type { LentKey } from "./laneWriter.ts";
import { answeredRunsMax, drainMs, offersParkedMax, runsMax } from "./limits.ts";
import { judgeOffer, type AcceptedOffer, type Offer } from "./offers.ts";
import { createOpenReaders } from "./openReaders.ts";
import { createPromptsBackend } from "./promptsBackend.ts";
import { createOfferQueue } from "./queue.ts";
import { createRunSlots, type RunSlots, type SlotHolder } from "./slots.ts";
import type { RecordSpool } from "../recordSpool.ts";
import { createRecordSender } from "./recordSender.ts";
import type { HostTools } from "./runTools.ts";
import { createRosterPin, type PinStore } from "./rosterPin.ts";
import type { PromptSource } from "../mcp/prompts.ts";
import { openLedger, readLedgerPart, type Ledger } from "../tools/ledger.ts";
import type { RedactionSettings } from "../backends/redactedAnswer.ts";
import type { ToolSource } from "../tools/tool.ts";
import { answerRun, type RunEnded, type RunOutcome } from "./run.ts";

export interface AgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: OpenLink;
  readonly keys: DeviceKeys;
  readonly relayKey: Uint8Array;
  readonly claimKey: Uint8Array | null;
  /** By which the relay knows the vault that this agent serves (crypto/claim.ts): `null` for the owner's. */
  readonly place?: VaultId | null;
  /** Shared by the agents of all vaults here. */
  readonly slots?: RunSlots;
  readonly pins: PinStore;
  readonly backend: Backend;
  /** Those of them that are larger than this machine; left out, nobody looks. */
  readonly tooLarge?: (models: readonly string[]) => readonly string[];
  /** How quick each is, where that was measured; left out, nobody has. */
  readonly measured?: MeasuredAt;
  /** What may act for a model; left out, nothing does. */
  readonly tools?: {
    readonly sources: readonly ToolSource[];
    readonly ledgerFile: string;
    /** Of tool servers, for devices that ask; left out, there are none. */
    readonly prompts?: PromptSource;
  };
  /** What backends and tools outside need not be told, as this host has it; left out, the usual. */
  readonly redaction?: () => RedactionSettings;
  /** Where the gateway leaves what tools say; left out, there is no gateway here. */
  readonly spool?: RecordSpool;
  /** The roster has changed. */
  readonly onRoster?: (roster: Roster) => void;
  /** How it stands with the relay, whenever that changes. */
  readonly onState?: (state: ConnectionState) => void;
  /** What happened, in words without content: for whoever looks for a fault. */
  readonly note?: (what: string) => void;
  /** How each answer went, in numbers. */
  readonly onRunEnded?: (ended: RunEnded) => void;
}

export interface Agent {
  readonly boot: BootId;
  readonly state: ConnectionState;
  /** Grows with everything that is written of answers. */
  readonly progress: number;
  /** Questions that wait for their turn. */
  readonly queue: { readonly waiting: number; readonly oldestMs: number };
  /** Docs whose keys are held right now. */
  readonly openDocs: number;
  /** From now on this answers, and devices are told so. Answers under way go on with what they began with. */
  setBackend(backend: Backend): void;
  /** How the host's parts are: devices are told. */
  setHealth(health: HostHealth): void;
  /** The gateway has left something. */
  sendRecords(): void;
  /** Ends what is being answered, lets it be stored, and closes. */
  drain(): Promise<void>;
}

interface ActiveRun {
  readonly offer: AcceptedOffer;
  /** By its newest grant. */
  lent: LentKey;
  readonly controller: AbortController;
  readonly done: Promise<void>;
  sender: LaneSender | null;
  notAfter: number;
  cancelExpiry: () => void;
}

export function createAgent(options: AgentOptions): Agent {
  const { clock, random, keys } = options;
  const note = options.note ?? (() => {});
  const boot = bootIdFromBytes(random(ID_BYTES));
  const bootBox = boxKeyFromSeed(random(32));
  const pin = createRosterPin(options.pins, options.claimKey);
  const active = new Map<RunId, ActiveRun>();
  const answered = new Set<RunId>();
  const queue = createOfferQueue();
  const slots = options.slots ?? createRunSlots(runsMax);
  let parked: Offer[] = [];
  let backend = options.backend;
  let isDraining = false;
  let progress = 0;

  const connection = createConnection({
    clock,
    random,
    openLink: options.openLink,
    keys,
    vault: options.place ?? null,
    isTrustedRelay: (relayKey) => isEqualBytes(relayKey, options.relayKey),
    events: {
      onState: (state) => {
        options.onState?.(state);
        if (state.phase !== "live") return;
        for (const run of active.values()) run.sender?.wake();
        records?.look();
      },
      onRoster: (_vault, from, entries, claim) =>
        takeRoster(
          from,
          entries.map((entry) => entry.slice()),
          claim?.slice() ?? null,
        ),
      onLedgerAsk: tellLedger,
      onOffer: (doc, seq, envelope) => takeOffer({ doc, seq, envelope: envelope.slice() }),
    },
  });
  const records =
    options.spool === undefined
      ? null
      : createRecordSender({ clock, spool: options.spool, keys, connection: () => connection });
  const holder: SlotHolder = { startOne };
  slots.join(holder);
  const readers = createOpenReaders({ connection, roster: currentRoster, onGrantEnd: endGrant });
  const announcer = createAnnouncer({
    ...{ clock, keys, boot, bootBox },
    backend: () => backend,
    ...(options.tooLarge === undefined ? {} : { tooLarge: options.tooLarge }),
    ...(options.measured === undefined ? {} : { measured: options.measured }),
    waiting: () => queue.runs(),
    send: connection.announce,
  });
  announcer.announce();
  let ledger: Ledger | null = null;

  function takeRoster(from: number, entries: readonly Uint8Array[], claim: Uint8Array | null): void {
    const outcome = pin.take(from, entries, claim);
    if (outcome.kind === "gap") return connection.getRoster(outcome.from);
    if (outcome.kind === "refused") return note(outcome.says);
    if (outcome.kind === "known") return;
    for (const run of active.values()) {
      if (!isActiveMember(outcome.roster, run.offer.author)) end(run, "revoked");
    }
    readers.rosterGrew();
    options.onRoster?.(outcome.roster);
    records?.look();
    const again = parked;
    parked = [];
    for (const offer of again) takeOffer(offer);
  }

  function takeOffer(offer: Offer): void {
    if (isDraining) return;
    const { roster } = pin;
    const verdict =
      roster === null
        ? null
        : judgeOffer(offer, { roster, host: keys.id, boot, bootBox, hostBox: keys.box, nowMs: clock.now() });
    if (verdict === null || verdict.kind === "needsRoster") {
      if (parked.length < offersParkedMax) parked.push(offer);
      return connection.getRoster(roster?.seq ?? 0);
    }
    if (verdict.kind === "bad") {
      // Said anew, with the time it is here, so that the device can tell its owner why nobody answers.
      if (verdict.isClock) announcer.announce();
      return note(`An offer was refused: ${verdict.why}.`);
    }
    const { run } = verdict.offer.grant;
    const running = active.get(run);
    if (running !== undefined) return renew(running, verdict.offer);
    // A grant that is played again.
    if (answered.has(run)) return;
    if (!queue.add(verdict.offer, clock.now())) return note("An offer was refused: too many are waiting.");
    startNext();
  }

  function startNext(): void {
    slots.fill();
    announcer.tellOfQueue();
  }

  function startOne(): boolean {
    while (!isDraining) {
      // A chat's questions are answered in turn: the next one builds on the answer before it.
      const busy = new Set([...active.values()].map((running) => running.offer.grant.doc));
      const next = queue.take(busy);
      if (next === null) return false;
      if (next.offer.grant.notAfter + clockSkewMs <= clock.now()) continue;
      start(next.offer, next.offeredMs);
      return true;
    }
    return false;
  }

  function start(offer: AcceptedOffer, offeredMs: number): void {
    const { run, doc } = offer.grant;
    remember(run);
    const controller = new AbortController();
    const reader = readers.open(doc);
    const first = lentBy(offer);
    const done = answerRun({
      offer,
      offeredMs,
      reader,
      backend: backendFor(offer),
      connection,
      lent: () => active.get(run)?.lent ?? first,
      host: keys,
      boot,
      clock,
      random,
      ...hostTools(),
      signal: controller.signal,
      onSender: (sender) => {
        const running = active.get(run);
        if (running !== undefined) running.sender = sender;
      },
      onPush: () => {
        progress += 1;
      },
      onEnded: (ended) => options.onRunEnded?.(ended),
    }).then(
      (outcome) => finish(offer, outcome),
      () => finish(offer, "failed inside the host"),
    );
    const running: ActiveRun = {
      offer,
      lent: first,
      controller,
      done,
      sender: null,
      notAfter: 0,
      cancelExpiry: () => {},
    };
    active.set(run, running);
    const { notAfter } = offer.grant;
    // Nobody may be there to renew it, and it must not hold a key for a day.
    expireAt(running, offer.isWaiting ? Math.min(notAfter, clock.now() + waitingLeaseMs) : notAfter);
  }

  /** In a temporary chat a device may ask for the prompts of tool servers instead. */
  function backendFor({ grant, request }: AcceptedOffer): Backend {
    const prompts = options.tools?.prompts;
    const isForPrompts = request.model === promptsModel && isTemporaryDoc(grant.doc);
    return prompts === undefined || !isForPrompts ? backend : createPromptsBackend(prompts);
  }

  function hostTools(): { tools?: HostTools } {
    if (options.tools === undefined) return {};
    const { sources, ledgerFile: file } = options.tools;
    const to = () => [...currentRoster().members.values()].filter(({ id }) => canWrite(currentRoster(), id));
    ledger ??= openLedger({ file, vault: currentRoster().vault, keys, to, clock, random });
    const { redaction } = options;
    return { tools: { sources, ledger, roster: currentRoster, ...(redaction === undefined ? {} : { redaction }) } };
  }

  /** Sealed to the owner's devices long before: nothing of it is read here. */
  function tellLedger(asker: AuthorId, from: number): void {
    if (options.tools === undefined || pin.roster === null || !canWrite(pin.roster, asker)) return;
    const part = readLedgerPart(options.tools.ledgerFile, from, entriesBytesMax);
    connection.sendLedger({ host: keys.id, asker, from, ...part });
  }

  function finish(offer: AcceptedOffer, outcome: RunOutcome | "failed inside the host"): void {
    const { run, doc, docKey } = offer.grant;
    active.get(run)?.cancelExpiry();
    active.get(run)?.lent.docKey.fill(0);
    active.delete(run);
    readers.close(doc);
    docKey.fill(0);
    // Nothing was written for it, so the device may lend its key again.
    if (outcome === "not asked" || outcome === "cancelled") answered.delete(run);
    note(`A run ended: ${outcome}.`);
    slots.free();
    announcer.tellOfQueue();
  }

  /** A second grant of the same run, by a device that is still there, is a longer lease. */
  function renew(running: ActiveRun, offer: AcceptedOffer): void {
    const { doc, epoch, docKey, notAfter } = offer.grant;
    if (offer.isWaiting) return void docKey.fill(0);
    if (notAfter > running.notAfter) expireAt(running, notAfter);
    // Played again, an older grant must not bring back an older key.
    if (epoch <= running.lent.epoch) return void docKey.fill(0);
    readers.find(doc)?.lend(epoch, docKey);
    running.lent.docKey.fill(0);
    running.lent = lentBy(offer);
  }

  /** A device took back what it lent, or says that the run is over. */
  function endGrant(run: RunId): void {
    queue.remove(run);
    announcer.tellOfQueue();
    const running = active.get(run);
    if (running !== undefined) end(running, "ended");
  }

  function expireAt(running: ActiveRun, notAfter: number): void {
    running.cancelExpiry();
    running.notAfter = notAfter;
    running.cancelExpiry = clock.after(Math.max(0, notAfter + clockSkewMs - clock.now()), () =>
      end(running, "expired"),
    );
  }

  function end(running: ActiveRun, why: RunEnding): void {
    running.controller.abort(why);
  }

  function remember(run: RunId): void {
    answered.add(run);
    const oldest = answered.values().next();
    if (answered.size > answeredRunsMax && oldest.done === false) answered.delete(oldest.value);
  }

  function currentRoster(): Roster {
    if (pin.roster === null) throw new Error("No run begins before the roster is known.");
    return pin.roster;
  }

  return {
    boot,
    get state() {
      return connection.state;
    },
    get progress() {
      return progress;
    },
    get queue() {
      const { sinceMs } = queue;
      const oldestMs = sinceMs === null ? 0 : Math.max(0, clock.now() - sinceMs);
      return { waiting: queue.runs().length, oldestMs };
    },
    get openDocs() {
      return readers.size;
    },
    setHealth: announcer.setHealth,
    sendRecords: () => records?.look(),
    setBackend: (next) => {
      backend = next;
      announcer.announce();
    },
    drain: async () => {
      isDraining = true;
      slots.leave(holder);
      queue.clear();
      announcer.stop();
      parked = [];
      for (const run of active.values()) end(run, "drain");
      const all = Promise.all([...active.values()].map((run) => run.done));
      await Promise.race([all, new Promise<void>((resolve) => clock.after(drainMs, resolve))]);
      for (const run of active.values()) run.sender?.close();
      connection.close();
    },
  };
}

function lentBy({ grant, rosterSeq, rosterHead }: AcceptedOffer): LentKey {
  return { epoch: grant.epoch, docKey: grant.docKey, rosterSeq, rosterHead };
}
