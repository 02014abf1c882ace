/** A systemd unit for the host, as narrow as it can run in. What is left open has its reason beside it. */
import type { Installed } from "./place.ts";

export interface UnitWish {
  /** The embedded engine may use a graphics card. Model servers of their own need nothing of it. */
  readonly usesGpu: boolean;
  /** Nothing but this machine and the tailnet can be reached: no downloads, no model server elsewhere. */
  readonly isTailnetOnly: boolean;
}

export const unitName = "sovereign.service";

export function makeSystemdUnit(place: Installed, { usesGpu, isTailnetOnly }: UnitWish): string {
  const { node, entry, root, home, user, settings } = place;
  const variables = { SOVEREIGN_HOME: home, SOVEREIGN_NO_OPEN: "1", NODE_COMPILE_CACHE: `${home}/cache`, ...settings };
  return `[Unit]
Description=Sovereign, a private assistant
After=network-online.target tailscaled.service
Wants=network-online.target

[Service]
Type=notify
# systemd-notify is a process of its own.
NotifyAccess=all
User=${escape(user)}
WorkingDirectory=${path(root)}
ExecStart=${word(node)} ${word(entry)}
${Object.entries(variables)
  .map(([name, value]) => `Environment=${quoted(`${name}=${escape(value)}`)}`)
  .join("\n")}
TimeoutStartSec=10min
TimeoutStopSec=15s
WatchdogSec=60
Restart=on-failure
RestartSec=2

# Its home is all that it writes.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${path(home)}
PrivateTmp=yes
PrivateMounts=yes
PrivateUsers=yes
UMask=0077

# Memory that may hold a chat reaches no disk.
LimitCORE=0
MemorySwapMax=0

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
${usesGpu ? "# The engine in the host may use the card." : "PrivateDevices=yes"}
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
KeyringMode=private
# Netlink tells which interfaces there are: the tailnet's comes and goes.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: V8 makes machine code while it runs, and libsodium is WebAssembly.
${
  isTailnetOnly
    ? `IPAddressDeny=any
IPAddressAllow=localhost
IPAddressAllow=100.64.0.0/10
IPAddressAllow=fd7a:115c:a1e0::/48
`
    : ""
}
[Install]
WantedBy=multi-user.target
`;
}

/** What a person runs, once the file lies there. */
export function systemdSteps(file: string, { home, user }: Installed, isNewUser: boolean): readonly string[] {
  const quotedHome = `'${home.replaceAll("'", "'\\''")}'`;
  return [
    isNewUser
      ? `id ${user} >/dev/null 2>&1 || sudo useradd --system --user-group --shell /usr/sbin/nologin --home-dir ${quotedHome} ${user}`
      : `mkdir -p -m 700 ${quotedHome}`,
    ...(isNewUser ? [`sudo install -d -m 700 -o ${user} -g ${user} ${quotedHome}`] : []),
    `sudo install -m 644 ${file} /etc/systemd/system/${unitName}`,
    "sudo systemctl daemon-reload",
    `sudo systemctl enable --now ${unitName}`,
    `systemctl status ${unitName}`,
  ];
}

/** Of systemd's own signs: a per cent begins a specifier. */
const escape = (text: string): string => text.replaceAll("%", "%%");
/** Words of ExecStart also have variables. */
const word = (text: string): string => quoted(escape(text).replaceAll("$", "$$$$"));
const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
/** A value that is one path takes spaces as they are, in lists in quotes. */
const path = (text: string): string => (/[\s"'\\]/.test(text) ? quoted(escape(text)) : escape(text));
