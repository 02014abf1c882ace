/** Addresses that lead inside, in all the ways people have written them to get past a check; and some that do not. */

/** Each of these numbers, in the forms that some reader of addresses takes for it. */
function formsOf(address: string): readonly string[] {
  const parts = address.split(".").map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number): string => value.toString(16);
  const pair = (x: number, y: number): string => hex(x * 256 + y);
  const mapped = `${pair(a, b)}:${pair(c, d)}`;
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${hex(whole)}`,
    `0${whole.toString(8)}`,
    parts.map((part) => `0x${hex(part)}`).join("."),
    parts.map((part) => `0${part.toString(8)}`).join("."),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `[::ffff:${address}]`,
    `[::ffff:${mapped}]`,
    `[0:0:0:0:0:ffff:${mapped}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${mapped}]`,
    `[2002:${mapped}::1]`,
    `[2001:0:${mapped}::1]`,
    address.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replaceAll(".", "。"),
  ];
}

const inside = [
  "127.0.0.1",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "198.18.0.1",
  "224.0.0.1",
];
const only = [
  "127.1",
  "127.0.1",
  "0",
  "0x7f.1",
  "127.255.255.255",
  "172.31.255.255",
  "100.127.255.255",
  "192.0.0.192",
  "168.63.129.16",
  "255.255.255.255",
  "240.0.0.1",
  "203.0.113.9",
  "192.88.99.1",
];
const sixes = [
  "::",
  "::1",
  "0:0:0:0:0:0:0:1",
  "fe80::1",
  "fc00::1",
  "fd00::1",
  "fd7a:115c:a1e0::1",
  "fd00:ec2::254",
  "fec0::1",
  "ff02::1",
  "100::1",
  "2001:db8::1",
  "3fff::1",
  "2001:10::1",
  "2001:20::1",
  "5f00::1",
  "4000::1",
];
const names = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "ip6-localhost",
  "metadata",
  "metadata.google.internal",
  "metadata.google.internal.",
  "printer.local",
  "router.lan",
  "nas.home.arpa",
  "box.tail1234.ts.net",
  "db.internal",
  "intranet",
  "x.corp",
  "x.onion",
  "1.0.0.127.in-addr.arpa",
  "x.test",
];
/** Public by its name, and by its name server this machine. */
const rebound = [
  "rebind.example.org",
  "127.0.0.1.nip.io",
  "localtest.me",
  "spoofed.burpcollaborator.net",
  "xn--e1afmkfd.xn--p1ai",
  "ⓔⓧⓐⓜⓟⓛⓔ.org",
];
const whole = [
  "file:///etc/passwd",
  "ftp://127.0.0.1/",
  "gopher://127.0.0.1:6379/_INFO",
  "dict://127.0.0.1:11211/stats",
  "data:text/plain,hello",
  "javascript:alert(1)",
  "blob:http://127.0.0.1/x",
  "ws://127.0.0.1/",
  "jar:http://127.0.0.1!/",
  "about:blank",
  "http:",
  "http://",
  "//127.0.0.1/",
  "/etc/passwd",
  "",
  "http://user@127.0.0.1/",
  "http://user:word@example.org/",
  "http://example.org@127.0.0.1/",
  "http://127.0.0.1#@example.org/",
  "http://127.0.0.1?@example.org/",
  "http://127.0.0.1\\@example.org/",
  "http:\\\\127.0.0.1\\",
  "http:127.0.0.1",
  "http:/127.0.0.1",
  "http:///127.0.0.1",
  "http://127.0.0.1:80",
  "http://127.0.0.1:6379/",
  "https://127.0.0.1:443/",
  "http://%31%32%37.0.0.1/",
  "http://127.0.0.1%2f@example.org/",
  "http://[::1%25lo]/",
  "http://[::1]:22/",
  "http://1.1.1.1 &@127.0.0.1/",
  "\u0000http://127.0.0.1/",
  "http://12\t7.0.0.1/",
  "http://127.0.0.1\u00ad/",
  "http://①②⑦.⓪.⓪.①/",
  "http://256.256.256.256/",
  "http://example.org:99999/",
  `http://example.org/${"a".repeat(3_000)}`,
];

export const hostileUrls: readonly string[] = [
  ...new Set([
    ...inside.flatMap(formsOf).map((host) => `http://${host}/`),
    ...only.map((host) => `http://${host}/`),
    ...sixes.map((host) => `http://[${host}]/`),
    ...names.map((host) => `http://${host}/`),
    ...rebound.map((host) => `https://${host}/latest/meta-data`),
    ...whole,
  ]),
];

export const publicUrls: readonly string[] = [
  "https://example.org/",
  "http://1.1.1.1/",
  "https://[2606:4700::1111]/dns-query",
  "https://xn--bcher-kva.example.com/a?b=c#d",
  "https://example.org:443/",
];
