/** A tailnet that is there and does not run is another thing than none: what it says of itself, and the command that brings it up. */
import type { Tailnet } from "./findTailnet.ts";

const STATES: Readonly<Record<string, string>> = {
  Stopped: "stopped",
  NeedsLogin: "signed out",
  NeedsMachineAuth: "waiting until its admin lets this machine in",
  Starting: "still starting",
  NoState: "still starting",
};

/** `null`: it runs. */
export function describeStopped({
  kind,
  controlUrl,
  state,
}: Tailnet): { readonly says: string; readonly mend: string } | null {
  if (state === "Running") return null;
  const says = `Tailscale is here but ${STATES[state] ?? `says "${state}"`}, so only this machine reaches the host. It is taken up by itself within seconds.`;
  const server = kind === "headscale" && controlUrl !== null ? ` --login-server ${controlUrl}` : "";
  return { says, mend: `sudo tailscale up${server}` };
}
