/** The host that runs, if one does: its parts, where it listens, what answers, who reaches it. */
import type { HostConfig } from "../config.ts";
import { createLargeModels } from "../fit/onThisMachine.ts";
import { createAddressCheck, TAILNET_NETWORKS } from "../door/tailnet.ts";
import type { HostStatus } from "../hostStatus.ts";
import { dayMs, incidentsWarning, vaultFullProblem, vaultFullWarning } from "./limits.ts";
import { note, ok, problem, warning, type Finding } from "./finding.ts";
import type { Machine } from "./machine.ts";
import { reachFindings } from "./reachFindings.ts";
import { sayShare } from "../watch/say.ts";
import { socketsOf, type TcpSocket } from "./sockets.ts";

const isLoopback = createAddressCheck(["127.0.0.0/8", "::1/128"]);
const isTailnet = createAddressCheck(TAILNET_NETWORKS);

export async function hostFindings(
  config: HostConfig,
  status: HostStatus | null,
  machine: Machine,
): Promise<readonly Finding[]> {
  if (status === null) return notRunning(config, machine);
  return [
    running(status),
    ...troubles(status, machine),
    claimed(status),
    ...vaultRoom(status),
    ...answers(status),
    ...(await fits(config, status, machine)),
    ...bindings(status, machine),
    ...(await reachFindings(config, status, machine)),
  ];
}

async function notRunning({ home, port, gatewayPort }: HostConfig, machine: Machine): Promise<readonly Finding[]> {
  const found: Finding[] = [note("host", `No host runs on ${home}.`, "sovereign up")];
  if (port !== 0 && !(await machine.canListen(port)))
    found.push(
      problem(
        "port",
        `Another program holds port ${port}, so the host could not start.`,
        `SOVEREIGN_PORT=${port + 1} sovereign up`,
      ),
    );
  if (gatewayPort !== null && gatewayPort !== 0 && !(await machine.canListen(gatewayPort)))
    found.push(
      note("gateway-port", `Another program holds port ${gatewayPort}; tools then reach the host at ${port}.`),
    );
  return found;
}

function running({ parts, upSeconds }: HostStatus): Finding {
  const bad = Object.entries(parts).filter(([, part]) => part !== null && part.state !== "running");
  if (bad.length === 0)
    return ok("host", `The host has run for ${Math.floor(upSeconds / 60)} minutes, and all its parts answer.`);
  const says = bad.map(([name, part]) => `${name} is ${part?.state ?? ""}`).join(", ");
  return problem("host", `The host runs, but ${says}.`, "SOVEREIGN_DEBUG=1 sovereign up, and read what it prints");
}

/** What the board knows and nothing else here looks at: a server that is missed, a part that stands still, a host that falls down again and again. */
function troubles({ services, incidents }: HostStatus, machine: Machine): readonly Finding[] {
  const now = services
    .filter(({ kind, trouble }) => kind === "backend" || trouble === "stalled")
    .flatMap(({ kind, name, trouble, lastError }) => {
      if (trouble === undefined) return [];
      const who = name ?? `The ${kind}`;
      const says = lastError?.says ?? trouble;
      return [warning("service", says.startsWith(who) ? says : `${who}: ${says}`, "sovereign status")];
    });
  const isNew = ({ to }: (typeof incidents)[number]): boolean => machine.nowMs() - (to ?? machine.nowMs()) < dayMs;
  const lately = incidents.filter((incident) => isNew(incident) && incident.kind !== "backend");
  if (lately.length < incidentsWarning) return now;
  const says = `${lately.length} things went wrong within a day: parts that stopped, or the host itself was gone.`;
  return [...now, warning("incidents", says, "sovereign status, then: sovereign logs --since 1d")];
}

function claimed(status: HostStatus): Finding {
  if (status.claimed) return ok("vault", "A vault has claimed this host; its printed link opens nothing more.");
  return warning(
    "vault",
    "No vault has claimed this host: whoever gets its printed link first can.",
    "sovereign status, then open the link that sovereign up printed",
  );
}

