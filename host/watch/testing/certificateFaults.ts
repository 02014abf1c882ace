/** tailscaled that gives no certificate, takes its time, or keeps changing its mind, and the keeper that asks it (tls/certificateKeeper.ts). */
import type { X509Certificate } from "node:crypto";
import { createCertificateKeeper, type KeeperOptions } from "../../tls/certificateKeeper.ts";
import { issueAuthority } from "../../tls/issue.ts";
import { certificateAnswerMsMax, lookEveryMs, tailscaleRetryMs } from "../../tls/limits.ts";
import type { Pair } from "../../tls/pair.ts";
import type { TailscaleAnswer } from "../../tls/tailscaleCertificate.ts";
import { createServiceWorld, type ServiceOutcome } from "./serviceWorld.ts";
import type { Fault } from "./simulateFaults.ts";

const name = "gpu.tail1234.ts.net";
const hourMs = 3_600_000;
/** Made once: what is asked of it here is to be one. */
const { certificate } = await issueAuthority([name], "Host", 1_800_000_000_000);
/** A leaf that holds every name: what a certificate says is looked at elsewhere (tls/certificateKeeper.test.ts). */
const leaf = { checkHost: (host: string) => host, checkIP: (address: string) => address } as unknown as X509Certificate;

function makePair(chain: string, notBefore: number, notAfter: number): Pair {
  return { key: "", chain, leaf, notBefore, notAfter, names: [name], addresses: [] };
}

/** Asked again after this at the latest, and an answer may take as long as it may. */
export const certificateBackMsMax = tailscaleRetryMs + lookEveryMs + certificateAnswerMsMax + 1_000;

export async function simulateCertificate(fault: Fault, seed: number): Promise<ServiceOutcome> {
  const world = createServiceWorld("certificate", fault, seed);
  const { random, board } = world;
  let state: "well" | "hung" | "refusing" = "well";
  let answerMs = 20;
  let [issued, swaps] = [0, 0];
  /** Real ones live for ninety days; these end while somebody looks. */
  const lifeMs = fault === "slow" ? 9 * hourMs : 5 * hourMs;
  /** The one that tailscaled has: it renews by itself while it is well. */
  let held = makePair("tailscale 0", world.now(), world.now() + lifeMs);
  let way = "";

  const askTailscale = async (): Promise<TailscaleAnswer> => {
    if (state === "hung") {
      await world.sleep(certificateAnswerMsMax);
      return { kind: "none", says: "Tailscale has not fetched a certificate yet." };
    }
    await world.sleep(answerMs);
    if (state === "refusing") return { kind: "none", says: "Tailscale could not fetch a certificate." };
    if (held.notAfter - world.now() < lifeMs / 3) {
      issued += 1;
      held = makePair(`tailscale ${issued}`, world.now(), world.now() + lifeMs);
    }
    return { kind: "pair", pair: held };
  };
  const local: Awaited<ReturnType<NonNullable<KeeperOptions["openLocal"]>>> = {
    certificate,
    allowed: (names) => names,
    leaf: async () => makePair("local", world.now(), world.now() + 1_000 * hourMs),
  };
  const keeper = createCertificateKeeper({
    ...{ home: world.home, port: 4242, files: null, now: world.now, clock: world, askTailscale },
    openLocal: async () => local,
    onPair: () => (swaps += 1),
    onState: (now) => {
      ({ way } = now);
      board.setCertificate(now);
    },
    notify: () => {},
  });
  keeper.setPlaces([{ address: "100.101.102.103", names: [name] }]);
  const recoveredMs: number[] = [];
  let [due, missed] = [1, 0];
  const isFromTailscale = (): boolean => way === "tailscale";
  const recover = async (): Promise<void> => {
    const ms = await world.until(isFromTailscale, certificateBackMsMax);
    if (ms === null) missed += 1;
    else recoveredMs.push(ms);
  };

  await world.pass(random.between(1_000, 600_000));
  if (!isFromTailscale()) missed += 1;
  if (fault === "slow") {
    // As slow as a first certificate from the internet: nobody notices, and it is renewed in time.
    answerMs = random.between(5_000, certificateAnswerMsMax - 1_000);
    await world.pass(7 * hourMs);
    due += issued;
  } else {
    const isLong = fault !== "flap" && random.chance(0.5);
    if (isLong) {
      // Until the one in use has ended: the host's own takes its place, and gives it back.
      state = fault === "hang" ? "hung" : "refusing";
      await world.pass(held.notAfter - world.now());
      if ((await world.until(() => way === "local", lookEveryMs + certificateAnswerMsMax + 1_000)) === null)
        missed += 1;
      await world.pass(random.between(0, hourMs));
      if (world.line("certificate")?.state !== "well") missed += 1;
      due += 2;
    } else {
      const turns = fault === "flap" ? random.between(5, 12) : 1;
      for (let turn = 0; turn < turns; turn += 1) {
        state = fault === "hang" ? "hung" : "refusing";
        await world.pass(random.between(60_000, 600_000));
        // While it lasts, the one in use stays so.
        if (!isFromTailscale()) missed += 1;
        state = "well";
        await world.pass(random.between(60_000, 600_000));
      }
    }
    state = "well";
    await recover();
  }
  const needless = Math.max(0, swaps - due);
  await world.pass(120_000);
  // That it ends within days is so here, and is said.
  const isWell = isFromTailscale() && world.line("certificate")?.trouble === "expiring";
  const incidents = world.incidentsOf("certificate");
  keeper.close();
  world.close();
  return { needless, missed, recoveredMs, isWell, incidents };
}
