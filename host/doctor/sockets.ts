/**
 * Sockets of processes, from Linux's own tables: /proc/PID/net/tcp{,6} says what is bound and connected, /proc/PID/fd whose it is.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
import type { Machine } from "./machine.ts";

export interface TcpSocket {
  readonly address: string;
  readonly port: number;
  readonly peer: string;
  readonly peerPort: number;
  readonly state: "listening" | "connected" | "other";
}

/** `null` where the tables are not to be had: another system, or another user's process. */
export function socketsOf(machine: Machine, pids: readonly number[]): readonly TcpSocket[] | null {
  if (machine.platform !== "linux") return null;
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const name of machine.list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(machine.linkTarget(`/proc/${pid}/fd/${name}`) ?? "")?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  const [first] = pids;
  const tables = ["tcp", "tcp6"].map((name) => machine.readText(`/proc/${first ?? 0}/net/${name}`));
  if (inodes.size === 0 || tables[0] === null) return null;
  return tables.flatMap((table) => parseTable(table ?? "", inodes));
}

const STATES: Readonly<Record<string, TcpSocket["state"]>> = { "0A": "listening", "01": "connected" };

function parseTable(table: string, inodes: ReadonlySet<string>): readonly TcpSocket[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", remote = "", state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
    if (!inodes.has(inode)) return [];
    const [address, port] = readEnd(local);
    const [peer, peerPort] = readEnd(remote);
    return [{ address, port, peer, peerPort, state: STATES[state] ?? "other" }];
  });
}

/** Each word of four bytes is written in the machine's own order, which is little-endian wherever this runs. */
function readEnd(end: string): readonly [address: string, port: number] {
  const [hex = "", port = ""] = end.split(":");
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)),
  );
  return [toAddress(bytes), Number.parseInt(port, 16)];
}

function toAddress(bytes: readonly number[]): string {
  const isMapped =
    bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (bytes.length === 4 || isMapped) return bytes.slice(-4).join(".");
  const words = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  );
  // As the URL standard shortens it: one spelling for one address.
  return URL.parse(`http://[${words.join(":")}]/`)?.hostname.slice(1, -1) ?? words.join(":");
}
