/** The real host and the real command line as processes, as a person has them. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { writeTestApp } from "./testRelay.ts";

const cliMain = join(import.meta.dirname, "../cli/main.ts");
const hostMain = join(import.meta.dirname, "../main.ts");

export interface HostProcess {
  /** What it printed after "Open:". */
  readonly link: string;
  readonly pid: number;
  /** Everything it said so far, on both outputs: what a service manager writes into its journal. */
  printed(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startHostProcess(folder: string, home: string, backend: string, port = 0): Promise<HostProcess> {
  const child = spawn(process.execPath, [hostMain], {
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      SOVEREIGN_HOME: home,
      SOVEREIGN_PORT: String(port),
      SOVEREIGN_NO_OPEN: "1",
      SOVEREIGN_GATEWAY_PORT: "off",
      SOVEREIGN_APP_DIR: writeTestApp(join(folder, "app")),
      SOVEREIGN_BACKEND: backend,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    process.stderr.write(text);
  });
  const link = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const found = /^Open: (http:\/\/localhost:\d+\/#\S+)$/m.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`The host ended with ${code}: ${printed}`)));
  });
  return {
    link,
    pid: child.pid ?? 0,
    printed: () => printed,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await exit;
    },
  };
}

export interface CliProcess {
  readonly child: ChildProcess;
  out(): string;
  errors(): string;
  /** The next line of standard output that fits, from the beginning on. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

export interface CliOptions {
  readonly home: string;
  readonly cwd?: string;
  /** Everything it is piped; without it, standard input stays open for `type`. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly program?: readonly string[];
}

export function startCli(words: readonly string[], options: CliOptions): CliProcess {
  const [program = process.execPath, ...rest] = options.program ?? [process.execPath, cliMain];
  const child = spawn(program, [...rest, ...words], {
    cwd: options.cwd,
    env: {
      PATH: process.env["PATH"],
      SOVEREIGN_HOME: options.home,
      NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/sovereign"),
      ...options.environment,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let [out, errors] = ["", ""];
  const looks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const look of looks) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  child.stdin.on("error", () => {});
  if (options.input !== undefined) child.stdin.end(options.input);
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal)),
  );
  return {
    child,
    out: () => out,
    errors: () => errors,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(out);
          if (found !== null) resolve(found);
        };
        looks.add(look);
        look();
        void exit.then(() => reject(new Error(`It ended before ${pattern}: ${out}${errors}`)));
      }),
    type: (text) => child.stdin.write(text),
    exit,
  };
}

export interface CliResult {
  readonly code: number | NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
}

/** From its start to its end, with nothing piped in unless `input` says so. */
export async function runCli(words: readonly string[], options: CliOptions): Promise<CliResult> {
  const cli = startCli(words, { input: "", ...options });
  const code = await cli.exit;
  return { code, out: cli.out(), errors: cli.errors() };
}
