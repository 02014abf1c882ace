import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { doorwayOf } from "../door/doorway.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { judgeRequest } from "./gate.ts";

let relay: TestRelay;
beforeAll(async () => {
  relay = await startTestRelay();
});
afterAll(() => relay.dispose());

/** Sends exactly these bytes and gives back what comes until the other side closes. */
function sendRaw(text: string, address = "127.0.0.1"): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(relay.port, address, () =>
      socket.write(text.replaceAll("PORT", String(relay.port)), "latin1"),
    );
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

const request = (target: string, headers: readonly string[], method = "GET", version = "HTTP/1.1"): string =>
  [`${method} ${target} ${version}`, ...headers, "Connection: close", "", ""].join("\r\n");
const ours = "Host: localhost:PORT";
const statusOf = (answer: string): number => Number(answer.slice(9, 12));

describe("lets in", () => {
  it.each([
    ["a person at the address", "/", [ours]],
    ["the IPv4 address", "/", ["Host: 127.0.0.1:PORT"]],
    ["the IPv6 address", "/", ["Host: [::1]:PORT"]],
    ["another spelling of our name", "/", ["Host: LocalHost:PORT"]],
    ["our own page", "/assets/index-1a2b3c.js", [ours, "Origin: http://localhost:PORT", "Sec-Fetch-Site: same-origin"]],
    ["a service worker that refreshes a file", "/index.html?__WB_REVISION__=0a1b2c", [ours]],
    [
      "a link that was followed from another page",
      "/",
      [ours, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
    ],
    ["an address of the app itself", "/chats/0a1b", [ours, "Accept: text/html"]],
    ["a health check", "/healthz", [ours]],
  ])("%s", async (_name, target, headers) => {
    expect(statusOf(await sendRaw(request(target, headers)))).toBe(200);
  });

  it("on IPv6 as well", async () => {
    expect(statusOf(await sendRaw(request("/healthz", [ours]), "::1"))).toBe(200);
  });
});

describe("keeps out", () => {
  const hostile: readonly (readonly [string, string])[] = [
    ["a rebound name", request("/", ["Host: evil.example:PORT"])],
    ["no Host", request("/", [])],
    ["an empty Host", request("/", ["Host:"])],
    ["two Hosts", request("/", [ours, "Host: evil.example"])],
    ["two Hosts, ours last", request("/", ["Host: evil.example", ours])],
    ["a Host with another port", request("/", ["Host: localhost:1"])],
    ["a Host without our port", request("/", ["Host: localhost"])],
    ["a Host with a name in front", request("/", ["Host: a.localhost:PORT"])],
    ["a Host with a name behind", request("/", ["Host: localhost.evil.example:PORT"])],
    ["a Host with a dot behind", request("/", ["Host: localhost.:PORT"])],
    ["a Host with a user", request("/", ["Host: x@localhost:PORT"])],
    ["a Host with a path", request("/", ["Host: localhost:PORT/x"])],
    ["a Host list", request("/", ["Host: localhost:PORT, evil.example"])],
    ["127.1", request("/", ["Host: 127.1:PORT"])],
    ["0.0.0.0", request("/", ["Host: 0.0.0.0:PORT"])],
    ["a decimal address", request("/", ["Host: 2130706433:PORT"])],
    ["a mapped address", request("/", ["Host: [::ffff:127.0.0.1]:PORT"])],
    ["a tailnet name", request("/", ["Host: host.tail1234.ts.net:PORT"])],
    ["a padded port", request("/", ["Host: localhost:0PORT"])],
    ["another origin", request("/", [ours, "Origin: https://evil.example"])],
    ["the null origin", request("/", [ours, "Origin: null"])],
    ["our name with another port as origin", request("/", [ours, "Origin: http://localhost:3000"])],
    ["our name with another scheme as origin", request("/", [ours, "Origin: https://localhost:PORT"])],
    ["an origin of ours that is not this Host's", request("/", [ours, "Origin: http://127.0.0.1:PORT"])],
    ["two origins", request("/", [ours, "Origin: http://localhost:PORT", "Origin: http://localhost:PORT"])],
    [
      "a fetch from another site",
      request("/healthz", [ours, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"]),
    ],
    [
      "a fetch from another port of this machine",
      request("/healthz", [ours, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"]),
    ],
    [
      "a frame in another page",
      request("/", [ours, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"]),
    ],
    ["an unknown site", request("/", [ours, "Sec-Fetch-Site: moon"])],
    ["two sites", request("/", [ours, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin"])],
    ["a proxy", request("/", [ours, "X-Forwarded-For: 192.0.2.1"])],
    ["a proxy's host", request("/", ["Host: evil.example", "X-Forwarded-Host: localhost:PORT"])],
    ["Forwarded", request("/", [ours, "Forwarded: host=localhost"])],
    ["an absolute target", request("http://localhost:PORT/", [ours])],
    ["an absolute target elsewhere", request("http://evil.example/", [ours])],
    ["a target of two slashes", request("//evil.example/", [ours])],
    ["an asterisk", request("*", [ours])],
    ["CONNECT", request("localhost:PORT", [ours], "CONNECT")],
    ["traversal", request("/../../etc/passwd", [ours])],
    ["traversal within", request("/assets/../../home", [ours])],
    ["encoded dots", request("/%2e%2e/%2e%2e/etc/passwd", [ours])],
    ["encoded slashes", request("/..%2f..%2fetc/passwd", [ours])],
    ["twice encoded dots", request("/%252e%252e/etc/passwd", [ours])],
    ["backslashes", request("/..\\..\\etc\\passwd", [ours])],
    ["NUL", request("/index.html%00.js", [ours])],
    ["a raw NUL", request("/index\0.html", [ours])],
    ["a hidden file", request("/.git/config", [ours])],
    ["an encoded letter", request("/%69ndex.html", [ours])],
    ["a fragment", request("/#x", [ours])],
    ["a semicolon", request("/index.html;x", [ours])],
    ["a long target", request(`/${"a".repeat(600)}`, [ours])],
    ["an array of headers", request("/", [ours, ...Array.from({ length: 3_000 }, (_, index) => `X-${index}: 1`)])],
    ["a huge header", request("/", [ours, `X: ${"a".repeat(20_000)}`])],
    ["a body by length", request("/", [ours, "Content-Length: 3"]) + "abc"],
    ["a body in chunks", request("/", [ours, "Transfer-Encoding: chunked"]) + "0\r\n\r\n"],
    ["both kinds of body", request("/", [ours, "Content-Length: 3", "Transfer-Encoding: chunked"]) + "0\r\n\r\n"],
    ["Expect", request("/", [ours, "Expect: 100-continue", "Content-Length: 3"])],
    ["another expectation, with a method of its own", request("/", [ours, "Expect: x"], "POST")],
    ["HTTP/1.0", request("/", [ours], "GET", "HTTP/1.0")],
    ["HTTP/0.9", "GET /\r\n\r\n"],
    ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["a header with a bare CR", "GET / HTTP/1.1\r\nHost: localhost:PORT\rX: y\r\n\r\n"],
    ["a header with a space", "GET / HTTP/1.1\r\nHost : localhost:PORT\r\nConnection: close\r\n\r\n"],
    ["a folded header", "GET / HTTP/1.1\r\nHost: localhost:PORT\r\n evil.example\r\nConnection: close\r\n\r\n"],
    ["a GET on the link", request("/link", [ours])],
    ...["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"].map(
      (method) => [method, request("/", [ours], method)] as const,
    ),
  ];

  it.each(hostile)("%s", async (_name, bytes) => {
    const answer = await sendRaw(bytes);
    // Some are not even worth an answer.
    expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d .*)?$/m);
    expect(answer).not.toMatch(/^HTTP\/1\.1 [1235]/);
    expect(answer).not.toContain("<!doctype");
    expect(answer).not.toContain("root:");
  });
});

describe("WebSockets", () => {
  const upgrade = (headers: readonly string[], target = "/link", method = "GET"): string =>
    [
      `${method} ${target} HTTP/1.1`,
      ...headers,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "",
      "",
    ].join("\r\n");
  const openThenClose = async (bytes: string): Promise<number> => {
    const socket = connect(relay.port, "127.0.0.1");
    const first = new Promise<string>((resolve) => {
      socket.once("data", (chunk) => resolve(chunk.toString("latin1")));
      socket.once("close", () => resolve("HTTP/1.1 000"));
    });
    socket.write(bytes.replaceAll("PORT", String(relay.port)));
    const status = statusOf(await first);
    socket.destroy();
    return status;
  };

  it.each([
    ["our page", [ours, "Origin: http://localhost:PORT", "User-Agent: Mozilla/5.0"]],
    [
      "our page, with Sec-Fetch headers",
      [ours, "Origin: http://localhost:PORT", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: websocket"],
    ],
    ["a program that claims to be nothing else", ["Host: 127.0.0.1:PORT"]],
    ["Node's own WebSocket", ["Host: 127.0.0.1:PORT", "Sec-Fetch-Mode: websocket", "User-Agent: node"]],
  ])("lets in %s", async (_name, headers) => {
    expect(await openThenClose(upgrade(headers))).toBe(101);
  });

  it.each([
    ["another page", upgrade([ours, "Origin: https://evil.example"])],
    ["another page on this machine", upgrade([ours, "Origin: http://localhost:3000"])],
    ["the null origin", upgrade([ours, "Origin: null"])],
    ["a browser without an origin", upgrade([ours, "User-Agent: Mozilla/5.0"])],
    ["a browser of another site without an origin", upgrade([ours, "Sec-Fetch-Site: cross-site"])],
    ["a rebound name", upgrade(["Host: evil.example:PORT", "Origin: http://evil.example:PORT"])],
    ["another path", upgrade([ours], "/")],
    ["our path with a query", upgrade([ours], "/link?x=1")],
    ["our path with more", upgrade([ours], "/link/x")],
    ["POST", upgrade([ours], "/link", "POST")],
    ["another protocol", upgrade([ours]).replace("Upgrade: websocket", "Upgrade: h2c")],
    ["a proxy", upgrade([ours, "X-Forwarded-For: 192.0.2.1"])],
    ["an old version", upgrade([ours]).replace("Version: 13", "Version: 7")],
    ["no key", upgrade([ours]).replace(/Sec-WebSocket-Key: .*\r\n/, "")],
  ])("keeps out %s", async (_name, bytes) => {
    expect(await openThenClose(bytes)).not.toBe(101);
  });
});

describe("answers", () => {
  it("GET and HEAD /healthz say that it is up, and nothing more", async () => {
    const url = `http://localhost:${relay.port}/healthz`;
    const answer = await fetch(url);
    expect(await answer.text()).toBe('{"status":"ok"}');
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  });

  it("every file carries the security headers; hashed ones may be kept for ever, the page may not", async () => {
    const page = await fetch(`http://localhost:${relay.port}/`);
    const asset = await fetch(`http://localhost:${relay.port}/assets/index-1a2b3c.js`);
    for (const answer of [page, asset]) {
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/);
      expect(answer.headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(answer.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    }
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    const again = await fetch(`http://localhost:${relay.port}/`, {
      headers: { "if-none-match": page.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
  });

  it("a missing asset is missing, and is not the page", async () => {
    for (const path of ["/assets/gone-123456.js", "/nothing.txt", "/chats"]) {
      const answer = await fetch(`http://localhost:${relay.port}${path}`, { headers: { "sec-fetch-mode": "no-cors" } });
      expect(answer.status).toBe(404);
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });
});

it("judges a head without a socket", () => {
  const head = {
    method: "GET",
    target: "/",
    httpVersion: "1.1",
    rawHeaders: ["Host", "localhost"],
    isUpgrade: false,
    doorway: doorwayOf({ localAddress: "127.0.0.1", localPort: 80 }, []),
  };
  expect(judgeRequest(head)).toEqual({ kind: "pass", path: "/" });
  expect(judgeRequest({ ...head, doorway: { ...head.doorway, port: 4242 } })).toMatchObject({
    kind: "refuse",
    status: 403,
  });
});
