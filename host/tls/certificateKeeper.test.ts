import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFakeTailscaled, type FakeTailscaled } from "../testing/fakeTailscaled.ts";
import { createCertificateKeeper, type CertificateKeeper, type KeeperOptions } from "./certificateKeeper.ts";
import { issueAuthority, issueLeaf, type IssuedPair } from "./issue.ts";
import type { Pair } from "./pair.ts";
import { askTailscaleCertificate } from "./tailscaleCertificate.ts";

const dayMs = 86_400_000;
const name = "gpu.tail1234.ts.net";
const place = { address: "100.101.102.103", names: [name, "gpu"] };

let folder: string;
let now: number;
let pairs: Pair[];
let notices: string[];
const keepers: CertificateKeeper[] = [];
const daemons: FakeTailscaled[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-keeper-"));
  now = Date.now();
  [pairs, notices] = [[], []];
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) keeper.close();
  for (const daemon of daemons.splice(0)) await daemon.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As somebody else's authority would sign it. */
async function certificateFor(names: readonly string[], at = now): Promise<IssuedPair> {
  const authority = await issueAuthority([...names, "tail1234.ts.net"], "Another", at - dayMs);
  return issueLeaf({ authority, names, addresses: [], nowMs: at });
}

async function startTailscaled(): Promise<FakeTailscaled> {
  const { key, certificate } = await certificateFor([name]);
  const daemon = await startFakeTailscaled(join(folder, "tailscaled.sock"), {
    backendState: "Running",
    dnsName: name,
    addresses: [place.address],
    certDomains: [name],
    cert: { status: 200, text: `${key}\n${certificate}\n` },
  });
  daemons.push(daemon);
  return daemon;
}

async function keep(options: Partial<KeeperOptions> = {}): Promise<CertificateKeeper> {
  const keeper = createCertificateKeeper({
    home: folder,
    port: 4242,
    files: null,
    now: () => now,
    askTailscale: (at) => askTailscaleCertificate(at, daemons[0]?.socketPath ?? null),
    onPair: (pair) => pairs.push(pair),
    onState: () => {},
    notify: (says) => notices.push(says),
    ...options,
  });
  keepers.push(keeper);
  keeper.setPlaces([place]);
  await keeper.look();
  return keeper;
}

