import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { issueLeaf } from "./issue.ts";
import { openLocalAuthority } from "./localAuthority.ts";
import type { Pair } from "./pair.ts";

const dayMs = 86_400_000;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-tls-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** What a client that trusts `authority` alone says to this certificate under that name. */
async function verdictOf(pair: Pick<Pair, "key" | "chain">, authority: string, name: string): Promise<string> {
  const server = createServer({ key: pair.key, cert: pair.chain }, (socket) => socket.end());
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const isAddress = /^[\d.]+$/.test(name);
  const verdict = await new Promise<string>((resolve) => {
    const socket = connect({
      port: (server.address() as AddressInfo).port,
      host: "127.0.0.1",
      ca: authority,
      ...(isAddress ? {} : { servername: name }),
      checkServerIdentity: (_host, certificate) => {
        const held = certificate.subjectaltname ?? "";
        return held.includes(name) ? undefined : new Error("another name");
      },
    });
    socket.on("secureConnect", () => resolve("trusted"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.message));
    socket.on("close", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return verdict;
}

describe("the host's own authority", () => {
  it("vouches for this machine's names and addresses, and for no other", async () => {
    const authority = await openLocalAuthority(home, ["gpu.tail1.ts.net", "gpu"], Date.now());
    expect(authority.allowed(["gpu.tail1.ts.net", "gpu", "bank.example", "tail1.ts.net"])).toEqual([
      "gpu.tail1.ts.net",
      "gpu",
    ]);
    const leaf = await authority.leaf(["gpu.tail1.ts.net", "gpu"], ["100.64.0.1"], Date.now());
    for (const name of ["gpu.tail1.ts.net", "gpu", "100.64.0.1"])
      expect(await verdictOf(leaf, authority.certificate, name), name).toBe("trusted");

    // Whoever stole its key could sign for a bank, and no device would take it.
    const stolen = {
      key: readFileSync(join(home, "tls/authority.key.pem"), "utf8"),
      certificate: authority.certificate,
    };
    for (const [names, addresses] of [
      [["bank.example"], []],
      [[], ["8.8.8.8"]],
      [["other.tail1.ts.net"], []],
    ] as const) {
      const forged = await issueLeaf({ authority: stolen, names, addresses, nowMs: Date.now() });
      const pair = { key: forged.key, chain: forged.certificate };
      expect(await verdictOf(pair, authority.certificate, [...names, ...addresses][0] ?? "")).toMatch(
        /permitted subtree violation/,
      );
    }
  });

  it("is this user's alone, and stays the same", async () => {
    const authority = await openLocalAuthority(home, ["gpu"], Date.now());
    await authority.leaf(["gpu"], ["100.64.0.1"], Date.now());
    const files = readdirSync(join(home, "tls"));
    expect(files.sort()).toEqual(["authority.key.pem", "authority.pem", "leaf.key.pem", "leaf.pem"]);
    for (const file of files) expect(statSync(join(home, "tls", file)).mode & 0o777, file).toBe(0o600);
    expect(statSync(join(home, "tls")).mode & 0o777).toBe(0o700);
    expect((await openLocalAuthority(home, ["other"], Date.now())).certificate).toBe(authority.certificate);
  });

  it("signs for less than 398 days, and anew when time, name or address asks for it", async () => {
    const now = Date.now();
    const authority = await openLocalAuthority(home, ["gpu"], now);
    const first = await authority.leaf(["gpu"], ["100.64.0.1"], now);
    expect(first.notAfter - first.notBefore).toBeLessThanOrEqual(398 * dayMs);
    // A device's clock may be behind by a day.
    expect(first.notBefore).toBeLessThan(now - 2 * dayMs);
    const again = await authority.leaf(["gpu"], ["100.64.0.1"], now + 300 * dayMs);
    expect(again.chain).toBe(first.chain);
    const late = await authority.leaf(["gpu"], ["100.64.0.1"], now + 350 * dayMs);
    expect(late.chain).not.toBe(first.chain);
    expect(late.notAfter).toBeGreaterThan(first.notAfter);
    const moved = await authority.leaf(["gpu"], ["100.64.0.9", "fd7a:115c:a1e0::9"], now + 350 * dayMs);
    expect(moved.addresses).toContain("100.64.0.9");
    const back = await authority.leaf(["gpu"], ["fd7a:115c:a1e0::9"], now + 350 * dayMs);
    expect(back.chain).toBe(moved.chain);
  });

  it("makes a leaf anew that was damaged", async () => {
    const authority = await openLocalAuthority(home, ["gpu"], Date.now());
    const first = await authority.leaf(["gpu"], [], Date.now());
    writeFileSync(join(home, "tls/leaf.pem"), first.chain.slice(0, 200));
    expect((await authority.leaf(["gpu"], [], Date.now())).chain).not.toBe(first.chain);
  });
});
