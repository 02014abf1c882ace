/** All the doctor looks at, in the order in which a person reads it: the worst first. */
import { parseConfig, type HostConfig } from "../config.ts";
import { askHost } from "../control.ts";
import { HostError } from "../errors.ts";
import type { HostStatus } from "../hostStatus.ts";
import { deviceFindings, type VaultView } from "./deviceFindings.ts";
import { problem, type Finding, type Level } from "./finding.ts";
import { homeFindings } from "./homeFindings.ts";
import { hostFindings } from "./hostFindings.ts";
import type { Machine } from "./machine.ts";
import { securityFindings } from "./securityFindings.ts";

export interface DiagnoseOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
  readonly withSecurity: boolean;
  /** The vault, as this home's own device knows it; `null` where it has none. Left out: nobody looks. */
  readonly vault?: (home: string) => Promise<VaultView | null>;
  /** For tests. */
  readonly ask?: (home: string) => Promise<HostStatus | null>;
}

const ORDER: readonly Level[] = ["problem", "warning", "note", "ok"];

export async function diagnose({
  environment,
  machine,
  withSecurity,
  vault,
  ask,
}: DiagnoseOptions): Promise<readonly Finding[]> {
  let config: HostConfig;
  try {
    config = parseConfig(environment);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [problem("config", error.ownerSentence, "env | grep SOVEREIGN_")];
  }
  const status = await (ask ?? ((home) => askHost(home, "status")))(config.home);
  const found = [
    ...(await hostFindings(config, status, machine)),
    ...(await homeFindings(config.home, machine)),
    ...(vault === undefined ? [] : deviceFindings(await vault(config.home), machine.nowMs())),
    ...(withSecurity ? securityFindings(config, status, machine) : []),
  ];
  return found.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}
