/** What is typed once to bring a machine into the owner's tailnet. Text only: nothing is run from here. */
import { HOST_TAG } from "./policy.ts";

export interface JoinWish {
  /** A Headscale's address; `null` for Tailscale's own. */
  readonly loginServer: string | null;
  /** A pre-auth key, where the owner has one already. */
  readonly authKey: string | null;
  /** This machine is to be the host, and gets the tag that rules speak of. */
  readonly isHost: boolean;
}

/** `null`: that is no address of a server, or no key. */
export function joinCommand({ loginServer, authKey, isHost }: JoinWish): string | null {
  const server = loginServer === null ? null : plainOrigin(loginServer);
  if (loginServer !== null && server === null) return null;
  // It is pasted into a shell: nothing but what such keys are made of.
  if (authKey !== null && !/^[A-Za-z0-9_-]{8,200}$/.test(authKey)) return null;
  return [
    "sudo tailscale up",
    ...(server === null ? [] : [`--login-server=${server}`]),
    ...(authKey === null ? [] : [`--auth-key=${authKey}`]),
    ...(isHost ? [`--advertise-tags=${HOST_TAG}`] : []),
  ].join(" ");
}

/** What a Headscale's owner types on its machine for a key that one device may use once, within the hour. */
export function preAuthKeyCommands(user: string): readonly string[] | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(user)) return null;
  return [
    `headscale users create ${user}`,
    `headscale users list`,
    `headscale preauthkeys create --user ID_FROM_THE_LIST --expiration 1h`,
  ];
}

export function plainOrigin(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.username !== "") return null;
  // It is pasted into a shell, and a URL may hold more than that should see.
  return /^https?:\/\/[a-z0-9.:[\]-]+$/.test(url.origin) ? url.origin : null;
}