describe("a certificate for other devices", () => {
  it("comes from the host's own authority where nobody else has one", async () => {
    const keeper = await keep();
    expect(keeper.state()).toMatchObject({
      way: "local",
      origins: [`https://${name}:4242`, "https://gpu:4242", "https://100.101.102.103:4242"],
      authority: { page: "http://100.101.102.103:4242/certificate" },
      missing: [],
    });
    expect(keeper.authority()).toMatch(/BEGIN CERTIFICATE/);
    expect(keeper.state()?.authority?.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    // Another address is another leaf under the same authority, without a restart.
    const authority = keeper.authority();
    keeper.setPlaces([{ ...place, address: "100.101.102.9" }]);
    await keeper.look();
    expect(pairs.map(({ addresses }) => addresses)).toEqual([["100.101.102.103"], ["100.101.102.9"]]);
    expect(keeper.authority()).toBe(authority);
    // And a year later it has renewed it.
    now += 360 * dayMs;
    await keeper.look();
    expect(pairs).toHaveLength(3);
    expect(keeper.state()?.notAfter).toBeGreaterThan(now + 300 * dayMs);
  });

  it("comes from tailscaled, with the key before the chain, and is renewed", async () => {
    const daemon = await startTailscaled();
    const keeper = await keep();
    expect(keeper.state()).toMatchObject({ way: "tailscale", origins: [`https://${name}:4242`], authority: null });
    expect(keeper.authority()).toBeNull();
    expect(daemon.asked).toEqual(["/localapi/v0/status?peers=false", `/localapi/v0/cert/${name}?type=pair`]);
    await keeper.look();
    expect(daemon.asked, "it is not asked at every look").toHaveLength(2);
    const { key, certificate } = await certificateFor([name], now + 60 * dayMs);
    daemon.state.cert = { status: 200, text: `${key}\n${certificate}` };
    now += 61 * dayMs;
    await keeper.look();
    expect(pairs).toHaveLength(2);
  });

  it("stays in use while tailscaled is stopped, and the owner is told", async () => {
    const daemon = await startTailscaled();
    const keeper = await keep();
    await daemon.stop();
    now += dayMs;
    await keeper.look();
    expect(keeper.state()).toMatchObject({ way: "tailscale", missing: [expect.stringMatching(/does not answer/)] });
    expect(pairs).toHaveLength(1);
    // At its end the host vouches for itself.
    now += 400 * dayMs;
    await keeper.look();
    expect(keeper.state()?.way).toBe("local");
  });

  it.each([
    ["HTTPS is switched off", { certDomains: null }, /Switch on MagicDNS and HTTPS Certificates/],
    ["this user may not", { cert: { status: 403, text: "cert access denied\n" } }, /set --operator=\$USER/],
    ["it is signed out", { backendState: "NeedsLogin" }, /tailscale up/],
    ["it cannot fetch one", { cert: { status: 500, text: "acme: rate limited\n" } }, /tailscale cert/],
    ["what it gives is no certificate", { cert: { status: 200, text: "<html>" } }, /tailscale cert/],
  ] as const)("says what tailscaled lacks when %s", async (_when, change, says) => {
    const daemon = await startTailscaled();
    Object.assign(daemon.state, change);
    const keeper = await keep();
    expect(keeper.state()).toMatchObject({ way: "local", missing: [expect.stringMatching(says)] });
  });

  it("comes from the owner's files first, and a renewed file is taken up while running", async () => {
    await startTailscaled();
    const files = { certificate: join(folder, "own.pem"), key: join(folder, "own.key") };
    const put = (pair: IssuedPair): void => {
      for (const [file, text] of [
        [files.key, pair.key],
        [files.certificate, pair.certificate],
      ] as const) {
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      }
    };
    put(await certificateFor(["ai.example.org", "*.home.example.org"]));
    const keeper = await keep({ files });
    expect(keeper.state()).toMatchObject({ way: "files", origins: ["https://ai.example.org:4242"], missing: [] });
    put(await certificateFor(["ai2.example.org"]));
    await keeper.look();
    expect(keeper.state()?.origins).toEqual(["https://ai2.example.org:4242"]);

    // Half of a renewal: the key is another's. The one before stays.
    writeFileSync(files.key, (await certificateFor(["ai2.example.org"])).key);
    await keeper.look();
    expect(keeper.state()).toMatchObject({
      way: "files",
      missing: [expect.stringMatching(/does not belong to the key.*stays in use/)],
    });
    expect(notices).toHaveLength(1);
    expect(pairs).toHaveLength(2);
  });

  it("says when the owner's certificate has ended, and uses another meanwhile", async () => {
    const files = { certificate: join(folder, "own.pem"), key: join(folder, "own.key") };
    const { key, certificate } = await certificateFor(["ai.example.org"], now - 500 * dayMs);
    writeFileSync(files.key, key);
    writeFileSync(files.certificate, certificate);
    const keeper = await keep({ files });
    expect(keeper.state()?.way).toBe("local");
    expect(notices).toEqual([
      expect.stringMatching(/^The certificate in \S+own\.pem ended on \d{4}-\d\d-\d\d\. Put a good one there/),
    ]);
    rmSync(files.key);
    await keeper.look();
    expect(notices.at(-1)).toMatch(/cannot be opened by this user/);
  });

  it("says that this machine's clock is behind", async () => {
    await keep();
    for (const keeper of keepers) keeper.close();
    now -= 30 * dayMs;
    const keeper = await keep();
    // A leaf made by the clock as it stands now would be good here and wrong everywhere else.
    expect(keeper.state()?.way).toBe("local");
    const files = { certificate: join(folder, "own.pem"), key: join(folder, "own.key") };
    const later = await certificateFor(["ai.example.org"], now + 30 * dayMs);
    writeFileSync(files.key, later.key);
    writeFileSync(files.certificate, later.certificate);
    await keep({ files });
    expect(notices.at(-1)).toMatch(/clock is behind/);
  });

  it("keeps a name for which its authority may not vouch out of the certificate, and says what to do", async () => {
    await keep();
    for (const keeper of keepers) keeper.close();
    const keeper = createCertificateKeeper({
      ...{ home: folder, port: 4242, files: null, now: () => now },
      ...{ askTailscale: () => Promise.resolve({ kind: "none", says: null } as const) },
      ...{ onPair: (pair: Pair) => pairs.push(pair), onState: () => {}, notify: () => {} },
    });
    keepers.push(keeper);
    keeper.setPlaces([{ address: place.address, names: ["renamed.tail1234.ts.net"] }]);
    await keeper.look();
    expect(keeper.state()).toMatchObject({
      origins: ["https://100.101.102.103:4242"],
      missing: [expect.stringMatching(/another name/)],
    });
  });
});
