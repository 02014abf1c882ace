/**
 * The page that leads a person through trusting this host's own authority, once on each device. It is served in plain HTTP, since that
 * trust is what HTTPS lacks yet: so it says how to see that nobody changed it on the way, by the fingerprint that the host itself shows. It runs no
 * script and loads nothing.
 */
import { createHash } from "node:crypto";
import { X509Certificate } from "node:crypto";
import { fingerprintOf } from "./pair.ts";

export interface InstallPage {
  readonly html: string;
  /** For `style-src`: the page's own style and no other. */
  readonly styleHash: string;
}

export const certificatePaths = {
  page: "/certificate",
  file: "/certificate/sovereign.crt",
  apple: "/certificate/sovereign.mobileconfig",
} as const;

interface Guide {
  readonly name: string;
  readonly isFor: RegExp;
  readonly file: string;
  readonly get: string;
  readonly steps: readonly string[];
}

const GUIDES: readonly Guide[] = [
  {
    name: "iPhone and iPad",
    isFor: /iPhone|iPad/,
    file: certificatePaths.apple,
    get: "Get the profile",
    steps: [
      "Tap the button in Safari, and Allow.",
      "Open Settings. Under your name: Profile Downloaded, then Install. Compare the fingerprint under More Details.",
      "Settings, General, About, Certificate Trust Settings: switch on the one called Sovereign.",
    ],
  },
  {
    name: "Android",
    isFor: /Android/,
    file: certificatePaths.file,
    get: "Get the certificate",
    steps: [
      "Tap the button; the file goes to Downloads.",
      "Open Settings and search for “CA certificate” (Security, More security settings, Install from storage). Choose Install anyway, then the file.",
      "Security, Trusted credentials, User: tap it to compare the fingerprint.",
    ],
  },
  {
    name: "Windows",
    isFor: /Windows/,
    file: certificatePaths.file,
    get: "Get the certificate",
    steps: [
      "Open the file: Install Certificate, Current User.",
      "Choose “Place all certificates in the following store”, then Trusted Root Certification Authorities, and finish.",
      "Close the browser and open it again.",
    ],
  },
  {
    name: "Mac",
    isFor: /Macintosh/,
    file: certificatePaths.file,
    get: "Get the certificate",
    steps: [
      "Open the file: it goes to Keychain Access, in login.",
      "Double-click “Sovereign” there and compare the fingerprint (SHA-256).",
      "Open Trust, and set “When using this certificate” to Always Trust.",
    ],
  },
  {
    name: "Linux",
    isFor: /Linux/,
    file: certificatePaths.file,
    get: "Get the certificate",
    steps: [
      "Chrome and Chromium: Settings, Privacy and security, Security, Manage certificates, Custom, Installed by you: import the file as trusted.",
      "Or in a terminal: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Sovereign -i sovereign.crt",
    ],
  },
  {
    name: "Firefox",
    isFor: /Firefox/,
    file: certificatePaths.file,
    get: "Get the certificate",
    steps: [
      "Firefox has a list of its own, on every system but iOS: Settings, search for “certificates”, View Certificates, Authorities, Import.",
      "Tick “Trust this CA to identify websites”. View shows the fingerprint.",
    ],
  },
];

