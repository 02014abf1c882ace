/** S-19, T-07: what the whole host listens on, read from the kernel, in networks that are not what they seem. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canMakeNamespaces, HOLD_TUN, openNamespace, type NetworkNamespace } from "./testing/networkNamespace.ts";
import { writeTestApp } from "./testing/testRelay.ts";

const canRun = canMakeNamespaces();
if (!canRun) console.log("binding.test.ts was not run: it needs Linux, namespaces, ip and python3.");

const address = "100.101.102.103";
const address6 = "fd7a:115c:a1e0::53";
let folder: string;
let network: NetworkNamespace;
let hostPid: number;
beforeEach(async () => {
  if (!canRun) return;
  folder = mkdtempSync(join(tmpdir(), "sovereign-binding-"));
  network = await openNamespace();
  writeFileSync(join(folder, "tun.py"), HOLD_TUN);
  writeTestApp(join(folder, "app"));
  writeFileSync(join(folder, "log"), "");
  hostPid = 0;
});
afterEach(async () => {
  if (!canRun) return;
  if (hostPid !== 0) process.kill(hostPid, "SIGTERM");
  await pause(1_500);
  network.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every way in which an owner, or somebody who may set variables, could ask for more than loopback. */
const HOSTILE = {
  HOST: "0.0.0.0",
  BIND: "0.0.0.0",
  LISTEN: "::",
  SOVEREIGN_HOST: "0.0.0.0",
  SOVEREIGN_BIND: "::",
  SOVEREIGN_ADDRESS: "100.64.7.7",
  SOVEREIGN_LISTEN: "0.0.0.0:4242",
  SOVEREIGN_WIREGUARD: "eth9",
  NITRO_HOST: "0.0.0.0",
};

