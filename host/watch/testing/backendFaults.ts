/** A model server that hangs, is slow, falls or keeps falling, and the pool that looks after it (backends/pool.ts), with a person who asks now and then. */
import { unknownModel } from "../../backends/backend.ts";
import { awayError, silentError } from "../../backends/backendErrors.ts";
import { backendLimits, missedProbesMax, probeEveryMs } from "../../backends/limits.ts";
import { openPool, type Pool, type PoolOptions } from "../../backends/pool.ts";
import { createServiceWorld, type ServiceOutcome } from "./serviceWorld.ts";
import type { Fault } from "./simulateFaults.ts";

const name = "box";
const path = "/v1/chat/completions";

export async function simulateBackend(fault: Fault, seed: number): Promise<ServiceOutcome> {
  const world = createServiceWorld("backend", fault, seed);
  const { random, board } = world;
  const isNear = random.chance(0.5);
  const baseUrl = isNear ? "http://127.0.0.1:8000/v1" : "http://10.0.0.2:8000/v1";
  /** Of the server. */
  let [isAlive, isHung, slowMs] = [true, false, 0];
  let freed = Promise.withResolvers<void>();
  let [downs, wasUp] = [0, true];

  const probe: PoolOptions["probe"] = async (_target, timeoutMs) => {
    if (!isAlive) {
      await world.sleep(1);
      throw awayError(name, new Error("refused"));
    }
    const late = world.sleep(timeoutMs).then(() => "late" as const);
    const answered = isHung ? freed.promise : world.sleep(slowMs + random.between(5, 40));
    if ((await Promise.race([late, answered])) === "late") throw silentError(name, timeoutMs);
    return { product: "vLLM", isSovereign: false, models: [unknownModel("m")] };
  };
  const tell = ({ members }: Pick<Pool, "members">): void => {
    const isUp = members[0]?.isUp === true;
    if (wasUp && !isUp) downs += 1;
    wasUp = isUp;
    board.setBackends(
      members.map(({ where, isUp: up, isMissed, says }) => ({ name: where, isUp: up, isMissed, says })),
    );
  };
  const opening = openPool({
    ...{ clock: world, ownPorts: [], limits: backendLimits, probe, onChange: tell },
    settings: {
      backends: [{ name, baseUrl, keyFile: null, place: "local", maxConcurrent: 4 }],
      ...{ files: [], routes: new Map(), onChange: "warn" },
    },
  });
  await world.pass(100);
  const pool = await opening;
  tell(pool);
  const isUsed = (): boolean => pool.backend.models.length > 0;
  const ask = async (): Promise<void> => {
    const picked = await pool.pickBackend("m", path).catch(() => null);
    picked?.release(isAlive && !isHung);
  };

  const recoveredMs: number[] = [];
  let [due, missed] = [0, 0];
  const isShown = (): boolean => world.line("backend")?.state === "trouble" && !isUsed();
  /** In which a server that nobody asks is found to be gone: three looks, each of which may last as long as it may. */
  const noticedMsMax = missedProbesMax * (probeEveryMs + 4_000);
  const recover = async (): Promise<void> => {
    const ms = await world.until(isUsed, 60_000);
    if (ms === null) missed += 1;
    else recoveredMs.push(ms);
  };
  const revive = (): void => {
    [isAlive, isHung, slowMs] = [true, false, 0];
    freed.resolve();
    freed = Promise.withResolvers();
  };

  await world.pass(random.between(1_000, 40_000));
  const isAsked = random.chance(0.5);
  if (fault === "slow") {
    const longest = isNear ? 2_900 : 3_900;
    const isBrief = random.chance(0.5);
    // As slow as may be for long; or, for as long as two looks, slower than that.
    slowMs = isBrief ? 30_000 : random.between(200, longest);
    await world.pass(isBrief ? random.between(1_000, 2 * probeEveryMs) : random.between(60_000, 300_000));
    revive();
    await world.pass(30_000);
  } else {
    const falls = fault === "flap" ? random.between(5, 12) : 1;
    for (let fall = 0; fall < falls; fall += 1) {
      isAlive = fault === "hang";
      isHung = fault === "hang";
      const wasShown = !isUsed();
      if (fault === "flap") {
        // Each is noticed at once when somebody asks; nobody is told of a fall that was over before.
        await world.pass(500);
        if (isAsked) for (let asked = 0; asked < missedProbesMax; asked += 1) await ask();
        const isNoticed = isAsked && !wasShown;
        if (isNoticed && !isShown()) missed += 1;
        await world.pass(random.between(2_000, 15_000));
      } else {
        if (isAsked) for (let asked = 0; asked < missedProbesMax; asked += 1) await ask();
        if ((await world.until(isShown, isAsked ? 0 : noticedMsMax)) === null) missed += 1;
        await world.pass(random.between(1_000, isNear ? 600_000 : 50_000));
      }
      due += 1;
      revive();
      if (fault === "flap" && fall < falls - 1) await world.pass(random.between(100, 6_000));
      else await recover();
    }
  }
  const needless = Math.max(0, downs - due);
  await world.pass(120_000);
  const isWell = isUsed() && world.line("backend")?.state === "well" && pool.members[0]?.isUp === true;
  const incidents = world.incidentsOf("backend");
  await pool.close();
  world.close();
  return { needless, missed, recoveredMs, isWell, incidents };
}
