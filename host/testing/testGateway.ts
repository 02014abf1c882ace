/** A real gateway for tests: a listener and a home of its own, and a backend that it is told to ask. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "#crypto/random.ts";
import { BackendError } from "../backends/backend.ts";
import { usualRedaction } from "../backends/redactedAnswer.ts";
import { listenOnLoopback } from "../door/loopback.ts";
import type { BackendSource } from "../gateway/backendSource.ts";
import { createGateway, type GatewayOptions } from "../gateway/gateway.ts";
import type { Recipient } from "#crypto/record.ts";
import { createKey, openKeyRing } from "../gateway/keys.ts";
import { createRecorder } from "../gateway/recording.ts";
import { openRecordSpool, type RecordSpool } from "../recordSpool.ts";

export interface TestGateway {
  readonly home: string;
  readonly port: number;
  /** Ends in /v1. */
  readonly url: string;
  readonly key: string;
  /** What it told the owner. */
  readonly notices: string[];
  /** How often places at a backend were taken and given back. */
  readonly places: { taken: number; given: number };
  /** What it recorded and nobody took yet. */
  readonly spool: RecordSpool;
  makeKey(name: string, options?: { readonly isRecorded?: boolean; readonly isMasked?: boolean }): Promise<string>;
  /** Sends these very bytes, with PORT and KEY put in, and gives back what comes until the other end closes. */
  sendRaw(text: string): Promise<string>;
  readonly failures: number;
  dispose(): Promise<void>;
}

export interface TestGatewayOptions {
  /** In the order in which they are asked. */
  readonly backends?: readonly {
    readonly url: string;
    readonly key?: string;
    readonly model?: string;
    readonly place?: string;
  }[];
  readonly models?: readonly string[];
  /** Who may read what is recorded; left out, there is no device. */
  readonly recipients?: () => readonly Recipient[];
  readonly onRecorded?: () => void;
  readonly options?: Partial<Pick<GatewayOptions, "limits" | "failures" | "nowMs">>;
}

export async function startTestGateway(test: TestGatewayOptions = {}): Promise<TestGateway> {
  const home = mkdtempSync(join(tmpdir(), "sovereign-gateway-"));
  const notices: string[] = [];
  const places = { taken: 0, given: 0 };
  const spool = openRecordSpool(home);
  const makeKey: TestGateway["makeKey"] = async (name, more = { isRecorded: false }) =>
    (await createKey({ home, name, random: systemRandom, nowMs: Date.now(), ...more })).key;
  const key = await makeKey("test");
  const gateway = createGateway({
    ring: openKeyRing(home, (says) => notices.push(says)),
    backends: sourceOf(test, places),
    recorder: createRecorder({
      spool,
      recipients: test.recipients ?? (() => []),
      wallNowMs: () => Date.now(),
      onRecorded: test.onRecorded ?? (() => {}),
      notify: (says) => notices.push(says),
    }),
    redaction: () => usualRedaction,
    nowMs: () => performance.now(),
    createdSeconds: 1_700_000_000,
    metrics: () => Promise.resolve("sovereign_up_seconds 1\n"),
    notify: (says) => notices.push(says),
    ...test.options,
  });
  const listener = await listenOnLoopback({ port: 0, socketsMax: 4_096, onSocket: (socket) => gateway.accept(socket) });
  const { port } = listener;
  return {
    home,
    port,
    url: `http://localhost:${port}/v1`,
    key,
    notices,
    places,
    spool,
    makeKey,
    sendRaw: (text) =>
      new Promise((resolve) => {
        let answer = "";
        const socket = connect(port, "127.0.0.1", () =>
          socket.write(text.replaceAll("PORT", String(port)).replaceAll("KEY", key), "latin1"),
        );
        socket.setTimeout(8_000, () => socket.destroy());
        socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
        socket.on("error", () => {});
        socket.on("close", () => resolve(answer));
      }),
    get failures() {
      return gateway.failures;
    },
    dispose: async () => {
      listener.close();
      await gateway.close(50);
      rmSync(home, { recursive: true });
    },
  };
}

function sourceOf(
  { backends = [], models = ["scripted-model"] }: TestGatewayOptions,
  places: TestGateway["places"],
): BackendSource {
  return {
    models: models.map((id) => ({ id })),
    pickBackend: async (model, _path, { except = [] } = {}) => {
      const free = backends.find(({ url }) => !except.includes(url));
      if (free === undefined) throw new BackendError("backend-away", "No model server answers. Start one.");
      if (model === "unknown") throw new BackendError("backend-model", "That model is nowhere.");
      places.taken += 1;
      return {
        backend: free.url,
        baseUrl: free.url,
        headers: free.key === undefined ? {} : { authorization: `Bearer ${free.key}` },
        model: free.model ?? null,
        ...(free.place === undefined ? {} : { place: free.place }),
        release: () => {
          places.given += 1;
        },
      };
    },
    close: () => {},
  };
}