/** Past its share nothing more is stored here; what is written stays on the device it was written on. */
function vaultRoom({ share }: HostStatus): readonly Finding[] {
  if (!share) return [];
  const says = `Your vault takes ${sayShare(share)} that it may take on this host`;
  const mend =
    "give it more (SOVEREIGN_VAULT_GB, then start the host anew), or take something out of it: sovereign projects";
  if (share.bytes >= share.bytesMax * vaultFullProblem)
    return [problem("share", `${says}: it is full. What your devices write stays on them until there is room.`, mend)];
  if (share.bytes > share.bytesMax * vaultFullWarning) return [warning("share", `${says}: it is nearly full.`, mend)];
  return [ok("share", `${says}.`)];
}

function answers({ backend }: HostStatus): readonly Finding[] {
  if (backend === null) return [warning("backend", "The host has not found out yet what answers.", "sovereign models")];
  if (backend.kind === "guide")
    return [
      warning(
        "backend",
        "Only the built-in guide answers: no model server was found.",
        "start one (Ollama, vLLM, LM Studio, llama.cpp), or: sovereign models pull NAME",
      ),
    ];
  // One that is away has no models either, and says so itself.
  if (backend.models.length === 0 && backend.remark !== "")
    return [problem("backend", backend.remark, "start it on its machine; the host finds it by itself")];
  if (backend.models.length === 0)
    return [problem("backend", `${backend.label} answers, but has no model.`, "load a model there")];
  return [
    ok(
      "backend",
      `${backend.label} answers, with ${backend.models.length} model${backend.models.length === 1 ? "" : "s"}.`,
    ),
  ];
}

async function fits(config: HostConfig, { backend }: HostStatus, machine: Machine): Promise<readonly Finding[]> {
  if (backend === null || backend.kind === "guide") return [];
  const large = await createLargeModels(config.home, config.backend, machine);
  return large(backend.models).map(({ name, why }) => warning("fit", `${name}: ${why}`, "sovereign models"));
}

/** Only loopback and the tailnet's own addresses: there is no setting for more, so anything else is a fault of ours. */
function bindings(status: HostStatus, machine: Machine): readonly Finding[] {
  const sockets = socketsOf(machine, pidsOf(status));
  if (sockets === null)
    return [note("bindings", "What the host listens on cannot be seen on this system, or by this user.")];
  const listening = sockets.filter(({ state }) => state === "listening");
  const foreign = listening.filter(({ address }) => !isLoopback(address) && !status.tailnet.includes(address));
  if (foreign.length > 0) {
    const where = foreign.map(({ address, port }) => `${address}:${port}`).join(", ");
    return [
      problem(
        "bindings",
        `The host listens on ${where}, which is neither this machine nor the tailnet.`,
        "stop the host, and report this",
      ),
    ];
  }
  return [
    ok(
      "bindings",
      `The host listens in ${listening.length} place${listening.length === 1 ? "" : "s"}: this machine${status.tailnet.length === 0 ? "" : " and the tailnet"}, nothing else.`,
    ),
  ];
}

export function pidsOf({ pid, parts }: HostStatus): readonly number[] {
  return [
    pid,
    ...Object.values(parts)
      .map((part) => part?.pid ?? null)
      .filter((each) => each !== null),
  ];
}

/** Who the host is talking to at this moment, on other machines: nobody but what the owner configured. */
export function connections(status: HostStatus, machine: Machine): readonly TcpSocket[] | null {
  const sockets = socketsOf(machine, pidsOf(status));
  const listening = new Set(sockets?.filter(({ state }) => state === "listening").map(({ port }) => port));
  return (
    sockets?.filter(
      ({ state, peer, port }) => state === "connected" && !isLoopback(peer) && !isTailnet(peer) && !listening.has(port),
    ) ?? null
  );
}
