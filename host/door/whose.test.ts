import { describe, expect, it } from "vitest";
import { whoseConnection, whoseTailnetConnection } from "./whose.ts";

describe("whose a connection is", () => {
  it.each([
    ["GET /v1/models HTTP/1.1\r\n", "gateway"],
    ["POST /v1/chat/completions HTTP/1.1\r\n", "gateway"],
    ["GET /v1 HTTP/1.1", "gateway"],
    ["GET /v1?x HTTP/1.1", "gateway"],
    ["GET /v1\r\n", "gateway"],
    ["\r\n\r\nGET /v1/models", "gateway"],
    ["GET / HTTP/1.1\r\n", "relay"],
    ["GET /link HTTP/1.1\r\n", "relay"],
    ["GET /metrics HTTP/1.1\r\n", "gateway"],
    ["GET /metrics?x", "gateway"],
    ["GET /metric HTTP/1.1", "relay"],
    ["GET /metricsx", "relay"],
    ["GET /mail", "relay"],
    ["GET /v10", "relay"],
    ["GET /v1x", "relay"],
    ["GET /v1%2fmodels", "relay"],
    ["GET //v1/", "relay"],
    ["GET http://localhost/v1/", "relay"],
    ["GET /V1/", "relay"],
    ["get /v1/", "relay"],
    ["GET  /v1/", "relay"],
    ["\x16\x03\x01\x02", "relay"],
    ["A".repeat(17), "relay"],
    ["\r\n".repeat(40), "relay"],
    ["\rG", "relay"],
    ["", null],
    ["\r", null],
    ["\r\n", null],
    ["GET", null],
    ["GET ", null],
    ["GET /", null],
    ["GET /v", null],
    ["GET /v1", null],
    ["GET /m", null],
    ["GET /metrics", null],
  ] as const)("%j: %s", (text, name) => {
    expect(whoseConnection(Buffer.from(text, "latin1"))).toBe(name);
  });

  it("never changes its mind with more bytes", () => {
    const text = Buffer.from("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const minds = Array.from(text, (_byte, at) => whoseConnection(text.subarray(0, at + 1)));
    expect([...new Set(minds)]).toEqual([null, "gateway"]);
    expect(minds.lastIndexOf(null)).toBeLessThan(minds.indexOf("gateway"));
  });
});

describe("whose a connection on the tailnet is", () => {
  it.each([
    ["\x16\x03\x01\x02", "https"],
    ["\x16", "https"],
    ["GET / HTTP/1.1\r\n", "https"],
    ["GET /certificate HTTP/1.1\r\n", "https"],
    ["GET /linked", "https"],
    ["HEAD /link ", "https"],
    ["POST /link ", "https"],
    ["GET /link HTTP/1.1\r\n", "relay"],
    ["GET /link?x", "relay"],
    ["POST /v1/chat/completions HTTP/1.1\r\n", "gateway"],
    ["GET /v10", "https"],
    ["", null],
    ["G", null],
    ["GET /", null],
    ["GET /lin", null],
    ["GET /link", null],
    ["GET /v1", null],
  ] as const)("%j: %s", (text, name) => {
    expect(whoseTailnetConnection(Buffer.from(text, "latin1"))).toBe(name);
  });

  it("never changes its mind with more bytes", () => {
    for (const line of [
      "GET /link HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /certificate HTTP/1.1\r\nHost: a\r\n\r\n",
      "PUT /v1/x y",
    ]) {
      const text = Buffer.from(line);
      const minds = Array.from(text, (_byte, at) => whoseTailnetConnection(text.subarray(0, at + 1)));
      expect(new Set(minds.filter((mind) => mind !== null)).size, line).toBe(1);
    }
  });
});
