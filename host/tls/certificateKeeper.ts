/**
 * Keeps a certificate for the addresses that the tailnet gives this host, and renews it while running. Three ways, the first that has one
 * counts:
 *
 *   the owner's files (watched)  →  tailscaled's  →  the host's own authority, which always has one
 *
 * What a way before the one in use lacks is told as a sentence. A certificate in use stays so until it ends, whatever happens to where it
 * came from: tailscaled may be stopped, a file may be half written.
 */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { steadyClock, type LookClock } from "../door/lookClock.ts";
import { fileStamp } from "../home.ts";
import type { HttpsState } from "./httpsState.ts";
import { lookEveryMs, tailscaleAskEveryMs, tailscaleRetryMs, warnBeforeMs } from "./limits.ts";
import { openLocalAuthority, type LocalAuthority } from "./localAuthority.ts";
import { fingerprintOf, readPair, toDay, type Pair } from "./pair.ts";
import { askTailscaleCertificate, type TailscaleAnswer } from "./tailscaleCertificate.ts";

/** An address of this machine on the tailnet, and what the tailnet calls it. */
export interface NamedAddress {
  readonly address: string;
  readonly names: readonly string[];
}

export interface KeeperOptions {
  readonly home: string;
  readonly port: number;
  readonly files: { readonly certificate: string; readonly key: string } | null;
  readonly now: () => number;
  /** When it looks again; left out, by the machine's own time. */
  readonly clock?: LookClock;
  /** For tests: a stand-in for tailscaled. */
  readonly askTailscale?: (nowMs: number) => Promise<TailscaleAnswer>;
  /** For tests: an authority that makes no keys. */
  readonly openLocal?: typeof openLocalAuthority;
  readonly onPair: (pair: Pair) => void;
  readonly onState: (state: HttpsState) => void;
  readonly notify: (sentence: string) => void;
}

export interface CertificateKeeper {
  /** Where the tailnet reaches this host from now on. */
  setPlaces(places: readonly NamedAddress[]): void;
  /** PEM of the authority to install; `null` unless the way in use needs one. */
  authority(): string | null;
  state(): HttpsState | null;
  /** Looks now instead of at the next turn; resolves when it is done. */
  look(): Promise<void>;
  close(): void;
}

interface InUse {
  readonly way: HttpsState["way"];
  readonly pair: Pair;
}

