/** The lines of a plan: what people do, and what strikes. */
import type { Sorting } from "./destroying.ts";
import type { Poison } from "./poisoner.ts";
import type { Roguery } from "./rogueAgent.ts";

export type Lie =
  | "withhold"
  | "withholdFirst"
  | "replay"
  | "reorder"
  | "corrupt"
  | "splice"
  | "forge"
  | "wrongHead"
  | "highSeq"
  | "dropAll"
  | "twice";

/** What a person does with an artifact, or lets a model do. */
export type Writing = "make" | "type" | "cut" | "propose" | "accept" | "reject" | "close" | "open";

/** For `which`: the chat that was made or written to last. */
export const NEWEST = -1;

export type Action =
  /** What a person does. `which` picks among the docs that the device knows by then. */
  | { readonly do: "type"; readonly device: number; readonly which: number; readonly size: number }
  | { readonly do: "erase"; readonly device: number; readonly which: number }
  | { readonly do: "newChat"; readonly device: number }
  | { readonly do: "ask"; readonly device: number; readonly which: number }
  | { readonly do: "stop"; readonly device: number; readonly which: number }
  | { readonly do: "close"; readonly device: number; readonly which: number }
  | { readonly do: "open"; readonly device: number; readonly which: number }
  | { readonly do: "flush"; readonly device: number }
  | { readonly do: "artifact"; readonly device: number; readonly which: number; readonly how: Writing }
  | { readonly do: "sort"; readonly device: number; readonly which: number; readonly how: Sorting }
  | { readonly do: "changeTab"; readonly device: number }
  | { readonly do: "addDevice"; readonly by: number }
  | { readonly do: "removeDevice"; readonly by: number; readonly device: number }
  /** Faults of a device. */
  | { readonly do: "crash"; readonly device: number; readonly power: boolean; readonly awayMs: number }
  /** At the nth storage call from now. */
  | {
      readonly do: "crashAtStorage";
      readonly device: number;
      readonly call: number;
      /** Counted from the first write of this size on: such as a journal's fold. */
      readonly bytes: number;
      readonly power: boolean;
      readonly awayMs: number;
    }
  | { readonly do: "quota"; readonly device: number; readonly forMs: number }
  | { readonly do: "suspend"; readonly device: number; readonly forMs: number }
  | { readonly do: "skew"; readonly device: number; readonly byMs: number }
  | { readonly do: "loseJournal"; readonly device: number; readonly which: number }
  | { readonly do: "clone"; readonly device: number }
  /** Faults of the network. */
  | {
      readonly do: "weather";
      readonly device: number;
      readonly latencyMs: number;
      readonly tail: number;
      readonly bytesPerMs: number;
    }
  | { readonly do: "cut"; readonly device: number; readonly forMs: number }
  | { readonly do: "deaf"; readonly device: number; readonly forMs: number }
  | { readonly do: "break"; readonly device: number; readonly half: boolean }
  | { readonly do: "storm"; readonly times: number }
  /** Faults of the host. */
  | { readonly do: "relayCrash"; readonly awayMs: number }
  | { readonly do: "relayDisk"; readonly kind: "full" | "broken"; readonly forMs: number }
  | { readonly do: "backUp" }
  | { readonly do: "restore"; readonly awayMs: number }
  | { readonly do: "agentCrash"; readonly awayMs: number; readonly polite: boolean }
  /** The same host runs on a second machine for a while. */
  | { readonly do: "splitBrain"; readonly forMs: number }
  /** The agent ends, and in its place comes one that writes where it may not. */
  | { readonly do: "rogue"; readonly how: Roguery; readonly forMs: number }
  /** A device's keys get into bad hands, which write poison into one of its docs. */
  | { readonly do: "poison"; readonly device: number; readonly which: number; readonly how: Poison }
  /** A device's keys get into bad hands; it is removed; and with a relay that helps it, it writes into the past. */
  | { readonly do: "backdate"; readonly device: number; readonly by: number }
  /** A relay that lies to one device, in one way, for a while. */
  | { readonly do: "lie"; readonly device: number; readonly how: Lie; readonly forMs: number };
