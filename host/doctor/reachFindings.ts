/** How other devices reach this host: the tailnet, and by which certificate HTTPS ends here. */
import type { HostConfig } from "../config.ts";
import type { HostStatus } from "../hostStatus.ts";
import { describeStopped } from "../tailnet/describeStopped.ts";
import { describeHttps } from "../tls/describe.ts";
import { warnBeforeMs } from "../tls/limits.ts";
import { note, ok, problem, warning, type Finding } from "./finding.ts";
import type { Machine } from "./machine.ts";

export async function reachFindings(
  config: HostConfig,
  status: HostStatus,
  machine: Machine,
): Promise<readonly Finding[]> {
  if (status.tailnet.length === 0) return [await notReached(config, machine)];
  const says = `Your devices on the tailnet reach this host at ${status.tailnet.join(", ")}.`;
  return [ok("tailnet", says), ...https(config, status, machine)];
}

/** What is there and does not run is another thing than what is not there. */
async function notReached({ wireguard }: HostConfig, machine: Machine): Promise<Finding> {
  if (wireguard !== null)
    return warning(
      "tailnet",
      `The WireGuard interface ${wireguard} is not up, or has no private address, so only this machine reaches the host.`,
      `sudo wg show ${wireguard}, and ip address show ${wireguard}`,
    );
  const found = await machine.tailnet();
  const stopped = found === null ? null : describeStopped(found);
  if (stopped !== null) return warning("tailnet", stopped.says, stopped.mend);
  if (found !== null) {
    const says = `Tailscale runs, and the host has not found its interface with ${found.addresses.join(", ") || "an address"}, so only this machine reaches the host.`;
    return warning("tailnet", says, "tailscale status, then sovereign tailnet");
  }
  if ((await machine.run("tailscale", ["version"])) !== null)
    return warning(
      "tailnet",
      "Tailscale is installed, but its service does not answer, so only this machine reaches the host.",
      machine.platform === "linux" ? "sudo systemctl start tailscaled" : "start Tailscale",
    );
  return note(
    "tailnet",
    "No tailnet was found, so only this machine reaches the host.",
    "tailscale up, or SOVEREIGN_WIREGUARD=NAME for a WireGuard of your own",
  );
}

function https(config: HostConfig, status: HostStatus, machine: Machine): readonly Finding[] {
  const { says, origin, endsOn, install, missing } = describeHttps(status, machine.platform);
  const lacks = missing.map((sentence) => lacking(sentence, config, status));
  if (status.https === null || origin === null) return lacks;
  const leftMs = status.https.notAfter - machine.nowMs();
  const renew = RENEW[status.https.way];
  if (leftMs <= 0) {
    const expired = `The certificate in use ended on ${endsOn}, so browsers on other devices refuse it. ${says}`;
    return [problem("https", expired, renew), ...lacks];
  }
  if (leftMs < warnBeforeMs)
    return [warning("https", `The certificate in use ends on ${endsOn}. ${says}`, renew), ...lacks];
  const trust = install === null ? "" : ` It is told so by ${install.page}.`;
  return [ok("https", `${says} Open ${origin} there; it is good until ${endsOn}.${trust}`), ...lacks];
}

const RENEW = {
  tailscale: "tailscale cert, by hand: it says why none comes",
  files: "renew the files of SOVEREIGN_TLS_CERT and SOVEREIGN_TLS_KEY; the host takes them up by itself",
  local: "set this machine's clock right if it is not; else restart the host, which makes a new one",
} as const;

/** The sentences say themselves what to do. What hinders nobody, as a better way that this tailnet does not offer, is good to know and no more. */
function lacking(sentence: string, { certificate }: HostConfig, { https: state }: HostStatus): Finding {
  const mend = "sovereign tailnet, which says how devices come now";
  if (state === null || state.origins.length === 0) return problem("https", sentence, mend);
  return state.way === "local" && certificate === null
    ? note("https-better", sentence, mend)
    : warning("https-missing", sentence, mend);
}
