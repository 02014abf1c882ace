/**
 * A tailnet on one machine: each machine of it is a network namespace, joined to the others by real WireGuard tunnels (wireguard-go),
 * with addresses as Tailscale and Headscale give them. Below, a bridge stands for the internet; nothing leaves this computer.
 *
 *   host ── 192.0.2.1 ─┐              wgX0 100.64.0.1
 *   phone ─ 192.0.2.2 ─┤ bridge       wgX1 100.64.0.2
 *   laptop  192.0.2.3 ─┘              wgX2 100.64.0.3
 *
 * It needs Linux, root, /dev/net/tun and Debian's wireguard-go, wireguard-tools and iproute2.
 */
import { randomBytes } from "node:crypto";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface LabMachine {
  readonly name: string;
  /** Its WireGuard interface. */
  readonly interfaceName: string;
  readonly address: string;
  /** `command` with what enters the machine before it. */
  enter(command: string, args: readonly string[]): readonly [string, string[]];
  /** A program that starts `command` in this machine, for who takes only a path. */
  wrapper(command: string): string;
  run(script: string): Promise<string>;
  /** Its tunnels carry nothing until they are joined again. */
  cut(): Promise<void>;
  join(): Promise<void>;
  /** As when a device gets another address of the tailnet. */
  setAddress(address: string): Promise<void>;
}

export interface TailnetLab {
  readonly machines: readonly LabMachine[];
  close(): Promise<void>;
}

const TOOLS = ["ip", "wg", "wireguard-go", "certutil"];

/** Why there can be none here; `null` when there can. */
export function whyNoLab(): string | null {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "making network namespaces needs root";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun";
  const missing = TOOLS.filter((tool) => spawnSync("which", [tool]).status !== 0);
  if (missing.length > 0)
    return `${missing.join(", ")} not installed (wireguard-go wireguard-tools iproute2 libnss3-tools)`;
  const probe = `sovereign-probe-${process.pid}`;
  const made = spawnSync("ip", ["netns", "add", probe]).status === 0;
  spawnSync("ip", ["netns", "del", probe]);
  return made ? null : "this machine lets nobody make network namespaces";
}

const MTU = 1_280;
const WG_PORT = 51_820;

/** `names`: one machine each, the first one's address ends in 1. */
export async function openTailnetLab(names: readonly string[]): Promise<TailnetLab> {
  // Interfaces of all namespaces share one folder of control sockets, so their names must be this lab's own.
  const id = (randomBytes(4).readUInt32BE() % 60_466_176).toString(36);
  const folder = mkdtempSync(join(tmpdir(), "sovereign-lab-"));
  const underlay = `sv${id}-u`;
  const tunnels: ChildProcess[] = [];
  const spaces: string[] = [];

  async function addSpace(space: string): Promise<void> {
    await shell(`ip netns add ${space} && ip -n ${space} link set lo up`);
    spaces.push(space);
  }

  async function close(): Promise<void> {
    for (const tunnel of tunnels) tunnel.kill("SIGKILL");
    for (const space of spaces) {
      // What was started in it and still lives ends with it.
      await shell(`ip netns pids ${space} | xargs -r kill -9; ip netns del ${space}`).catch(() => {});
    }
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await addSpace(underlay);
    await shell(`ip -n ${underlay} link add br0 type bridge && ip -n ${underlay} link set br0 up`);
    const keys: { readonly secret: string; readonly open: string }[] = [];
    for (let at = 0; at < names.length; at++) {
      const secret = await shell("wg genkey");
      const file = join(folder, `key${at}`);
      writeFileSync(file, secret, { mode: 0o600 });
      keys.push({ secret: file, open: await shell(`wg pubkey < '${file}'`) });
    }
    const machines: LabMachine[] = [];
    for (const [at, name] of names.entries()) machines.push(await addMachine(name, at));
    for (const at of names.keys()) await introduce(at);

    async function addMachine(name: string, at: number): Promise<LabMachine> {
      const [space, link] = [`sv${id}-${at}`, `sv${id}v${at}`];
      await addSpace(space);
      await shell(
        `ip link add ${link} netns ${underlay} type veth peer name eth0 netns ${space} && ip -n ${underlay} link set ${link} up master br0 && ip -n ${space} addr add 192.0.2.${at + 1}/24 dev eth0 && ip -n ${space} link set eth0 up`,
      );
      const interfaceName = `wg${id}${at}`;
      tunnels.push(spawn("ip", ["netns", "exec", space, "wireguard-go", "-f", interfaceName], { stdio: "ignore" }));
      await until(() => existsSync(`/var/run/wireguard/${interfaceName}.sock`));
      await shell(
        `ip netns exec ${space} wg set ${interfaceName} listen-port ${WG_PORT} private-key '${keys[at]?.secret ?? ""}' && ip -n ${space} addr add 100.64.0.${at + 1}/10 dev ${interfaceName} && ip -n ${space} link set ${interfaceName} mtu ${MTU} up`,
      );
      let address = `100.64.0.${at + 1}`;
      const enter = (command: string, args: readonly string[]): readonly [string, string[]] => [
        "ip",
        ["netns", "exec", space, command, ...args],
      ];
      return {
        name,
        interfaceName,
        get address() {
          return address;
        },
        enter,
        wrapper: (command) => {
          const path = join(folder, `${name}-${command.replaceAll("/", "-")}`);
          writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${space} '${command}' "$@"\n`);
          chmodSync(path, 0o755);
          return path;
        },
        run: (script) => shell(`ip netns exec ${space} sh -c '${script.replaceAll("'", "'\\''")}'`),
        cut: async () => void (await shell(`ip -n ${underlay} link set ${link} down`)),
        join: async () => void (await shell(`ip -n ${underlay} link set ${link} up`)),
        setAddress: async (next) => {
          await shell(
            // In this order: Linux takes an address's later neighbours along when it goes.
            `ip -n ${space} addr del ${address}/10 dev ${interfaceName} && ip -n ${space} addr add ${next}/10 dev ${interfaceName}`,
          );
          address = next;
          for (const other of machines) {
            if (other.interfaceName === interfaceName) continue;
            await other.run(`wg set ${other.interfaceName} peer ${keys[at]?.open ?? ""} allowed-ips ${next}/32`);
          }
        },
      };
    }

    async function introduce(at: number): Promise<void> {
      for (const [other, key] of keys.entries()) {
        if (other === at) continue;
        await machines[at]?.run(
          `wg set ${machines[at]?.interfaceName ?? ""} peer ${key.open} allowed-ips 100.64.0.${other + 1}/32 endpoint 192.0.2.${other + 1}:${WG_PORT}`,
        );
      }
    }
    return { machines, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function shell(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (code) => (code === 0 ? resolve(output.trim()) : reject(new Error(`${script}\n${output}`))));
  });
}

async function until(look: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await pause(50)) if (look()) return;
  throw new Error("A tunnel did not come up within 10 s.");
}
