/**
 * A network of its own for a test: interfaces with any name, kind and address, and processes that see nothing else. It
 * needs Linux, root or user namespaces, and `ip`, `unshare`, `python3`; where one is missing, `null`.
 */
import { spawn, spawnSync } from "node:child_process";

export interface NetworkNamespace {
  /** Runs a script of bash in it and gives back what it printed; throws when it fails. */
  run(script: string): Promise<string>;
  /** Starts one that goes on; gives its process id. */
  start(script: string): Promise<number>;
  close(): void;
}

const ENTER = process.getuid?.() === 0 ? ["-nm"] : ["-Urnm"];
const PREPARE = "mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && ip link set lo up";

export function canMakeNamespaces(): boolean {
  const probe = `${PREPARE} && python3 --version && ip tuntap add dev probe0 mode tun && ip link add a0 type veth peer name b0`;
  return process.platform === "linux" && spawnSync("unshare", [...ENTER, "bash", "-c", probe]).status === 0;
}

/** Holds a TUN device open, without which it has no carrier and the system does not list it as running. */
export const HOLD_TUN = `
import fcntl, os, signal, struct, sys
for name in sys.argv[1:]:
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH", name.encode(), 0x1001))
    os.set_inheritable(fd, True)
signal.pause()
`;

export async function openNamespace(): Promise<NetworkNamespace> {
  const shell = spawn("unshare", [...ENTER, "bash"], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  let wake = (): void => {};
  shell.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    wake();
  });
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;

  function ask(script: string): Promise<string> {
    const answer = last.then(async () => {
      const mark = `--${++count}--`;
      output = "";
      shell.stdin.write(`{ ${script}\n} 2>&1 </dev/null\necho "${mark}$?"\n`);
      const end = new RegExp(`${mark}(\\d+)\\n`);
      while (!end.test(output)) await new Promise<void>((resolve) => (wake = resolve));
      const [printed = "", status] = output.split(end);
      if (status !== "0") throw new Error(`${script}\n${printed}`);
      return printed.trim();
    });
    last = answer.catch(() => {});
    return answer;
  }

  await ask(PREPARE);
  return {
    run: ask,
    start: async (script) => Number(await ask(`${script} & echo $!`)),
    close: () => {
      shell.stdin.end("kill -9 $(jobs -p) 2>/dev/null\nexit\n");
    },
  };
}
