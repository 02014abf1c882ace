/** The page tool over real HTTP. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultToolPolicy, ruleFor } from "#sync/docs/toolPolicy.ts";
import { hostileUrls } from "../../outside/testing/hostileUrls.ts";
import type { ToolContext } from "../tool.ts";
import { createPageTools } from "./fetchPage.ts";
import { pageCharsMax } from "./limits.ts";
import { readPage } from "./pageText.ts";

let server: Server;
let port = 0;
let asked: string[] = [];
let pages: Readonly<Record<string, (response: ServerResponse) => void>> = {};
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const page = pages[request.url ?? ""];
    if (page === undefined) return void response.writeHead(404).end();
    page(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const context: ToolContext = { signal: new AbortController().signal, progress: () => {}, elicit: async () => null };
async function fetchPage(path: string, connected: string[] = []) {
  asked = [];
  const source = createPageTools({
    named: new Set([`127.0.0.1:${port}`]),
    onConnect: (address) => void connected.push(address),
  });
  const url = path.startsWith("/") ? `http://127.0.0.1:${port}${path}` : path;
  const { parts, isError } = await source.tools()[0]!.run({ url }, context);
  return { text: parts.map((part) => (part.kind === "text" ? part.text : "")).join(""), isError };
}
const html = (body: string) => (response: ServerResponse) =>
  void response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(body);
const on = (location: string) => (response: ServerResponse) => void response.writeHead(302, { location }).end();

it("PG1 it is off unless its owner allows it, says where it goes, and what it gives is by strangers", () => {
  const [tool] = createPageTools().tools();
  expect(ruleFor(defaultToolPolicy, tool!.name, tool!.class, tool!.version)).toBe("deny");
  expect(tool!.isUntrusted).toBe(true);
  expect(tool!.target({ url: "https://example.org/a?b" })).toBe("example.org");
  expect(tool!.target({ url: "no address" })).toBe("");
});

describe("PG2 where it does not go", { timeout: 60_000 }, () => {
  it("PG2 a page that sends on inside leads nowhere, whichever way it is written", async () => {
    const opened: string[] = [];
    let tried = 0;
    for (const url of hostileUrls) {
      // What is no address of its own is one beside the page; a name is for the resolver, and was looked at in outside.test.ts.
      const target = URL.parse(url, `http://127.0.0.1:${port}/on`);
      if (
        target === null ||
        target.host === `127.0.0.1:${port}` ||
        /example\.org|nip\.io|localtest|burp|xn--/.test(target.host)
      )
        continue;
      if (/[^\u0020-\u007e]/.test(url)) continue;
      tried += 1;
      pages = { "/on": on(url) };
      const connected: string[] = [];
      const { isError } = await fetchPage("/on", connected);
      if (!isError || connected.length !== 1) opened.push(url);
    }
    expect(tried).toBeGreaterThan(150);
    expect(opened).toEqual([]);
  });

  it("PG2 what was allowed was one host: another is named and not opened, however near", async () => {
    const other = createServer((_request, response) => void response.end("there"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const beside = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const source = createPageTools({ named: new Set([`127.0.0.1:${port}`, beside]) });
    const read = async (path: string): Promise<string> => {
      const { parts, isError } = await source.tools()[0]!.run({ url: `http://127.0.0.1:${port}${path}` }, context);
      return `${isError ? "not read" : "read"}: ${parts.map((part) => (part.kind === "text" ? part.text : "")).join("")}`;
    };
    pages = {
      "/near": on(`http://${beside}/x?y=1`),
      "/far": on("https://www.example.org/x"),
      "/same": on("/here"),
      "/here": html("here"),
    };
    expect(await read("/near")).toMatch(
      new RegExp(`^not read[^]*another host, ${beside},[^]*http://${beside}/x\\?y=1$`),
    );
    expect(await read("/far")).toMatch(/^not read[^]*another host, www\.example\.org,/);
    expect(await read("/same")).toMatch(/^read[^]*here/);
    // Asked for by itself it is another call, with a host of its own for its owner to see.
    expect(source.tools()[0]!.target({ url: `http://${beside}/x?y=1` })).toBe(beside);
    other.close();
  });

  it("PG2 in a circle it ends", async () => {
    pages = { "/a": on("/b"), "/b": on("/a") };
    expect(await fetchPage("/a")).toMatchObject({ isError: true });
    expect(asked.length).toBe(6);
    pages = { "/a": on("/b"), "/b": html("<p>here</p>") };
    expect(await fetchPage("/a")).toMatchObject({ isError: false, text: expect.stringContaining("here") as string });
  });
});

describe("PG3 its text", { timeout: 60_000 }, () => {
  it("PG3 headings, lists and words; no scripts, styles or pictures, and nothing is fetched", async () => {
    pages = {
      "/page":
        html(`<!doctype html><title>A &amp; B</title><style>p{}</style><script>alert(1)</script><h1>Head</h1><p>One<br>two <b>three</b></p>
        <img src="/x.png" onerror="alert(1)"><link rel=stylesheet href="/x.css"><iframe src="/frame"></iframe><ul><li>a<li>b</ul><svg><text>no</text></svg><noscript>no</noscript>`),
    };
    const { text } = await fetchPage("/page");
    expect(text).toContain("A & B\n\nHead\n\nOne\ntwo three");
    expect(text).not.toMatch(/alert|no$|p\{\}/);
    expect(asked).toEqual(["/page"]);
  });

  it("PG3 broken, nested without end, or cut in the middle, it is read all the same", () => {
    expect(readPage("<div>".repeat(1_000) + "deep").text).toBe("deep");
    // A whole page of it ends too, though without its end.
    expect(readPage(`first${"<div>".repeat(800_000)}deep`).text).toBe("first");
    expect(readPage("<p>open <b>and <scr").text).toMatch(/^open and/);
    expect(readPage("<script>".repeat(1_000)).text).toBe("");
    expect(readPage(`<p>${"word ".repeat(100_000)}`)).toMatchObject({ isCut: true });
    expect(readPage(`<p>${"word ".repeat(100_000)}`).text.length).toBeLessThanOrEqual(pageCharsMax);
  });
});

it("PG4 what is no text, too large, or not there is said in plain words", { timeout: 60_000 }, async () => {
  pages = {
    "/zip": (response) => void response.writeHead(200, { "content-type": "application/zip" }).end("x"),
    "/big": (response) => {
      response.writeHead(200, { "content-type": "text/html" });
      const write = (): void => {
        while (response.write("x\n".repeat(100_000)));
        response.once("drain", write);
      };
      write();
    },
    "/text": (response) => void response.writeHead(200, { "content-type": "text/plain" }).end("1 < 2\nand <b>"),
  };
  expect((await fetchPage("/zip")).text).toContain("no text");
  expect(await fetchPage("/big")).toMatchObject({
    isError: true,
    text: expect.stringContaining("more than it may") as string,
  });
  expect((await fetchPage("/none")).text).toContain("404");
  expect((await fetchPage("/text")).text).toContain("1 < 2\nand <b>");
});
