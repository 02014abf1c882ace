/**
 * Rules that let only the owner's devices reach a host's two ports, for Tailscale's policy file and for Headscale's. Text to read and paste:
 * nobody's control server is written to. Tailscale and Headscale both deny what no rule allows, so a policy that has other
 * rules keeps them beside these.
 */
import { stunPort } from "../door/limits.ts";

export interface PolicyWish {
  /** The owner at their tailnet: "me@example.org" for Tailscale, "me@" for a Headscale user. */
  readonly owner: string;
  readonly port: number;
}

/** What a host is called in rules; the owner gives its machine this tag. */
export const HOST_TAG = "tag:sovereign";

/** Tailscale's: https://login.tailscale.com/admin/acls/file. Its `tests` are run whenever the file is saved. */
export function makeTailscalePolicy({ owner, port }: PolicyWish): string {
  return `${JSON.stringify(
    {
      tagOwners: { [HOST_TAG]: [owner] },
      grants: [
        { src: [owner], dst: [HOST_TAG], ip: [`tcp:${port}`, `udp:${stunPort}`] },
        // Direct links: the owner's devices among themselves, on whatever port a browser draws.
        { src: [owner], dst: [owner], ip: ["udp:*"] },
      ],
      tests: [
        { src: owner, proto: "tcp", accept: [`${HOST_TAG}:${port}`], deny: [`${HOST_TAG}:22`] },
        { src: owner, proto: "udp", accept: [`${HOST_TAG}:${stunPort}`] },
      ],
    },
    null,
    2,
  )}\n`;
}

/** Headscale's: \`policy.path\` in its configuration. */
export function makeHeadscalePolicy({ owner, port }: PolicyWish): string {
  return `${JSON.stringify(
    {
      tagOwners: { [HOST_TAG]: [owner] },
      acls: [
        { action: "accept", proto: "tcp", src: [owner], dst: [`${HOST_TAG}:${port}`] },
        { action: "accept", proto: "udp", src: [owner], dst: [`${HOST_TAG}:${stunPort}`, `${owner}:*`] },
      ],
    },
    null,
    2,
  )}\n`;
}
