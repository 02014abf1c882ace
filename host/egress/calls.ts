/** Why something of the host may call somebody. "refused": nobody had named it. */
export const WHYS = ["backend", "relay", "download", "push", "tool", "metrics", "refused"] as const;
export type Why = (typeof WHYS)[number];

/** What went to one place for one reason. */
export interface Calls {
  readonly why: Why;
  /** A name or an address, and a port: "127.0.0.1:11434". */
  readonly to: string;
  readonly calls: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}
