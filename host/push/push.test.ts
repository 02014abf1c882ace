/** Telling a push service: what it is sent, what it learns, whom it cannot be. The service and the browser behind it are real but for their place. */
import { createECDH } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createTestBrowser,
  openPush,
  startPushService,
  testServiceName,
  type TestBrowser,
  type TestPushService,
} from "../testing/pushService.ts";
import { internet, type PostPorts } from "./post.ts";
import { openPushKey, pushFolder, readPushKey } from "./pushHome.ts";
import { sealPush } from "./sealPush.ts";
import { arePushKeys } from "./subscription.ts";
import { createTellService } from "./tellService.ts";
import { type VapidKey } from "./vapid.ts";

const isTestService = (name: string): boolean => name === testServiceName;
const doc = "00112233445566778899aabbccddeeff";
const never = new AbortController().signal;

let home: string;
let key: VapidKey;
let service: TestPushService;
let browser: TestBrowser;
let ports: PostPorts;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sovereign-push-"));
  key = openPushKey(home);
  service = await startPushService(key.publicKey);
  browser = createTestBrowser(`https://${testServiceName}/send/a-device?x=1`);
  ports = {
    resolve: () => Promise.resolve(["127.0.0.1"]),
    isAllowed: () => true,
    port: service.port,
    authority: service.authority,
  };
});
afterEach(async () => {
  await service.close();
  rmSync(home, { recursive: true });
});

const tell = (words: string, to = browser) => createTellService(key, ports, isTestService)({ ...to, words }, never);