/** `agent`: the browser's name for itself; it only decides which steps stand open. `origin`: where the app is, once that is done. */
export function makeInstallPage(authority: string, origin: string, agent: string): InstallPage {
  const isFirefox = /Firefox/.test(agent);
  const chosen = GUIDES.find(({ isFor }) => isFor.test(agent) && (!isFirefox || isFor.test("Firefox"))) ?? GUIDES[0];
  const guides = [...GUIDES].sort((one, other) => Number(other === chosen) - Number(one === chosen));
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Trust your Sovereign host</title>
<style>${STYLE}</style>
<main>
<h1>Trust your Sovereign host</h1>
<p>Your browser wants to know who vouches for your host. Your host does, by a certificate of its own: tell this device once to trust it. It counts for your host’s own names and for private networks, and for no other site.</p>
<h2>1. Compare</h2>
<p>Your host shows this fingerprint where it was started, and under <code>sovereign tailnet</code>. If the two differ, stop: something between you and your host changed this page.</p>
<p class="fingerprint">${escapeHtml(fingerprintOf(authority)).replaceAll(":", ":<wbr>")}</p>
<h2>2. Install</h2>
${guides.map((guide) => guideHtml(guide, guide === chosen)).join("\n")}
<h2>3. Open your assistant</h2>
<p><a class="button" href="${escapeHtml(origin)}/">Open ${escapeHtml(origin)}</a></p>
<p class="note">If the browser still warns, the certificate is not trusted yet: go back to step 2. Do not click past the warning.</p>
</main>
</html>
`;
  return { html, styleHash: `sha256-${createHash("sha256").update(STYLE).digest("base64")}` };
}

/** What iOS, iPadOS and macOS install: the same certificate, as a profile. */
export function makeAppleProfile(authority: string): string {
  const certificate = new X509Certificate(authority);
  const id = (label: string): string => toUuid(createHash("sha256").update(label).update(certificate.raw).digest());
  const name = escapeHtml(/^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "Sovereign");
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadCertificateFileName</key><string>sovereign.crt</string>
      <key>PayloadContent</key><data>${Buffer.from(certificate.raw).toString("base64")}</data>
      <key>PayloadDisplayName</key><string>${name}</string>
      <key>PayloadIdentifier</key><string>sovereign.authority.certificate</string>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadUUID</key><string>${id("certificate")}</string>
      <key>PayloadVersion</key><integer>1</integer>
    </dict>
  </array>
  <key>PayloadDescription</key><string>Lets this device trust your Sovereign host. SHA-256: ${certificate.fingerprint256}</string>
  <key>PayloadDisplayName</key><string>${name}</string>
  <key>PayloadIdentifier</key><string>sovereign.authority</string>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadUUID</key><string>${id("profile")}</string>
  <key>PayloadVersion</key><integer>1</integer>
</dict>
</plist>
`;
}

function guideHtml({ name, file, get, steps }: Guide, isOpen: boolean): string {
  return `<details${isOpen ? " open" : ""}><summary>${escapeHtml(name)}</summary>
<p><a class="button" href="${file}" download>${escapeHtml(get)}</a></p>
<ol>${steps.map((step) => `<li>${escapeHtml(step)}</li>`).join("")}</ol></details>`;
}

function toUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `A${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}

const STYLE = `
:root { font: 16px/1.55 system-ui, sans-serif; color: #1c1b19; background: #faf9f7; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .5rem 0; }
.fingerprint { font: 600 .95rem/1.9 ui-monospace, monospace; padding: .75rem 1rem; border: 1px solid #d8d4cc; border-radius: .6rem; background: #fff; overflow-wrap: anywhere; }
details { border: 1px solid #d8d4cc; border-radius: .6rem; margin: .5rem 0; background: #fff; }
summary { padding: .8rem 1rem; min-height: 1.4rem; font-weight: 600; cursor: pointer; }
details > p, details > ol { margin: .25rem 1rem .75rem; }
ol { padding-left: 1.25rem; }
li { margin: .35rem 0; }
.button { display: inline-block; padding: .7rem 1.1rem; border-radius: .6rem; background: #23537a; color: #fff; text-decoration: none; overflow-wrap: anywhere; }
.note { color: #5d5a54; font-size: .925rem; }
code { font: .925em ui-monospace, monospace; }
:focus-visible { outline: 3px solid #5b93c2; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  :root { color: #ece9e3; background: #191817; }
  .fingerprint, details { background: #232120; border-color: #403d39; }
  .button { background: #7fb2dc; color: #10202c; }
  .note { color: #aaa59c; }
}
`;
