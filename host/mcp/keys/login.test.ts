/** Logging in at a tool server, with a real identity provider and a real tool server behind a gate that asks it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemRandom } from "#crypto/random.ts";
import type { Clock } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import type { Connection } from "../connection.ts";
import { McpError } from "../errors.ts";
import { renewBeforeMs } from "../limits.ts";
import { openServer } from "../openServer.ts";
import type { AddressServer } from "../settings.ts";
import { startIdentityProvider, type IdentityProvider } from "../testing/identityProvider.ts";
import { callOptions } from "../testing/servers.ts";
import { readKeys, type LoginKeys } from "./keyStore.ts";
import { logIn, logOut, type LoginOptions } from "./login.ts";

let home: string;
let identity: IdentityProvider;
const open: Connection[] = [];
beforeAll(async () => {
  identity = await startIdentityProvider();
}, 60_000);
afterAll(() => identity.close());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-login-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  rmSync(home, { recursive: true, force: true });
});

const server = (url: string): AddressServer => ({
  kind: "address",
  name: "wiki",
  url,
  hasResources: false,
  approved: [],
});
const held = (): LoginKeys => readKeys(home, "wiki") as LoginKeys;

/** What the owner does with the address is `visit`'s. */
function options(visit: LoginOptions["onAddress"], more: Partial<LoginOptions> = {}): LoginOptions {
  const none = { clientId: null, clientSecret: null, scope: null, provider: null, port: 0 };
  return {
    home,
    name: "wiki",
    url: identity.url,
    clock: systemClock,
    random: systemRandom,
    ...none,
    onAddress: visit,
    ...more,
  };
}

/** Logs in and agrees, then lets the browser come back. */
const agrees = (address: string): void => void identity.visit(address).then((back) => fetch(back));

async function connect(clock: Clock = systemClock, url = identity.url): Promise<Connection> {
  const events = { onToolsChanged: () => {}, onClosed: () => {} };
  const connection = await openServer({ settings: server(url), clock, home, ...events });
  open.push(connection);
  return connection;
}

async function echo(connection: Connection, message = "hi"): Promise<string> {
  const { tools } = await connection.tools();
  const { parts } = await connection.call(
    tools.find(({ name }) => name === "echo")!,
    { message },
    callOptions(),
  );
  return parts.map((part) => (part.kind === "text" ? part.text : "")).join();
}

const renewals = (): number => identity.asked.filter((each) => each === "POST /token").length;
const saysOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof McpError && error.code === "key" ? error.message : String(error)),
  );

