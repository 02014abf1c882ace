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
import { canWrite, isActiveMember, type Member, type Roster } from "#crypto/roster.ts";
import type { HostHealth } from "#crypto/sealedHealth.ts";
import { createConnection, type ConnectionState } from "#sync/connection.ts";
import { promptsModel } from "#sync/docs/toolPrompts.ts";
import { clockSkewMs, entriesBytesMax } from "#sync/limits.ts";
import type { Clock, OpenLink, Random } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import type { MeasuredAt } from "./announcedFacts.ts";
import { createActiveRuns } from "./activeRuns.ts";
import { createAnnouncer } from "./announcer.ts";
import { drainMs, offersParkedMax, runsMax } from "./limits.ts";
import { judgeOffer, type AcceptedOffer, type Offer } from "./offers.ts";
import { createOpenReaders } from "./openReaders.ts";
import { createPromptsBackend } from "./promptsBackend.ts";
import { createOfferQueue } from "./queue.ts";
import { createRunSlots, type RunSlots, type SlotHolder } from "./slots.ts";
import type { RecordSpool } from "../recordSpool.ts";
import { createRecordSender } from "./recordSender.ts";
import type { HostTools } from "./runTools.ts";
import { createRosterPin, type PinStore } from "./rosterPin.ts";
import { openLedger, type Ledger } from "../tools/ledger.ts";
import { createLedgerParts, type LedgerParts } from "../tools/ledgerParts.ts";
import type { PromptSource } from "../mcp/prompts.ts";
import type { RedactionSettings } from "../backends/redactedAnswer.ts";
import type { ToolSource } from "../tools/tool.ts";
import type { RunEnded } from "./runOptions.ts";

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

export function createAgent(options: AgentOptions): Agent {
  const { clock, random, keys } = options;
  const note = options.note ?? (() => {});
  const boot = bootIdFromBytes(random(ID_BYTES));
  const bootBox = boxKeyFromSeed(random(32));
  const pin = createRosterPin(options.pins, options.claimKey);
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
        runs.wake();
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
    readers: () => (pin.roster === null ? [] : readersOf(pin.roster)),
    random,
    send: connection.announce,
  });
  const runs = createActiveRuns({
    ...{ clock, random, keys, boot, connection, readers },
    backend: backendFor,
    tools: hostTools,
    onPush: () => {
      progress += 1;
    },
    onRunEnded: (ended) => options.onRunEnded?.(ended),
    onFinish: (outcome) => {
      note(`A run ended: ${outcome}.`);
      slots.free();
      announcer.tellOfQueue();
    },
  });
  announcer.announce();
  let ledger: Ledger | null = null;
  let ledgerParts: LedgerParts | null = null;

  function takeRoster(from: number, entries: readonly Uint8Array[], claim: Uint8Array | null): void {
    const outcome = pin.take(from, entries, claim);
    if (outcome.kind === "gap") return connection.getRoster(outcome.from);
    if (outcome.kind === "refused") return note(outcome.says);
    if (outcome.kind === "known") return;
    runs.end("revoked", ({ author }) => !isActiveMember(outcome.roster, author));
    readers.rosterGrew();
    announcer.tellReaders();
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
    if (runs.renew(verdict.offer)) return;
    // A grant that is played again.
    if (runs.wasAnswered(run)) return;
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
      const next = queue.take(runs.docs());
      if (next === null) return false;
      if (next.offer.grant.notAfter + clockSkewMs <= clock.now()) continue;
      runs.start(next.offer, next.offeredMs);
      return true;
    }
    return false;
  }

  /** In a temporary chat a device may ask for the prompts of tool servers instead. */
  function backendFor({ grant, request }: AcceptedOffer): Backend {
    const prompts = options.tools?.prompts;
    const isForPrompts = request.model === promptsModel && isTemporaryDoc(grant.doc);
    return prompts === undefined || !isForPrompts ? backend : createPromptsBackend(prompts);
  }

  function hostTools(): HostTools | undefined {
    if (options.tools === undefined) return undefined;
    const { sources, ledgerFile: file } = options.tools;
    const to = () => readersOf(currentRoster());
    ledger ??= openLedger({ file, vault: currentRoster().vault, keys, to, clock, random });
    const { redaction } = options;
    return { sources, ledger, roster: currentRoster, ...(redaction === undefined ? {} : { redaction }) };
  }

  /** Sealed to the owner's devices long before: nothing of it is read here. */
  function tellLedger(asker: AuthorId, from: number): void {
    if (options.tools === undefined || pin.roster === null || !canWrite(pin.roster, asker)) return;
    ledgerParts ??= createLedgerParts(options.tools.ledgerFile);
    const part = ledgerParts.read(from, entriesBytesMax);
    connection.sendLedger({ host: keys.id, asker, from, ...part });
  }

  /** A device took back what it lent, or says that the run is over. */
  function endGrant(run: RunId): void {
    queue.remove(run);
    announcer.tellOfQueue();
    runs.end("ended", ({ grant }) => grant.run === run);
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
      runs.end("drain");
      await Promise.race([runs.settled(), new Promise<void>((resolve) => clock.after(drainMs, resolve))]);
      runs.close();
      connection.close();
    },
  };
}

/** The devices: what is for their owner's eyes is sealed to each of them. */
function readersOf(roster: Roster): readonly Member[] {
  return [...roster.members.values()].filter(({ id }) => canWrite(roster, id));
}
