/** A launchd agent for the host on a Mac: it starts when its owner signs in, and is started again when it fails. */
import type { Installed } from "./place.ts";

export const plistName = "local.sovereign.host.plist";
const label = "local.sovereign.host";

export function makeLaunchdPlist({ node, entry, root, home, settings }: Installed): string {
  const variables = { SOVEREIGN_HOME: home, SOVEREIGN_NO_OPEN: "1", ...settings };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
    <string>${text(node)}</string>
    <string>${text(entry)}</string>
  </array>
  <key>WorkingDirectory</key>
  <string>${text(root)}</string>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(variables)
  .map(([name, value]) => `    <key>${text(name)}</key>\n    <string>${text(value)}</string>`)
  .join("\n")}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>15</integer>
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>HardResourceLimits</key>
  <dict>
    <key>Core</key>
    <integer>0</integer>
  </dict>
</dict>
</plist>
`;
}

export function launchdSteps(file: string): readonly string[] {
  return [
    `cp ${file} ~/Library/LaunchAgents/${plistName}`,
    `launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/${plistName}`,
    `launchctl print gui/$(id -u)/${label}`,
  ];
}

const text = (raw: string): string => raw.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