describe("LI1 logging in", { timeout: 60_000 }, () => {
  it("LI1 a server that wants to know who asks says which command helps; after it, its tools are called", async () => {
    expect(await saysOf(connect())).toContain("sovereign tools login wiki");
    await logIn(options(agrees));
    expect(await echo(await connect())).toBe("Echo: hi");
    const { access, renewal, issuer, resource } = held();
    expect([issuer, resource]).toEqual([identity.origin, identity.url]);
    expect(identity.tokens).toContain(access);
    // Nothing of it can be read on the disk.
    const folder = join(home, "tools/keys");
    const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
    for (const secret of [access, renewal]) expect(bytes.includes(secret ?? "none")).toBe(false);
    expect(
      bytes.includes(
        Buffer.from(access ?? "none")
          .toString("base64")
          .slice(4, 20),
      ),
    ).toBe(false);
  });

  it("LI1 by PKCE, with a state of its own each time, and no secret of ours", async () => {
    const addresses: URL[] = [];
    for (let time = 0; time < 2; time++)
      await logIn(options((address) => (addresses.push(new URL(address)), agrees(address))));
    const values = (key: string): (string | null)[] => addresses.map(({ searchParams }) => searchParams.get(key));
    expect(values("code_challenge_method")).toEqual(["S256", "S256"]);
    expect(values("resource")).toEqual([identity.url, identity.url]);
    for (const key of ["state", "code_challenge"]) expect(new Set(values(key)).size, key).toBe(2);
    expect(values("state")[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it("LI1 a browser on another machine: what it ended at is pasted", async () => {
    const taken: boolean[] = [];
    await logIn(
      options((address, take) => {
        void identity.visit(address).then((back) => {
          taken.push(
            take("http://127.0.0.1:1/callback?code=x"),
            take("nonsense"),
            take(back.replace("state=", "state=0")),
          );
          taken.push(take(`  ${back}\n`), take(back));
        });
      }),
    );
    expect(taken).toEqual([false, false, false, true, false]);
    expect(await echo(await connect())).toBe("Echo: hi");
  });

  it("LI1 a provider that lets nobody register: the sentence says what to do, and a client id does it", async () => {
    const client = { id: "sovereign-of-ada", redirectUrl: "http://127.0.0.1/callback" };
    const closed = await startIdentityProvider({ canRegister: false, client });
    try {
      const go = (clientId: string | null): Promise<void> =>
        logIn(
          options((address) => void closed.visit(address).then((back) => fetch(back)), { url: closed.url, clientId }),
        );
      expect(await saysOf(go(null))).toMatch(/--client ID|how one logs in/);
      await go(client.id);
      expect(await echo(await connect(systemClock, closed.url))).toBe("Echo: hi");
    } finally {
      await closed.close();
    }
  });
});

describe("LI2 renewing", { timeout: 60_000 }, () => {
  beforeEach(() => logIn(options(agrees)));
  const expire = async (): Promise<void> => {
    await (await identity.provider.AccessToken.find(held().access ?? ""))?.destroy();
  };

  it("LI2 an access that has ended is renewed once, however many calls wait for it", async () => {
    const connection = await connect();
    await echo(connection);
    const [before, old] = [renewals(), held().access];
    await expire();
    const said = await Promise.all(Array.from({ length: 5 }, (_, at) => echo(connection, `call ${at}`)));
    expect(said).toEqual(Array.from({ length: 5 }, (_, at) => `Echo: call ${at}`));
    expect(renewals() - before).toBe(1);
    expect(held().access).not.toBe(old);
  });

  it("LI2 two programs of this machine renew it once between them: a provider takes a second time for theft", async () => {
    const [one, other] = [await connect(), await connect()];
    await Promise.all([echo(one), echo(other)]);
    const before = renewals();
    await expire();
    expect(await Promise.all([echo(one), echo(other)])).toEqual(["Echo: hi", "Echo: hi"]);
    expect(renewals() - before).toBe(1);
  });

  it("LI2 one that is about to end is renewed before it is used", async () => {
    let laterMs = 0;
    const clock: Clock = { now: () => Date.now() + laterMs, after: systemClock.after };
    const connection = await connect(clock);
    await echo(connection);
    const before = renewals();
    laterMs = 600_000 - renewBeforeMs / 2;
    const refusedBefore = identity.asked.length;
    await echo(connection);
    expect(renewals() - before).toBe(1);
    expect(identity.asked.slice(refusedBefore)[0]).toBe("POST /token");
  });

  it("LI2 what was taken back is not asked for again, and its owner is told to log in", async () => {
    const connection = await connect();
    await echo(connection);
    const token = await identity.provider.AccessToken.find(held().access ?? "");
    await identity.provider.RefreshToken.revokeByGrantId(token?.grantId ?? "");
    await identity.provider.AccessToken.revokeByGrantId(token?.grantId ?? "");
    expect(await saysOf(echo(connection))).toMatch(/taken back there\. Log in again: sovereign tools login wiki/);
    const before = renewals();
    expect(await saysOf(echo(connection))).toMatch(/sovereign tools login wiki/);
    expect([renewals() - before, held().access, held().renewal]).toEqual([0, null, null]);
  });

  it("LI2 a provider that is away for a moment costs no login", async () => {
    const connection = await connect();
    await echo(connection);
    await expire();
    identity.answerInstead("/token", (response) => void response.writeHead(503).end());
    expect(await saysOf(echo(connection))).toContain("Try again later");
    identity.answerInstead("/token", null);
    expect(await echo(connection)).toBe("Echo: hi");
  });

  it("LI2 logging out takes it back at the provider, and forgets it here also where nobody answers", async () => {
    const { access } = held();
    expect(await logOut({ home, name: "wiki", clock: systemClock })).toEqual({ isTold: true });
    expect(await identity.provider.AccessToken.find(access ?? "")).toBeUndefined();
    expect([readKeys(home, "wiki"), await logOut({ home, name: "wiki", clock: systemClock })]).toEqual([null, null]);
    expect(await saysOf(connect())).toContain("wants to know who asks");

    await logIn(options(agrees));
    identity.answerInstead("/token/revocation", (response) => void response.writeHead(500).end());
    expect(await logOut({ home, name: "wiki", clock: systemClock })).toEqual({ isTold: false });
    identity.answerInstead("/token/revocation", null);
    expect(readKeys(home, "wiki")).toBeNull();
  });
});

describe("LI3 who may bring a login back", { timeout: 60_000 }, () => {
  const get = (address: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve) => {
      const asked = request(address, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on("error", () => resolve(-1));
      asked.end();
    });

  it("LI3 another state, another path, another name for this machine change nothing; the first right one is the last", async () => {
    const answers: number[] = [];
    await logIn(
      options((address) => {
        void (async () => {
          const back = new URL(await identity.visit(address));
          const wrong = new URL(back);
          wrong.searchParams.set("state", "0".repeat(64));
          const none = new URL(back);
          none.searchParams.delete("state");
          answers.push(await get(wrong.href), await get(none.href), await get(new URL("/other", back).href));
          answers.push(await get(back.href, { host: `evil.example:${back.port}` }));
          answers.push(await get(back.href));
          answers.push(await get(back.href));
        })();
      }),
    );
    expect(answers.slice(0, 5)).toEqual([400, 400, 404, 404, 200]);
    expect(await echo(await connect())).toBe("Echo: hi");
  });

  it("LI3 a code that is used again is worth nothing, and neither is one for another place", async () => {
    let back = "";
    let address = "";
    await logIn(
      options((shown) => {
        address = shown;
        void identity.visit(shown).then((ended) => fetch((back = ended)));
      }),
    );
    const redirect = new URL(address).searchParams.get("redirect_uri") ?? "";
    const asked = { grant_type: "authorization_code", client_id: held().client.client_id, redirect_uri: redirect };
    const code = new URL(back).searchParams.get("code") ?? "";
    const body = new URLSearchParams({ ...asked, code, code_verifier: "x".repeat(43) });
    const replayed = await fetch(`${identity.origin}/token`, { method: "POST", body });
    expect([replayed.status, await replayed.json()]).toEqual([
      400,
      expect.objectContaining({ error: "invalid_grant" }),
    ]);
    const elsewhere = new URL(address);
    elsewhere.searchParams.set("redirect_uri", "https://evil.example/callback");
    await expect(identity.visit(elsewhere.href)).rejects.toThrow(/The provider's page says 400/);
  });

  it("LI3 who says no, and whoever is slow, ends it with a sentence, and what was held before stays", async () => {
    await logIn(options(agrees));
    const before = held();
    const refuses = (address: string, take: (pasted: string) => boolean): void => {
      const { searchParams } = new URL(address);
      take(`${searchParams.get("redirect_uri")}?error=access_denied&state=${searchParams.get("state")}`);
    };
    expect(await saysOf(logIn(options(refuses)))).toContain("was not given");
    const clock: Clock = {
      now: systemClock.now,
      after: (ms, work) => systemClock.after(ms >= 300_000 ? 20 : ms, work),
    };
    expect(await saysOf(logIn(options(() => {}, { clock })))).toContain("within five minutes");
    expect(held()).toEqual(before);
  });
});

describe("LI4 a server or a provider that lies", { timeout: 60_000 }, () => {
  const json =
    (value: object) => (response: { end(text: string): void; setHeader(name: string, value: string): void }) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(value));
    };
  const resourcePath = "/.well-known/oauth-protected-resource/mcp";
  const metadataPath = "/.well-known/oauth-authorization-server";
  const shown: string[] = [];
  const tried = (): Promise<string> => {
    shown.length = 0;
    return saysOf(logIn(options((address) => (shown.push(address), agrees(address)))));
  };
  const metadata = async (): Promise<Record<string, unknown>> =>
    (await (await fetch(`${identity.origin}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
  afterEach(() => {
    for (const path of [resourcePath, metadataPath]) identity.answerInstead(path, null);
  });

  it.each([
    ["a provider within the network", "http://169.254.169.254"],
    ["a provider at another port of this machine", "http://127.0.0.1:1"],
    ["a provider without https", "http://example.org"],
  ])("LI4 %s is not asked", async (_what, provider) => {
    identity.answerInstead(resourcePath, json({ resource: identity.url, authorization_servers: [provider] }));
    expect(await tried()).toMatch(/was not opened[^]*Nothing was changed/);
    expect([shown, readKeys(home, "wiki")]).toEqual([[], null]);
  });

  it("LI4 keys for another server are not asked for", async () => {
    identity.answerInstead(
      resourcePath,
      json({ resource: "https://bank.example/mcp", authorization_servers: [identity.origin] }),
    );
    expect(await tried()).toContain("Nothing was changed");
    expect([shown, readKeys(home, "wiki")]).toEqual([[], null]);
  });

  it.each([["javascript:alert(1)"], ["file:///etc/passwd"], ["http://evil.example/log-in"], ["calculator:"]])(
    "LI4 a place to log in that is %s is not shown",
    async (place) => {
      identity.answerInstead(metadataPath, json({ ...(await metadata()), authorization_endpoint: place }));
      expect(await tried()).toMatch(/Nothing was changed|is not shown/);
      expect([shown, readKeys(home, "wiki")]).toEqual([[], null]);
    },
  );

  it("LI4 a provider that says it is another, or that cannot do PKCE, is not believed", async () => {
    const true_ = await metadata();
    identity.answerInstead(metadataPath, json({ ...true_, issuer: "https://other.example" }));
    expect(await tried()).toContain("Nothing was changed");
    identity.answerInstead(metadataPath, json({ ...true_, code_challenge_methods_supported: ["plain"] }));
    expect(await tried()).toContain("Nothing was changed");
    expect([shown, readKeys(home, "wiki")]).toEqual([[], null]);
  });

  it("LI4 an answer that another provider is said to have given is not taken (mix-up)", async () => {
    const mixed = (address: string): void =>
      void identity.visit(address).then((back) => {
        const url = new URL(back);
        url.searchParams.set("iss", "https://other.example");
        return fetch(url);
      });
    expect(await saysOf(logIn(options(mixed)))).toContain("Nothing was changed");
    expect(readKeys(home, "wiki")).toBeNull();
  });

  it("LI4 without end it is not read to its end", async () => {
    identity.answerInstead(metadataPath, (response) => {
      response.setHeader("content-type", "application/json");
      const write = (): void => {
        while (response.write("x".repeat(100_000)));
        response.once("drain", write);
      };
      write();
    });
    expect(await tried()).toContain("Nothing was changed");
  });
});
