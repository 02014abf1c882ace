/**
 * The host in numbers to a collector of OpenTelemetry, at an address that its owner named (SOVEREIGN_OTLP) and at no other: `POST /v1/metrics`, once a minute. Without that setting nothing
 * is sent to anybody. What a collector did not take is in the next message, since the numbers count from the start; one that takes none is asked less and less often.
 */
import { readFileSync } from "node:fs";
import { nameCall } from "../egress/wayOut.ts";
import { collectorMsMax, keyBytesMax, sendEveryMs, sendEveryMsMax } from "./limits.ts";

export interface OtlpSenderOptions {
  /** "http://collector:4318". */
  readonly url: string;
  /** A file with the key that the collector asks for; `null`: none. */
  readonly keyFile: string | null;
  /** The numbers now; `null` when they cannot be had. */
  readonly ask: () => Promise<string | null>;
  readonly after: (delayMs: number, work: () => void) => () => void;
  readonly notify: (sentence: string) => void;
  /** For tests. */
  readonly post?: typeof postNumbers;
}

export interface OtlpSender {
  close(): void;
}

export function createOtlpSender({
  url,
  keyFile,
  ask,
  after,
  notify,
  post = postNumbers,
}: OtlpSenderOptions): OtlpSender {
  let everyMs = sendEveryMs;
  let isClosed = false;
  let told = "";

  async function send(): Promise<void> {
    const text = await ask();
    const fault = text === null || isClosed ? null : await post(url, keyFile, text);
    everyMs = fault === null ? sendEveryMs : Math.min(everyMs * 2, sendEveryMsMax);
    // Once for each reason.
    if (fault !== null && fault !== told)
      notify(
        `The collector at ${new URL(url).host} took no numbers of this host (${fault}). It is tried again by itself.`,
      );
    told = fault ?? "";
    if (!isClosed) cancel = after(everyMs, () => void send());
  }

  let cancel = after(sendEveryMs, () => void send());
  return {
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

/** `null`: it took them. Otherwise why not, in a word. */
async function postNumbers(url: string, keyFile: string | null, text: string): Promise<string | null> {
  try {
    const target = new URL(`${url.replace(/\/+$/, "")}/v1/metrics`);
    nameCall("metrics", target);
    const key = keyFile === null ? null : readFileSync(keyFile, "utf8").slice(0, keyBytesMax).trim();
    const response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: text,
      // Where it would send us is an address that nobody named.
      redirect: "error",
      signal: AbortSignal.timeout(collectorMsMax),
    });
    // What it says beside that is nothing that we need.
    await response.body?.cancel();
    return response.ok ? null : `status ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : "it cannot be reached";
  }
}