async function startHost(environment: Record<string, string> = HOSTILE): Promise<number> {
  const set = Object.entries({
    ...environment,
    HOME: folder,
    SOVEREIGN_HOME: join(folder, "home"),
    SOVEREIGN_PORT: "0",
    SOVEREIGN_NO_OPEN: "1",
    SOVEREIGN_APP_DIR: join(folder, "app"),
  }).map(([name, value]) => `${name}='${value}'`);
  const log = join(folder, "log");
  hostPid = await network.start(
    `env ${set.join(" ")} '${process.execPath}' '${join(import.meta.dirname, "main.ts")}' > '${log}' 2>&1`,
  );
  const port = await until(() => /^Open: http:\/\/localhost:(\d+)\//m.exec(readFileSync(log, "utf8"))?.[1]);
  return Number(port);
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>, withinMs = 15_000): Promise<T> {
  for (const end = performance.now() + withinMs; performance.now() < end; await pause(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`Not within ${withinMs} ms: ${readFileSync(join(folder, "log"), "utf8")}`);
}

/** Addresses that anybody in that network listens on, as the kernel has them. */
function listening(kind: "tcp" | "udp", port?: number): readonly string[] {
  const states = { tcp: "0A", udp: "07" };
  const found = new Set<string>();
  for (const table of [kind, `${kind}6`]) {
    for (const line of readFileSync(`/proc/${hostPid}/net/${table}`, "utf8").split("\n").slice(1)) {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const [hex = "", portHex = ""] = local.split(":");
      if (state === states[kind] && (port === undefined || Number.parseInt(portHex, 16) === port))
        found.add(readHex(hex));
    }
  }
  return [...found].sort();
}

/** Words of four bytes, each in this machine's order. */
function readHex(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  if (bytes.length === 4) return bytes.join(".");
  const groups = [...(bytes.toString("hex").match(/.{4}/g) ?? [])].map((group) => group.replace(/^0+(?=.)/, ""));
  return groups.join(":").replace(/(?:^|:)0(?::0)+(?::|$)/, "::");
}

async function isListening(kind: "tcp" | "udp", port: number, expected: readonly string[]): Promise<void> {
  const wanted = [...expected].sort().join();
  await until(() => (listening(kind, port).join() === wanted ? true : undefined)).catch(() =>
    expect(listening(kind, port)).toEqual([...expected].sort()),
  );
}

/** The status of a request that names `host`, on a connection to `to`. */
async function statusOf(to: string, port: number, host: string): Promise<string> {
  const request = `GET /healthz HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`;
  const script = `const s=require("net").connect(${port},"${to}",()=>s.write("${request}"));s.on("data",d=>process.stdout.write(d));s.on("error",e=>console.log("none "+e.code))`;
  return (await network.run(`'${process.execPath}' -e '${script}'`)).replace(/^HTTP\/1\.1 /, "").slice(0, 3);
}

/** The same through TLS, whoever signed it. */
async function secureStatusOf(to: string, port: number, host: string): Promise<string> {
  const request = `GET /healthz HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`;
  const script = `const s=require("tls").connect({port:${port},host:"${to}",rejectUnauthorized:false},()=>s.write("${request}"));s.on("data",d=>process.stdout.write(d));s.on("error",e=>console.log("none "+e.code))`;
  return (await network.run(`'${process.execPath}' -e '${script}'`)).replace(/^HTTP\/1\.1 /, "").slice(0, 3);
}

describe.runIf(canRun)("T-07, S-19 the host", { timeout: 90_000 }, () => {
  const loopback = ["127.0.0.1", "::1"];
  const addTailscale = async (): Promise<void> => {
    await network.start(`python3 '${join(folder, "tun.py")}' tailscale0`);
    await until(() =>
      network.run("ip link set tailscale0 up").then(
        () => true,
        () => undefined,
      ),
    );
    await network.run(`ip addr add ${address}/32 dev tailscale0; ip -6 addr add ${address6}/128 dev tailscale0`);
  };

  it("listens on loopback alone, whatever is set, and on the tailnet while there is one", async () => {
    // A carrier's address on a card, a card with a private and one with a public address.
    await network.run(
      "ip link add eth9 type veth peer name eth10; ip link set eth9 up; ip link set eth10 up; ip addr add 100.64.7.7/10 dev eth9; ip addr add 192.168.7.7/24 dev eth9; ip addr add 203.0.113.7/24 dev eth10",
    );
    const port = await startHost();
    await pause(3_000);
    expect(listening("tcp")).toEqual(loopback);
    expect(listening("udp")).toEqual([]);
    expect(readFileSync(join(folder, "log"), "utf8")).toMatch(/SOVEREIGN_WIREGUARD names eth9, which is no WireGuard/);

    await addTailscale();
    await isListening("tcp", port, [...loopback, address, address6]);
    await isListening("udp", 3_478, [address, address6]);
    expect(listening("tcp")).toEqual([...loopback, address, address6].sort());
    // In plain HTTP a person is shown the way to HTTPS.
    await until(async () => ((await statusOf(address, port, `${address}:${port}`)) === "308" ? true : undefined));
    expect(await statusOf(address6, port, `[${address6}]:${port}`)).toBe("308");
    expect(await secureStatusOf(address, port, `${address}:${port}`)).toBe("200");
    expect(await secureStatusOf(address6, port, `[${address6}]:${port}`)).toBe("200");
    expect(await secureStatusOf(address, port, `localhost:${port}`)).toBe("403");
    expect(await secureStatusOf(address, port, `evil.example:${port}`)).toBe("403");
    // Who stands at one door does not call at the other.
    expect(await statusOf(address, port, `localhost:${port}`)).toBe("403");
    expect(await statusOf("127.0.0.1", port, `${address}:${port}`)).toBe("403");
    expect(await statusOf(address, port, `evil.example:${port}`)).toBe("403");

    const question = `const s=require("dgram").createSocket("udp4");s.on("message",m=>{console.log(m.length,m[0],m[1]);s.close()});s.bind(0,"${address}",()=>s.send(Buffer.from("000100002112a4420102030405060708090a0b0c","hex"),3478,"${address}"));setTimeout(()=>process.exit(),5000).unref()`;
    expect(await network.run(`'${process.execPath}' -e '${question}'`)).toBe("32 1 1");

    // A new address is followed; the relay is started anew, and answers STUN there again.
    await network.run(`ip addr add 100.101.102.104/32 dev tailscale0; ip addr del ${address}/32 dev tailscale0`);
    await isListening("tcp", port, [...loopback, "100.101.102.104", address6]);
    await isListening("udp", 3_478, ["100.101.102.104", address6]);

    // The very address turns up on a card: that is no longer the tailnet's.
    await network.run("ip addr add 100.101.102.104/32 dev eth10");
    await isListening("tcp", port, [...loopback, address6]);

    await network.run("ip link del tailscale0");
    await isListening("tcp", port, loopback);
    await isListening("udp", 3_478, []);
    expect(await statusOf("127.0.0.1", port, `localhost:${port}`)).toBe("200");
    expect(readFileSync(join(folder, "log"), "utf8")).toMatch(
      /other devices do not reach this host now: its tailnet is gone/,
    );
  });

  it("takes tailscaled's word for its addresses and names", async () => {
    const answer = JSON.stringify({
      BackendState: "Running",
      Self: { TailscaleIPs: [address], DNSName: "host.tail1234.ts.net." },
    });
    writeFileSync(
      join(folder, "tailscaled.cjs"),
      `require("http").createServer((q,r)=>r.end(q.url.startsWith("/localapi/v0/status")&&q.headers.host==="local-tailscaled.sock"?${JSON.stringify(answer)}:"")).listen("/var/run/tailscale/tailscaled.sock")`,
    );
    await network.run("mkdir -p /var/run/tailscale");
    await network.start(`'${process.execPath}' '${join(folder, "tailscaled.cjs")}'`);
    await addTailscale();
    await network.run("ip addr add 100.101.102.99/32 dev tailscale0");
    const port = await startHost({});
    await isListening("tcp", port, [...loopback, address]);
    await until(async () =>
      (await statusOf(address, port, `host.tail1234.ts.net:${port}`)) === "308" ? true : undefined,
    );
    expect(await statusOf(address, port, `host:${port}`)).toBe("308");
    expect(await secureStatusOf(address, port, `host.tail1234.ts.net:${port}`)).toBe("200");
    expect(await secureStatusOf(address, port, `host:${port}`)).toBe("200");
    expect(await secureStatusOf(address, port, `${address}:${port}`)).toBe("200");
    expect(await statusOf("127.0.0.1", port, `host.tail1234.ts.net:${port}`)).toBe("403");
  });
});