describe("what a service is sent", () => {
  it("WP1 is the message of RFC 8291, appendix A", () => {
    const at = (text: string): Buffer => Buffer.from(text, "base64url");
    const own = createECDH("prime256v1");
    own.setPrivateKey(at("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
    const keys = {
      publicKey: at("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
      secret: at("BTBZMqHH6r4Tts7J_aSIgg"),
    };
    const words = "When I grow up, I want to be a watermelon";
    const body = sealPush(Buffer.from(words), keys, own, at("DGv6ra1nlYgDCS1FRnbzlw"));
    expect(Buffer.from(body).toString("base64url")).toBe(
      "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
    );
    const theirs = createECDH("prime256v1");
    theirs.setPrivateKey(at("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"));
    expect(openPush(body, theirs, keys.secret)).toBe(words);
  });

  it("WP2 is sealed for the browser alone, signed by this host, and says nothing else", async () => {
    expect(await tell(doc)).toEqual({ kind: "sent" });
    const [message] = service.received;
    expect(browser.open(message?.body ?? new Uint8Array(0))).toBe(doc);
    expect(() => createTestBrowser(browser.endpoint).open(message?.body ?? new Uint8Array(0))).toThrow(/authenticate/);
    expect(message?.path).toBe("/send/a-device?x=1");
    expect(Object.keys(message?.claims ?? {}).sort()).toEqual(["aud", "exp", "sub"]);
    const { authorization: _, ...headers } = message?.headers ?? {};
    expect(headers).toEqual({
      host: `${testServiceName}:${service.port}`,
      connection: "close",
      "content-length": String(message?.body.length),
      "content-type": "application/octet-stream",
      "content-encoding": "aes128gcm",
      ttl: "86400",
      urgency: "normal",
      topic: "answer",
    });
    expect(Buffer.from(message?.body ?? []).includes(doc)).toBe(false);
  });

  it("WP3 is of one size and of the same headers for every chat, and never the same bytes", async () => {
    for (const words of [doc, doc, "f".repeat(32)]) await tell(words);
    const [first, again, other] = service.received;
    const headersOf = (message: typeof first): unknown => ({ ...message?.headers, authorization: "" });
    expect(service.received.map(({ body }) => body.length)).toEqual(Array(3).fill(first?.body.length));
    expect(headersOf(other)).toEqual(headersOf(first));
    expect(again?.body).not.toEqual(first?.body);
  });

  it("WP4 is refused by a service whose browser subscribed under another host's key", async () => {
    const other = openPushKey(join(home, "other"));
    expect(await createTellService(other, ports, isTestService)({ ...browser, words: doc }, never)).toEqual({
      kind: "gone",
    });
    expect(service.received).toEqual([]);
  });
});

describe("what comes of it", () => {
  it.each([
    ...[200, 201, 202].map((status) => ({ status, headers: {}, outcome: { kind: "sent" } })),
    ...[401, 403, 404, 410].map((status) => ({ status, headers: {}, outcome: { kind: "gone" } })),
    ...[301, 302, 307, 400, 413].map((status) => ({
      status,
      headers: { location: `https://${testServiceName}/elsewhere` },
      outcome: { kind: "refused" },
    })),
    ...[429, 500, 503].map((status) => ({ status, headers: {}, outcome: { kind: "later", afterMs: null } })),
    { status: 429, headers: { "retry-after": "90" }, outcome: { kind: "later", afterMs: 90_000 } },
    { status: 503, headers: { "retry-after": "999999" }, outcome: { kind: "refused" } },
    {
      status: 429,
      headers: { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" },
      outcome: { kind: "later", afterMs: null },
    },
  ])("WP5 a service's $status is $outcome.kind, and no redirect is followed", async ({ status, headers, outcome }) => {
    service.answer = { status, headers };
    expect(await tell(doc)).toEqual(outcome);
    expect(service.asked).toBe(1);
  });

  it("WP6 without a network, without an answer, or with another's certificate, it is tried later", async () => {
    const later = { kind: "later", afterMs: null };
    const resolve = (): Promise<never> => Promise.reject(new Error("ENOTFOUND"));
    const by = (own: Partial<PostPorts>) =>
      createTellService(key, { ...ports, ...own }, isTestService)({ ...browser, words: doc }, never);
    expect(await by({ resolve })).toEqual(later);
    expect(await by({ port: 1 })).toEqual(later);
    const { authority: _, ...unknown } = ports;
    expect(await createTellService(key, unknown, isTestService)({ ...browser, words: doc }, never)).toEqual(later);
    expect(service.received).toEqual([]);
  });

  it("WP7 taken back while it is on its way, it is gone with its connection", async () => {
    const ending = new AbortController();
    ending.abort();
    expect(await createTellService(key, ports, isTestService)({ ...browser, words: doc }, ending.signal)).toMatchObject(
      {
        kind: "later",
      },
    );
    expect(service.received).toEqual([]);
  });
});

describe("T-33, S-07: where it goes", () => {
  it("WP8 a name is looked up once, and all that it stands for has to be public", async () => {
    let asked = 0;
    const answers = [["127.0.0.1"], ["142.250.1.1", "10.0.0.7"], ["::ffff:10.0.0.7"], ["fd00::1"], []];
    for (const addresses of answers) {
      const resolve = (): Promise<readonly string[]> => {
        asked += 1;
        return Promise.resolve(addresses);
      };
      const by = createTellService(key, { ...ports, resolve, isAllowed: internet.isAllowed }, isTestService);
      expect(await by({ ...browser, words: doc }, never)).toEqual({ kind: "refused" });
    }
    expect([asked, service.asked]).toEqual([answers.length, 0]);
    // What was looked at is what is called: the name itself is nowhere to be found.
    expect(await tell(doc)).toEqual({ kind: "sent" });
  });
});

describe("HOME/push/key", () => {
  it("WP9 is made once, is its owner's alone, and is refused when damaged", () => {
    expect(openPushKey(home).publicKey).toEqual(key.publicKey);
    expect(readPushKey(home).publicKey).toEqual(key.publicKey);
    const file = join(pushFolder(home), "key");
    if (process.platform !== "win32")
      expect([statSync(file).mode & 0o777, statSync(pushFolder(home)).mode & 0o777]).toEqual([0o600, 0o700]);
    for (const damaged of [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.alloc(31, 1), Buffer.alloc(0)]) {
      writeFileSync(file, damaged);
      expect(() => openPushKey(home)).toThrow(/damaged/);
    }
  });

  it("WP10 keys that are no point of the curve are no subscription's", () => {
    expect(arePushKeys(browser)).toBe(true);
    const off = Uint8Array.from(browser.publicKey).fill(7, 40);
    for (const publicKey of [off, new Uint8Array(65), browser.publicKey.slice(0, 64), new Uint8Array(0)])
      expect(arePushKeys({ publicKey, secret: browser.secret })).toBe(false);
    expect(arePushKeys({ publicKey: browser.publicKey, secret: new Uint8Array(15) })).toBe(false);
  });
});
