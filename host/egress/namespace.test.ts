/**
 * What a host sends out of its machine while it is used: nothing. It runs in a network with a card, a route to everywhere and a name server, and every frame that
 * leaves by that card is written down, also a question for the route's own address, which comes before any packet to anywhere.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { canMakeNamespaces, openNamespace, type NetworkNamespace } from "../testing/networkNamespace.ts";
import { writeTestApp } from "../testing/testRelay.ts";

const canRun = canMakeNamespaces();
if (!canRun) console.log("egress/namespace.test.ts was not run: it needs Linux, namespaces, ip and python3.");

/** One line for each frame that goes out: what it carries ("0806" asks who has an address, "0800" is IPv4), then all of it. */
const WATCH = `
import socket
card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
card.bind(("out0", 0))
print("watching", flush=True)
while True:
    frame, (_, kind, direction, *_) = card.recvfrom(65535)
    if direction == 4:
        print("%04x" % kind, frame.hex(), flush=True)
`;
const host = join(import.meta.dirname, "../main.ts");
const cli = join(import.meta.dirname, "../cli/main.ts");
const scripted = join(import.meta.dirname, "../testing/scriptedBackend.ts");

let folder: string;
let network: NetworkNamespace;
const pids: number[] = [];
beforeEach(async () => {
  if (!canRun) return;
  folder = mkdtempSync(join(tmpdir(), "sovereign-egress-"));
  network = await openNamespace();
  for (const file of ["frames", "host", "backend"]) writeFileSync(join(folder, file), "");
  writeFileSync(join(folder, "watch.py"), WATCH);
  writeFileSync(join(folder, "resolv.conf"), "nameserver 192.0.2.53\n");
  writeTestApp(join(folder, "app"));
});
afterEach(async () => {
  if (!canRun) return;
  for (const pid of pids) process.kill(pid, "SIGTERM");
  // They write into the folder until they are gone.
  while (pids.some(isThere)) await pause(50);
  pids.length = 0;
  network.close();
  rmSync(folder, { recursive: true, force: true });
});

const readOf = (file: string): string => readFileSync(join(folder, file), "utf8");
const frames = (): readonly string[] => readOf("frames").trim().split("\n").slice(1);

async function until(file: string, words: RegExp): Promise<string> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(100)) {
    const found = words.exec(readOf(file));
    if (found !== null) return found[1] ?? "";
  }
  throw new Error(`${words} did not come: ${readOf(file)}`);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // reason: so the system says that there is no such process.
    return false;
  }
}

const node = (script: string): string => `'${process.execPath}' --input-type=module -e '${script}'`;

it.runIf(canRun)(
  "EG1 it is found by, and asks, what runs on its own machine, and sends nothing to any other",
  { timeout: 90_000 },
  async () => {
    await network.run(
      `mount --bind '${join(folder, "resolv.conf")}' /etc/resolv.conf
ip link add out0 type veth peer name far0
echo 1 > /proc/sys/net/ipv6/conf/out0/disable_ipv6
ip link set out0 up && ip link set far0 up && ip addr add 192.0.2.7/24 dev out0 && ip route add default via 192.0.2.1`,
    );
    pids.push(await network.start(`python3 '${join(folder, "watch.py")}' > '${join(folder, "frames")}' 2>&1`));
    await until("frames", /watching/);
    // Where a host that is told nothing looks for vLLM.
    const serve = `const { startScriptedBackend } = await import("${scripted}"); await startScriptedBackend({ port: 8000 }); console.log("serving")`;
    pids.push(await network.start(`${node(serve)} > '${join(folder, "backend")}' 2>&1`));
    await until("backend", /serving/);
    const environment = `env -i PATH="$PATH" HOME='${folder}' SOVEREIGN_HOME='${join(folder, "home")}' SOVEREIGN_PORT=0 SOVEREIGN_NO_OPEN=1 SOVEREIGN_APP_DIR='${join(folder, "app")}'`;
    pids.push(await network.start(`${environment} '${process.execPath}' '${host}' > '${join(folder, "host")}' 2>&1`));
    const port = await until("host", /^Open: http:\/\/localhost:(\d+)\//m);
    const command = (words: string): Promise<string> =>
      network.run(`${environment} '${process.execPath}' '${cli}' ${words}`);
    await command("join --new");
    expect(await command("chat --json hello")).toContain("Hello from a scripted model.");
    const { key } = JSON.parse(await command("keys create Editor --json")) as { key: string };
    const models = `const answer = await fetch("http://127.0.0.1:${port}/v1/models", { headers: { authorization: "Bearer ${key}" } }); console.log(await answer.text())`;
    expect(await network.run(node(models))).toContain("scripted-model");
    const tool = `const answer = await fetch("http://127.0.0.1:${port}/v1/chat/completions", { method: "POST", headers: { authorization: "Bearer ${key}", "content-type": "application/json" }, body: JSON.stringify({ model: "scripted-model", messages: [] }) }); console.log(answer.status)`;
    expect(await network.run(node(tool))).toContain("200");
    expect(await command("status")).toContain("scripted-model");
    await command("doctor || true");
    expect(frames()).toEqual([]);
    // Its parts tell it at their end what they have not told yet, and the ledger has all of it.
    const [running] = pids.splice(-1);
    process.kill(running ?? 0, "SIGTERM");
    while (isThere(running ?? 0)) await pause(50);
    expect(await command("egress 2>&1")).toMatch(/^Nothing left this machine by the host since /);
    const rows = (await command("egress --all --json"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    for (const by of ["agent", "gateway"])
      expect(rows).toContainEqual(
        expect.objectContaining({ by, why: "backend", to: "127.0.0.1:8000", isThisMachine: true }),
      );
    expect(rows).not.toContainEqual(expect.objectContaining({ why: "refused" }));

    // What would be seen: a name that is looked up, and an address that is called.
    const leave = (words: string): Promise<string> => network.run(`${node(words)}; sleep 0.2`);
    await leave(
      `import dns from "node:dns"; dns.lookup("example.org", () => {}); setTimeout(() => process.exit(), 500)`,
    );
    const named = frames().length;
    expect(named).toBeGreaterThan(0);
    await leave(
      `import net from "node:net"; net.connect(443, "203.0.113.9").on("error", () => {}); setTimeout(() => process.exit(), 500)`,
    );
    expect(frames().length).toBeGreaterThan(named);
  },
);
