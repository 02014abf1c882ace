/** What a service needs to be told of this installation; every file that is generated is made from it alone. */
import { HostError } from "../errors.ts";

export interface Installed {
  /** The Node that runs the host. */
  readonly node: string;
  /** host/main.ts of this checkout. */
  readonly entry: string;
  readonly root: string;
  readonly home: string;
  /** Who the host runs as; never root. */
  readonly user: string;
  /** What the owner set: SOVEREIGN_… of this shell, but for the home. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Variables that mean something to a host that runs as a service. */
const SETTINGS = [
  "SOVEREIGN_PORT",
  "SOVEREIGN_GATEWAY_PORT",
  "SOVEREIGN_BACKEND",
  "SOVEREIGN_VAULT_GB",
  "SOVEREIGN_OTLP",
  "SOVEREIGN_OTLP_KEY_FILE",
  "SOVEREIGN_WIREGUARD",
  "SOVEREIGN_TLS_CERT",
  "SOVEREIGN_TLS_KEY",
] as const;

export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Installed["settings"] {
  return Object.fromEntries(SETTINGS.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}

/** Throws `HostError`: a service as root would undo what its unit takes care of, and a line break would be a line of its own. */
export function checkInstalled(place: Installed): Installed {
  const texts = [place.node, place.entry, place.root, place.home, place.user, ...Object.values(place.settings)];
  if (texts.some((text) => /\p{C}/u.test(text)))
    throw new HostError("config", "A path or a setting has a control character in it, which no service file can hold.");
  if (!/^[a-z_][a-z0-9_-]{0,31}$/i.test(place.user))
    throw new HostError("config", `"${place.user}" is no name of a user: letters, digits, - and _, at most 32.`);
  if (place.user === "root")
    throw new HostError("config", "The host is not to run as root. Say who it runs as: --user NAME.");
  return place;
}
