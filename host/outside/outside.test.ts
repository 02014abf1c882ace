/** The way out: what it opens and what it does not, counted at the socket. */
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutsideError } from "./errors.ts";
import { outsideFetch, parseOutsideUrl } from "./outsideFetch.ts";
import { isBeside, isPublicAddress, type Interfaces } from "./publicAddress.ts";
import { hostileUrls, publicUrls } from "./testing/hostileUrls.ts";

let server: Server;
let port = 0;
let came = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    came += 1;
    if (request.url === "/big") {
      const chunk = Buffer.alloc(1_000_000, "x");
      const write = (): void => {
        while (response.write(chunk));
        response.once("drain", write);
      };
      return write();
    }
    if (request.url === "/packed") return void response.writeHead(200, { "content-encoding": "gzip" }).end("x");
    if (request.url === "/on") return void response.writeHead(302, { location: "http://169.254.169.254/latest" }).end();
    response.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof OutsideError ? error.code : error),
  );

describe("OF1 what is not on the public internet is not opened", { timeout: 60_000 }, () => {
  it("OF1 the corpus has 250 addresses and more, all different", () => {
    expect(new Set(hostileUrls).size).toBe(hostileUrls.length);
    expect(hostileUrls.length).toBeGreaterThanOrEqual(250);
  });

  it("OF1 not one of them leads to a connection (S-07)", async () => {
    const connected: string[] = [];
    // A name server that says what an attacker's would: whatever is asked for is this machine.
    const options = {
      isAnyPort: true,
      resolve: async () => ["127.0.0.1"],
      onConnect: (address: string) => void connected.push(address),
    };
    const opened: string[] = [];
    for (const url of hostileUrls) if ((await codeOf(outsideFetch(url, {}, options))) !== "address") opened.push(url);
    expect([opened, connected]).toEqual([[], []]);
  });

  it("OF1 and public ones are opened: the rule is not simply no", () => {
    for (const url of publicUrls) expect(() => parseOutsideUrl(url), url).not.toThrow();
    for (const address of ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "172.32.0.1", "100.63.255.255", "100.128.0.1"])
      expect(isPublicAddress(address), address).toBe(true);
  });

  it.each([
    [["8.8.8.8", "127.0.0.1"]],
    [["8.8.8.8", "::1"]],
    [["2606:4700::1111", "fd7a:115c:a1e0::1"]],
    [["8.8.8.8", "::ffff:169.254.169.254"]],
    [["not an address"]],
    [Array.from({ length: 33 }, (_, at) => `8.8.8.${at}`)],
  ])("OF1 a name that has %j is not asked", async (addresses) => {
    const connected: string[] = [];
    expect(
      await codeOf(
        outsideFetch(
          "https://example.org/",
          {},
          { resolve: async () => addresses, onConnect: (address) => void connected.push(address) },
        ),
      ),
    ).toBe("address");
    expect(connected).toEqual([]);
  });
});

describe("OF6 machines beside this one", () => {
  const interfaces: Interfaces = {
    lo: [{ address: "127.0.0.1", cidr: "127.0.0.1/8" }],
    eth0: [
      { address: "192.168.1.5", cidr: "192.168.1.5/24" },
      { address: "2a02:1234:5678:1::5", cidr: "2a02:1234:5678:1::5/64" },
      { address: "fe80::1%eth0", cidr: "fe80::1/64" },
      { address: "81.2.69.10", cidr: "81.2.69.10/28" },
    ],
    // A tunnel that takes all: its own address is ours, the internet is not.
    tun0: [
      { address: "2606:4700::1", cidr: "2606:4700::1/3" },
      { address: "9.9.9.9", cidr: "9.9.9.9/1" },
    ],
    odd: [{ address: "8.8.4.4", cidr: null }],
  };
  const fetchCode = async (url: string, resolved: readonly string[] = []): Promise<unknown> => {
    const stop = new AbortController();
    const connected: string[] = [];
    const options = {
      ...{ resolve: async () => resolved, interfaces: () => interfaces },
      onConnect: (address: string) => {
        connected.push(address);
        stop.abort();
      },
    };
    const code = await codeOf(outsideFetch(url, { signal: stop.signal }, options));
    return connected.length > 0 ? "opened" : code;
  };

  it.each([
    ["2a02:1234:5678:1::99", true],
    ["2a02:1234:5678:1:ffff:ffff:ffff:ffff", true],
    ["2a02:1234:5678:2::99", false],
    ["81.2.69.15", true],
    ["81.2.69.16", false],
    ["2606:4700::1", true],
    ["2606:4700::2", false],
    ["9.9.9.9", true],
    ["9.9.9.10", false],
    ["8.8.4.4", true],
    ["8.8.8.8", false],
  ])("OF6 %s stands beside this machine: %s", async (address, expected) => {
    expect(isBeside(address, interfaces)).toBe(expected);
    const url = `https://${address.includes(":") ? `[${address}]` : address}/`;
    expect(await fetchCode(url)).toBe(expected ? "address" : "opened");
    expect(await fetchCode("https://example.org/", ["1.1.1.1", address])).toBe(expected ? "address" : "opened");
  });

  it("OF6 by the cards that this machine has now", () => {
    expect(isBeside("127.0.0.1")).toBe(true);
    expect(isBeside("1.1.1.1")).toBe(false);
  });
});

