/**
 * Stands in for a push service and the browser behind it: HTTPS on this machine, which takes a message only with a valid word of the key that the browser subscribed
 * under (RFC 8292), and opens it with the browser's own key (RFC 8291), independently of host/push.
 */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { issueAuthority, issueLeaf } from "../tls/issue.ts";

export const testServiceName = "push.test";

/** What a browser gives to who may tell it something. */
export interface TestBrowser {
  readonly endpoint: string;
  readonly publicKey: Uint8Array;
  readonly secret: Uint8Array;
  open(body: Uint8Array): string;
}

export function createTestBrowser(endpoint: string): TestBrowser {
  const own = createECDH("prime256v1");
  own.generateKeys();
  const secret = Uint8Array.from(randomBytes(16));
  return {
    endpoint,
    publicKey: Uint8Array.from(own.getPublicKey()),
    secret,
    open: (body) => openPush(body, own, secret),
  };
}

/** Throws for a body that was not sealed for it. */
export function openPush(body: Uint8Array, own: ECDH, secret: Uint8Array): string {
  const bytes = Buffer.from(body);
  const [salt, keyBytes] = [bytes.subarray(0, 16), bytes.readUInt8(20)];
  const sender = bytes.subarray(21, 21 + keyBytes);
  const sealed = bytes.subarray(21 + keyBytes);
  const hkdf = (ikm: Uint8Array, by: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", ikm, by, info, length));
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), own.getPublicKey(), sender]);
  const shared = hkdf(own.computeSecret(sender), secret, info, 32);
  const key = hkdf(shared, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = hkdf(shared, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  const words = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  const end = words.lastIndexOf(2);
  return words.subarray(0, end).toString();
}

export interface PushReceived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
}

export interface TestPushService {
  readonly port: number;
  /** The certificate by which it is believed. */
  readonly authority: string;
  readonly received: readonly PushReceived[];
  /** Requests of any kind, those that were refused among them. */
  readonly asked: number;
  answer: { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
  /** The next message. */
  next(): Promise<PushReceived>;
  close(): Promise<void>;
}

/** `key`: the public half under which its browsers subscribed. `name`: what it is called by. */
export async function startPushService(key: Uint8Array, name = testServiceName): Promise<TestPushService> {
  const nowMs = Date.now();
  const authority = await issueAuthority([name], "Push test", nowMs);
  const pair = await issueLeaf({ authority, names: [name], addresses: [], nowMs });
  const received: PushReceived[] = [];
  const waiting: ((message: PushReceived) => void)[] = [];
  let asked = 0;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked += 1;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const claims = readVapid(request.headers.authorization ?? "", key, `https://${name}`);
    if (claims === null) return void response.writeHead(403).end();
    const message = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces), claims };
    response.writeHead(service.answer.status, service.answer.headers).end();
    received.push(message);
    waiting.shift()?.(message);
  };
  const server = createServer(
    { key: pair.key, cert: pair.certificate },
    (request, response) => void take(request, response),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const service: TestPushService = {
    port: (server.address() as AddressInfo).port,
    authority: authority.certificate,
    received,
    get asked() {
      return asked;
    },
    answer: { status: 201 },
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return service;
}

/** `null`: not a word of this key, for this service, that holds now. */
function readVapid(header: string, key: Uint8Array, origin: string): PushReceived["claims"] | null {
  const [, word = "", named = ""] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(header) ?? [];
  const [head = "", claims = "", signature = ""] = word.split(".");
  if (!Buffer.from(named, "base64url").equals(key)) return null;
  const [x, y] = [key.slice(1, 33), key.slice(33)].map((half) => Buffer.from(half).toString("base64url"));
  const publicKey = createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" } });
  const bytes = Buffer.from(signature, "base64url");
  if (!verify("sha256", Buffer.from(`${head}.${claims}`), { key: publicKey, dsaEncoding: "ieee-p1363" }, bytes))
    return null;
  const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as PushReceived["claims"];
  const nowSeconds = Date.now() / 1_000;
  return said.aud === origin && said.exp > nowSeconds && said.exp <= nowSeconds + 86_400 ? said : null;
}
