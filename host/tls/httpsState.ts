/** By which certificate other devices reach this host, as the part that has it says: for the owner, the printed link and the app. */
export interface HttpsState {
  /** `tailscale`: tailscaled's; `files`: the owner's own; `local`: signed by the authority that this host made. */
  readonly way: "tailscale" | "files" | "local";
  /** What to open on another device, the best first: "https://gpu.tail1234.ts.net:4242". */
  readonly origins: readonly string[];
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** Only with `local`: a device has to be told once to trust it. */
  readonly authority: {
    /** In plain HTTP, on the tailnet alone. */
    readonly page: string;
    /** SHA-256, as every system shows it: "AB:CD:…". */
    readonly fingerprint: string;
  } | null;
  /** Sentences about what a better way lacks, or what runs out. */
  readonly missing: readonly string[];
}