export function createCertificateKeeper(options: KeeperOptions): CertificateKeeper {
  const { home, port, files, now, onPair, onState, notify } = options;
  const { clock = steadyClock, askTailscale = askTailscaleCertificate, openLocal = openLocalAuthority } = options;
  const told = new Set<string>();
  let places: readonly NamedAddress[] = [];
  let local: LocalAuthority | null = null;
  let inUse: InUse | null = null;
  let state: HttpsState | null = null;
  let seenFiles = "";
  let ownFiles: { readonly pair: Pair | null; readonly says: string | null } = { pair: null, says: null };
  let tailscale: { readonly pair: Pair | null; readonly says: string | null } = { pair: null, says: null };
  let askedMs = Number.NEGATIVE_INFINITY;
  let work: Promise<void> = Promise.resolve();
  let isClosed = false;

  /** One look at a time: a certificate that is being fetched is not asked for twice. */
  function look(): Promise<void> {
    work = work.then(lookOnce).catch((error: unknown) => {
      say(`HTTPS has no certificate right now (${error instanceof Error ? error.message : String(error)}).`);
    });
    return work;
  }

  async function lookOnce(): Promise<void> {
    if (isClosed || places.length === 0) return;
    const at = now();
    if (files !== null) lookAtFiles(files, at);
    if (ownFiles.pair === null) await lookAtTailscale(at);
    const missing = [ownFiles.says, tailscale.says].filter((sentence) => sentence !== null);
    // What Tailscale could give besides is told to who asks; what is wrong with a file of theirs the owner has to hear.
    if (ownFiles.says !== null) say(ownFiles.says);
    if (ownFiles.pair !== null) return use({ way: "files", pair: ownFiles.pair }, missing, at);
    if (tailscale.pair !== null) return use({ way: "tailscale", pair: tailscale.pair }, missing, at);
    local ??= await openLocal(home, allNames(), at);
    const names = local.allowed(allNames());
    if (names.length < allNames().length) missing.push(renamed);
    use(
      {
        way: "local",
        pair: await local.leaf(
          names,
          places.map(({ address }) => address),
          at,
        ),
      },
      missing,
      at,
    );
  }

  function allNames(): readonly string[] {
    return [...new Set(places.flatMap(({ names }) => names))];
  }

  function lookAtFiles({ certificate, key }: NonNullable<KeeperOptions["files"]>, at: number): void {
    const stamp = [certificate, key].map(fileStamp).join();
    const isOver = ownFiles.pair !== null && at > ownFiles.pair.notAfter;
    if (stamp === seenFiles && !isOver) return;
    seenFiles = stamp;
    const verdict = readFiles(certificate, key, at);
    if (verdict.kind === "good") {
      const ends = verdict.pair.notAfter;
      const isShort = ends - at < warnBeforeMs;
      ownFiles = {
        pair: verdict.pair,
        says: isShort ? `The certificate in ${certificate} ends on ${toDay(ends)}. Renew it in time.` : null,
      };
      return;
    }
    const isStillGood = ownFiles.pair !== null && !isOver;
    const instead = isStillGood
      ? "The one before it stays in use."
      : "Until then the host uses another, which devices may not know.";
    ownFiles = {
      pair: isStillGood ? ownFiles.pair : null,
      says: `The certificate in ${certificate} ${verdict.says}. Put a good one there; it is taken up by itself. ${instead}`,
    };
  }

  async function lookAtTailscale(at: number): Promise<void> {
    const everyMs = tailscale.pair === null ? tailscaleRetryMs : tailscaleAskEveryMs;
    const isOver = tailscale.pair !== null && at > tailscale.pair.notAfter;
    if (at - askedMs < everyMs && !isOver) return;
    askedMs = at;
    const answer = await askTailscale(at);
    if (answer.kind === "pair") tailscale = { pair: answer.pair, says: null };
    else tailscale = { pair: isOver ? null : tailscale.pair, says: answer.says };
  }

  function use(next: InUse, missing: readonly string[], at: number): void {
    if (isClosed) return;
    const isNew = next.pair.chain !== inUse?.pair.chain;
    inUse = next;
    if (isNew) onPair(next.pair);
    const { way, pair } = next;
    const isBehind = way === "local" && at < pair.notBefore;
    const before = JSON.stringify(state);
    state = {
      way,
      origins: originsOf(next, places, port),
      notAfter: pair.notAfter,
      authority: way === "local" && local !== null ? authorityOf(local, places, port) : null,
      missing: isBehind ? [...missing, clockBehind] : missing,
    };
    if (JSON.stringify(state) !== before) onState(state);
  }

  function say(sentence: string): void {
    if (!told.has(sentence)) notify(sentence);
    told.add(sentence);
  }

  let cancelLook = (): void => {};
  function follow(): void {
    cancelLook = clock.after(lookEveryMs, () => {
      follow();
      void look();
    });
  }
  follow();
  return {
    setPlaces: (next) => {
      // tailscaled gives a certificate for a name: another name is another question.
      if (JSON.stringify(next) !== JSON.stringify(places)) askedMs = Number.NEGATIVE_INFINITY;
      places = next;
      void look();
    },
    authority: () => (inUse?.way === "local" ? (local?.certificate ?? null) : null),
    state: () => state,
    look,
    close: () => {
      isClosed = true;
      cancelLook();
    },
  };
}

const renamed =
  "This machine has another name than when your devices were told to trust it, so only its address works. To use the new name, stop the host, delete the folder tls in its home, start it again, and install the new certificate on each device.";
const clockBehind =
  "This machine's clock is behind: its own certificate has not begun yet. Set the clock right, and other devices can connect again.";

/** What to open on another device, the best first: a name that the certificate holds, then the addresses that it holds. */
function originsOf({ way, pair }: InUse, places: readonly NamedAddress[], port: number): readonly string[] {
  const known = places.flatMap(({ names }) => names);
  // One of ours may still hold a name that this machine had once.
  const held = way === "local" ? [] : pair.names.filter((name) => !name.startsWith("*."));
  const names = [...known.filter((name) => pair.leaf.checkHost(name) !== undefined), ...held];
  const addresses = places.map(({ address }) => address).filter((each) => pair.leaf.checkIP(each) !== undefined);
  // A name without a dot is a device's own to complete; the whole one comes first.
  const sorted = [...new Set(names)].sort((one, other) => Number(other.includes(".")) - Number(one.includes(".")));
  return [...sorted, ...addresses.map(bracketed)].map((host) => new URL(`https://${host}:${port}`).origin);
}

function authorityOf({ certificate }: LocalAuthority, places: readonly NamedAddress[], port: number) {
  const host = bracketed(places[0]?.address ?? "");
  return { page: `http://${host}:${port}/certificate`, fingerprint: fingerprintOf(certificate) };
}

export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

function readFiles(certificate: string, key: string, at: number): ReturnType<typeof readPair> {
  try {
    return readPair(readFileSync(key, "utf8"), readFileSync(certificate, "utf8"), at);
  } catch {
    // reason: not there, or not for this user; either way the owner has to see to it.
    return { kind: "bad", says: `or its key in ${key} cannot be opened by this user` };
  }
}
