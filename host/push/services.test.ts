/** T-33, S-07: a subscription is a device's word, so what it may name is a closed list, and what that stands for has to be public. */
import { expect, it } from "vitest";
import { internet } from "./post.ts";
import { parsePushEndpoint } from "./services.ts";

const path = "/fcm/send/abc:def";
const allowed = [
  `https://fcm.googleapis.com${path}`,
  `https://FCM.googleapis.com:443${path}`,
  "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
  "https://web.push.apple.com/QGuQyavXutnMH",
  "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%3d",
];

/** Names and addresses that are nobody's push service, in every way of writing them that parsers have fallen for. */
const foreign = [
  ...["localhost", "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0", "0.0.0.0", "[::]"],
  ...["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"],
  ...[
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[fd00:ec2::254]",
    "metadata.google.internal",
  ],
  ...["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.100", "[fd7a:115c:a1e0::1]", "[fe80::1]"],
  ...["router.local", "host.docker.internal", "laptop.tail1234.ts.net", "example.org", "googleapis.com", "apple.com"],
  ...["fcm.googleapis.com.evil.test", "fcm.googleapis.com.", "evilfcm.googleapis.com", "a.fcm.googleapis.com"],
  ...["fcm-googleapis.com", "xn--fcm-googleapis.com", "fcm.googleapis.co", "fcm。googleapis。com.evil.test"],
  ...["push.apple.com", "evilpush.apple.com", "a.evilpush.apple.com", "push.apple.com.evil.test", ".push.apple.com"],
  ...["notify.windows.com", "evilnotify.windows.com", "notify.windows.com.127.0.0.1.nip.io", "a..notify.windows.com"],
  ...["updates.push.services.mozilla.com.127.0.0.1.sslip.io", "push.services.mozilla.com", "services.mozilla.com"],
];
const written = [
  ...foreign.map((name) => `https://${name}${path}`),
  ...foreign.map((name) => `https://fcm.googleapis.com@${name}${path}`),
  ...foreign.map((name) => `https://${name}#.fcm.googleapis.com`),
  ...foreign.map((name) => `https://${name}?.push.apple.com`),
  ...foreign.map((name) => `https://${name}\\@fcm.googleapis.com${path}`),
  ...["http:", "ws:", "wss:", "ftp:", "file:", "data:", "javascript:", "blob:https:", "gopher:", ""].map(
    (scheme) => `${scheme}//fcm.googleapis.com${path}`,
  ),
  ...["8443", "80", "22", "65535"].map((port) => `https://fcm.googleapis.com:${port}${path}`),
  ...["user@", "user:key@", ":@x@"].map((who) => `https://${who}fcm.googleapis.com${path}`),
  ...["", " ", "fcm.googleapis.com", "//fcm.googleapis.com/x", "https:", "https://", `https://fcm.googleapis.com/#a`],
  `https://fcm.googleapis.com/${"a".repeat(1_024)}`,
];

it("WP11 the services of browsers are known, and are called by HTTPS on its own port", () => {
  for (const endpoint of allowed)
    expect([endpoint, parsePushEndpoint(endpoint)?.protocol]).toEqual([endpoint, "https:"]);
});

it("WP12 nothing else is, however it is written", () => {
  expect(written.length).toBeGreaterThan(250);
  const called = written.filter((endpoint) => parsePushEndpoint(endpoint) !== null);
  expect(called).toEqual([]);
});

it("WP13 of addresses only public ones are called", () => {
  const open = [
    "142.250.74.10",
    "17.188.1.1",
    "1.1.1.1",
    "2a00:1450:4001:800::200a",
    "2620:149:a44::1",
    "2606:4700::1",
  ];
  const closed = [
    ...[
      "0.0.0.0",
      "0.1.2.3",
      "10.0.0.1",
      "10.255.255.255",
      "100.64.0.1",
      "100.127.255.255",
      "127.0.0.1",
      "127.255.255.255",
    ],
    ...["169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1"],
    ...["192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255"],
    ...["240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:142.250.74.10", "::ffff:10.0.0.1"],
    ...[
      "::ffff:a9fe:a9fe",
      "64:ff9b::a00:1",
      "64:ff9b:1::1",
      "100::1",
      "2001::1",
      "2001:0:4136:e378::1",
      "2001:db8::1",
    ],
    ...[
      "2002:7f00:1::",
      "2002:a00:1::1",
      "3fff::1",
      "fc00::1",
      "fd7a:115c:a1e0::1",
      "fe80::1",
      "fe80::1%eth0",
      "fec0::1",
    ],
    ...["ff02::1", "2a00:1450::1%eth0", "", "localhost", "1.1.1", "0x7f.1", "1.1.1.1 ", "[::1]"],
  ];
  expect(open.filter((address) => !internet.isAllowed(address))).toEqual([]);
  expect(closed.filter(internet.isAllowed)).toEqual([]);
});
