/** `--security`: what would help a thief of the machine, or another user of it, that the host cannot mend by itself. */
import type { HostConfig } from "../config.ts";
import { listKeys } from "../gateway/keys.ts";
import type { HostStatus } from "../hostStatus.ts";
import { note, ok, problem, warning, type Finding } from "./finding.ts";
import { connections, pidsOf } from "./hostFindings.ts";
import type { Machine } from "./machine.ts";

export function securityFindings(config: HostConfig, status: HostStatus | null, machine: Machine): readonly Finding[] {
  return [
    user(machine),
    coreDumps(status, machine),
    swap(machine),
    diskSeal(config.home, machine),
    egress(status, machine),
    keys(config.home),
    debug(config),
    container(machine),
  ].filter((finding) => finding !== null);
}

function user({ uid }: Machine): Finding | null {
  if (uid === null) return null;
  if (uid === 0)
    return warning(
      "root",
      "This runs as root: a fault in the host would be a fault of the whole machine.",
      "run it as a user of its own",
    );
  return ok("root", "This does not run as root.");
}

/** A crash of the agent would leave what it was answering on the disk. */
function coreDumps(status: HostStatus | null, machine: Machine): Finding | null {
  if (machine.platform !== "linux") return null;
  const pids: readonly (number | "self")[] = status === null ? ["self"] : pidsOf(status);
  const limits = pids.map(
    (pid) => /^Max core file size\s+(\S+)/m.exec(machine.readText(`/proc/${pid}/limits`) ?? "")?.[1],
  );
  const pattern = machine.readText("/proc/sys/kernel/core_pattern")?.trim() ?? "";
  const isPiped = pattern.startsWith("|");
  const mend = "ulimit -c 0 before sovereign up, or LimitCORE=0 in its unit";
  // A pipe is fed whatever the limit says, but for a limit of 1 (man 5 core).
  if (isPiped && !/^\|\s*\/(usr\/)?bin\/(false|true)\b/.test(pattern))
    return warning(
      "core-dumps",
      `A crash would hand the host's memory to ${pattern.slice(1).trim().split(" ")[0] ?? ""}, which may keep it on the disk.`,
      "sudo sysctl kernel.core_pattern=/dev/null, or tell that program to keep nothing",
    );
  if (limits.some((limit) => limit !== "0" && limit !== undefined) && pattern !== "/dev/null")
    return warning(
      "core-dumps",
      "A crash would write the host's memory to a file, with what was being answered.",
      mend,
    );
  return ok("core-dumps", "A crash leaves no memory on the disk.");
}

function swap(machine: Machine): Finding | null {
  const table = machine.readText("/proc/swaps");
  if (table === null) return null;
  const names = table
    .split("\n")
    .slice(1)
    .flatMap((line) => line.trim().split(/\s+/)[0] || []);
  // In memory, or sealed by the system.
  const open = names.filter((name) => !/^\/dev\/(zram|dm-|mapper\/)/.test(name));
  if (open.length === 0)
    return ok(
      "swap",
      names.length === 0 ? "There is no swap: memory does not reach the disk." : "Swap is in memory or sealed.",
    );
  return warning(
    "swap",
    `Memory may be written to ${open.join(", ")}, in the clear, and with it what was being answered.`,
    "sudo swapoff -a, or a sealed swap (zram, or dm-crypt with a random key)",
  );
}

/** The relay's log is ciphertext anyway; the host's identity and the keys of backends are not. */
function diskSeal(home: string, machine: Machine): Finding | null {
  if (machine.platform !== "linux") return null;
  const mounts = (machine.readText("/proc/self/mounts") ?? "").split("\n").map((line) => line.split(" "));
  const mount = mounts
    .filter(
      ([, point = ""]) =>
        point !== "" && (home === point || home.startsWith(point.endsWith("/") ? point : `${point}/`)),
    )
    .sort(([, a = ""], [, b = ""]) => b.length - a.length)[0];
  const device = mount?.[0] ?? "";
  if (/^\/dev\/(dm-|mapper\/)/.test(device) || mount?.[2] === "ecryptfs")
    return ok("disk-seal", "The disk below the home looks sealed by the system.");
  return note(
    "disk-seal",
    "The disk below the home does not look sealed. Your chats are ciphertext on it; this host's own keys are not, and who takes the disk could be this host until you remove it on a device.",
    "put the home on a LUKS volume",
  );
}

function egress(status: HostStatus | null, machine: Machine): Finding | null {
  if (status === null) return null;
  const open = connections(status, machine);
  if (open === null) return note("egress", "Who the host talks to cannot be seen on this system, or by this user.");
  if (open.length === 0)
    return ok("egress", "At this moment the host talks to nobody beyond this machine and the tailnet.");
  const where = [...new Set(open.map(({ peer, peerPort }) => `${peer}:${peerPort}`))].join(", ");
  return note(
    "egress",
    `At this moment the host is connected to ${where}: a backend that you configured, or a download that you asked for.`,
    "sovereign models says which backends are configured",
  );
}

function keys(home: string): Finding {
  const listed = listKeys(home);
  if (listed.length === 0) return ok("keys", "No tool has a key to the gateway.");
  return note(
    "keys",
    `${listed.length} tool${listed.length === 1 ? " has a key" : "s have keys"} to the gateway: ${listed.map(({ name }) => name).join(", ")}.`,
    "sovereign keys revoke NAME takes one back",
  );
}

function debug({ isDebug }: HostConfig): Finding {
  return isDebug
    ? problem(
        "debug",
        "SOVEREIGN_DEBUG is set: what the host's parts write, which may hold words of a chat, goes to its output and from there into logs.",
        "unset SOVEREIGN_DEBUG",
      )
    : ok("debug", "The host's parts keep their own words to themselves.");
}

function container(machine: Machine): Finding | null {
  const isInside =
    machine.readText("/.dockerenv") !== null ||
    /docker|containerd|podman/.test(machine.readText("/proc/1/cgroup") ?? "");
  const seccomp = /^Seccomp:\s+(\d)/m.exec(machine.readText("/proc/self/status") ?? "")?.[1];
  if (!isInside) return null;
  return seccomp === "0"
    ? warning(
        "container",
        "This runs in a container without a filter of system calls.",
        "leave out --privileged and seccomp=unconfined",
      )
    : ok("container", "This runs in a container with a filter of system calls.");
}
