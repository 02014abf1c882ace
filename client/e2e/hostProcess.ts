/** The real host as a child process, as `npm start` runs it once everything is installed and built. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
/** For one that never comes, or never ends; how soon it does is told by the host's own tests and by the benchmarks. */
const startMsMax = 60_000;
const stopMsMax = 30_000;

export interface HostSettings {
  readonly home: string;
  /** 0 takes any free port; a restarted host is given the one it had. */
  readonly port?: number;
  /** Null: the host looks for a model on this machine and, finding none, lets the guide answer. */
  readonly backend: string | null;
  /** A built app elsewhere than in `dist/client`, such as a copy that the test changes. */
  readonly appDir?: string;
}

export interface RunningHost {
  /** What it printed after "Open:". */
  readonly link: string;
  readonly origin: string;
  readonly port: number;
  /** Everything it printed so far. */
  printed(): string;
  /** As Ctrl-C does; the exit code. */
  stop(): Promise<number>;
}

export async function startHost({ home, port = 0, backend, appDir }: HostSettings): Promise<RunningHost> {
  const child = spawn(process.execPath, ["host/main.ts"], {
    cwd: root,
    env: {
      ...process.env,
      SOVEREIGN_HOME: home,
      SOVEREIGN_PORT: String(port),
      SOVEREIGN_NO_OPEN: "1",
      ...(backend === null ? {} : { SOVEREIGN_BACKEND: backend }),
      ...(appDir === undefined ? {} : { SOVEREIGN_APP_DIR: appDir }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const link = await waitForLink(child, () => printed);
  const url = new URL(link);
  return {
    link,
    origin: url.origin,
    port: Number(url.port),
    printed: () => printed,
    stop: () => stop(child),
  };
}

async function waitForLink(child: ChildProcess, printed: () => string): Promise<string> {
  const deadline = AbortSignal.timeout(startMsMax);
  for (;;) {
    const link = /^Open: (http:\/\/\S+)$/m.exec(printed())?.[1];
    if (link !== undefined) return link;
    if (child.exitCode !== null)
      throw new Error(`The host ended with ${child.exitCode} before it was ready:\n${printed()}`);
    if (deadline.aborted) {
      child.kill("SIGKILL");
      throw new Error(`The host printed no link within ${startMsMax} ms:\n${printed()}`);
    }
    await new Promise((done) => setTimeout(done, 25));
  }
}

async function stop(child: ChildProcess): Promise<number> {
  if (child.exitCode === null) {
    const ended = once(child, "exit", { signal: AbortSignal.timeout(stopMsMax) });
    child.kill("SIGTERM");
    await ended.catch(() => child.kill("SIGKILL"));
  }
  return child.exitCode ?? -1;
}
