/**
 * Shows the link in the owner's browser, where there is a screen to show it on. Failing is fine: the link is printed
 * anyway.
 */
import { spawn } from "node:child_process";

type Environment = Readonly<Record<string, string | undefined>>;

/** `null` where there is no display. Never by way of a shell: the link is an argument and nothing else. */
export function browserCommand(
  platform: NodeJS.Platform,
  environment: Environment,
  link: string,
): readonly [string, ...string[]] | null {
  if (platform === "darwin") return ["open", link];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", link];
  const hasDisplay = Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"]);
  return hasDisplay && !environment["SSH_CONNECTION"] ? ["xdg-open", link] : null;
}

export function openBrowser(link: string): void {
  const command = browserCommand(process.platform, process.env, link);
  if (command === null) return;
  const [program, ...parameters] = command;
  const child = spawn(program, parameters, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
