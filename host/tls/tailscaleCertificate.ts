/**
 * The certificate that tailscaled keeps for this machine's ts.net name: publicly trusted, so no device has to be told anything.
 *
 *   GET /localapi/v0/status?peers=false    → CertDomains: names for which HTTPS is switched on in the tailnet
 *   GET /localapi/v0/cert/NAME?type=pair   → the key and then the chain, as PEM; fetched and renewed by tailscaled
 */
import { askLocalApi, findLocalApi } from "../door/localApi.ts";
import { tailscaleAnswerBytesMax, tailscaleAnswerMsMax } from "../door/limits.ts";
import { certificateAnswerMsMax, certificateBytesMax } from "./limits.ts";
import { readPair, type Pair } from "./pair.ts";

export type TailscaleAnswer =
  | { readonly kind: "pair"; readonly pair: Pair }
  /** `says`: what the owner can do for a certificate; `null` where there is no Tailscale that could give one. */
  | { readonly kind: "none"; readonly says: string | null };

export async function askTailscaleCertificate(
  nowMs: number,
  socketPath: string | null = findLocalApi(),
): Promise<TailscaleAnswer> {
  if (socketPath === null) return none(null);
  const limits = { msMax: tailscaleAnswerMsMax, bytesMax: tailscaleAnswerBytesMax };
  const status = await askLocalApi(socketPath, "status?peers=false", limits);
  if (status?.status !== 200) return none(says.silent);
  const domains = certificateDomains(status.text);
  if (domains === null) return none(says.notRunning);
  const [name] = domains;
  if (name === undefined) return none(says.switchedOff);
  const answer = await askLocalApi(socketPath, `cert/${encodeURIComponent(name)}?type=pair`, {
    msMax: certificateAnswerMsMax,
    bytesMax: certificateBytesMax,
  });
  if (answer === null) return none(says.slow);
  if (answer.status === 403 || /access denied/i.test(answer.text)) return none(says.denied);
  const pem = answer.status === 200 ? splitPair(answer.text) : null;
  if (pem === null) return none(says.refused);
  const verdict = readPair(pem.key, pem.chain, nowMs);
  if (verdict.kind === "good") return { kind: "pair", pair: verdict.pair };
  return none(`The certificate that tailscaled gave ${verdict.says}. Restart Tailscale on this machine.`);
}

const says = {
  silent:
    "Tailscale does not answer on this machine, so it gives no certificate. Start it: sudo systemctl start tailscaled.",
  notRunning: "Tailscale is stopped or signed out on this machine. Bring it up: tailscale up.",
  switchedOff:
    "Tailscale gives no certificates in this tailnet yet. Switch on MagicDNS and HTTPS Certificates in its admin console, under DNS. (Headscale has none.)",
  slow: "Tailscale has not fetched a certificate yet. It is asked again by itself.",
  denied:
    "Tailscale does not give this user a certificate. Allow it once with: sudo tailscale set --operator=$USER, or set TS_PERMIT_CERT_UID for tailscaled.",
  refused: "Tailscale could not fetch a certificate. Try it by hand to see why: tailscale cert.",
} as const;

/** `null`: not running. */
function certificateDomains(text: string): readonly string[] | null {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status !== "object" || status === null) return null;
    if (!("BackendState" in status) || status.BackendState !== "Running") return null;
    const domains = "CertDomains" in status && Array.isArray(status.CertDomains) ? status.CertDomains : [];
    return domains.filter((each) => typeof each === "string").map((each) => each.toLowerCase());
  } catch {
    // reason: what cannot be read names nothing.
    return null;
  }
}

function splitPair(text: string): { readonly key: string; readonly chain: string } | null {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  const key = blocks.find((block) => /^-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/.test(block));
  const chain = blocks.filter((block) => block.startsWith("-----BEGIN CERTIFICATE-----"));
  return key === undefined || chain.length === 0 ? null : { key, chain: `${chain.join("\n")}\n` };
}

function none(sentence: string | null): TailscaleAnswer {
  return { kind: "none", says: sentence };
}