it("OF2 a name is resolved once, and the connection goes where that led", { timeout: 60_000 }, async () => {
  let asked = 0;
  const connected: string[] = [];
  // Public at first, this machine the second time: there is no second time. (192.0.2/24 would be refused; nobody answers at this one within the test.)
  const resolve = async () => (asked++ === 0 ? ["198.20.0.1"] : ["127.0.0.1"]);
  const stop = new AbortController();
  const before = came;
  const work = codeOf(
    outsideFetch(
      `http://example.org:${port}/`,
      { signal: stop.signal },
      {
        isAnyPort: true,
        resolve,
        onConnect: (address) => {
          connected.push(address);
          setTimeout(() => stop.abort(), 50);
        },
      },
    ),
  );
  await work;
  expect([asked, connected, came - before]).toEqual([1, ["198.20.0.1"], 0]);
});

describe("OF3 OF4 what comes back", { timeout: 60_000 }, () => {
  const ask = (path: string, bytesMax = 1_000_000) => {
    const named = new Set([`127.0.0.1:${port}`]);
    return outsideFetch(`http://127.0.0.1:${port}${path}`, {}, { named, bytesMax });
  };

  it("OF1 a machine that the owner wrote down by number is opened, at that port alone", async () => {
    expect(await (await ask("/")).text()).toBe("hello");
    expect(() => parseOutsideUrl("http://127.0.0.1:1/", { named: new Set([`127.0.0.1:${port}`]) })).toThrow(
      OutsideError,
    );
  });

  it("OF3 a redirect comes back as one", async () => {
    const before = came;
    const response = await ask("/on");
    expect([response.status, response.headers.get("location"), came - before]).toEqual([
      302,
      "http://169.254.169.254/latest",
      1,
    ]);
  });

  it("OF4 what has no end is not read to it, and what is packed is not unpacked", async () => {
    expect(await codeOf((await ask("/big")).text())).toBe("flood");
    expect(await codeOf(ask("/packed"))).toBe("strange");
  });
});

it(
  "OF5 each place is named before it is called, so that a part of the host that opens nothing else opens this, and counts it",
  { timeout: 60_000 },
  async () => {
    const script = `import ${JSON.stringify(join(import.meta.dirname, "../egress/closed.ts"))};
    import { takeCalls } from ${JSON.stringify(join(import.meta.dirname, "../egress/wayOut.ts"))};
    import { outsideFetch } from ${JSON.stringify(join(import.meta.dirname, "outsideFetch.ts"))};
    const other = await fetch("http://127.0.0.1:${port}/").then(() => "through", () => "refused");
    const said = await (await outsideFetch("http://127.0.0.1:${port}/", {}, { named: new Set(["127.0.0.1:${port}"]) })).text();
    console.log(JSON.stringify([other, said, takeCalls().map(({ why }) => why)]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", script]);
    expect(JSON.parse(stdout)).toEqual(["refused", "hello", ["refused", "tool"]]);
  },
);
