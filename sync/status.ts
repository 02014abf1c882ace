/** What a person may be told about a vault and its docs, and nothing that is not known. */
import type { HostInfo } from "#crypto/announcement.ts";
import type { AuthorId, DocId } from "#crypto/ids.ts";

export interface VaultStatus {
  /** `refused`: the host answered and will not serve this vault; `refusal` says why. */
  readonly link: "offline" | "connecting" | "live" | "refused";
  readonly refusal: string | null;
  /** Devices that this one talks to directly now. */
  readonly direct: readonly AuthorId[];
  /** `null` until a host is in the roster. */
  readonly host: HostState | null;
  /** Envelopes of this device, over all docs open now, that the host has not yet acknowledged. */
  readonly pending: number;
  /** Messages that this device wrote into chats which were destroyed before a host had them: nobody has decided about them. */
  readonly unkept: number;
  readonly alarms: readonly Alarm[];
}

export interface HostState {
  readonly id: AuthorId;
  /** Its agent is there now and can answer. */
  readonly live: boolean;
  /** What it last announced; kept while it is away. */
  readonly info: HostInfo | null;
}

export interface DocStatus {
  readonly phase: "loading" | "local" | "catchingUp" | "live" | "quarantine";
  /** Envelopes of this device that the host has not yet acknowledged. */
  readonly pending: number;
  /** Changes on this device that are not yet strictly committed to its own storage. */
  readonly unsaved: number;
  /** Other devices that said they hold everything this device wrote here. One that was never met says nothing. */
  readonly onDevices: readonly AuthorId[];
  /** What removed devices wrote and nobody has decided about. */
  readonly setAside: readonly SetAside[];
  readonly alarm: Alarm | null;
}

export interface SetAside {
  readonly author: AuthorId;
  readonly envelopes: number;
}

export type AlarmCode = keyof typeof ALARM_SENTENCES;

export interface Alarm {
  readonly code: AlarmCode;
  /** `null`: the whole vault. */
  readonly doc: DocId | null;
  /** One plain sentence with what the owner can do. */
  readonly says: string;
}

export const ALARM_SENTENCES = {
  GAP: "A part of this chat has not arrived. It stays readable; keep this device connected until the rest comes.",
  WITHHOLD:
    "The host keeps back a part of this chat. Restart the host; if this stays, restore it from a backup or ask on another device.",
  FORK: "Two different histories of this chat exist, as happens when a copy of a device's storage is used twice. Nothing was merged or deleted; stop using one of the copies.",
  ROLLBACK:
    "The host has lost a part of this chat, as after an older backup was restored. This device is sending its part again; open your other devices too, so that they send theirs.",
  KEY: "One of your devices wrote something into this chat that does not open with its keys. The chat was set aside and nothing was changed; go on in a new chat, and remove a device that you do not trust.",
  SCOPE:
    "The host tried to write where it may not. That part was refused; restart the host, and reinstall it if this comes back.",
  ROSTER_FORK:
    "The host shows a list of devices that does not match the one this device knows. Nothing from it was accepted; check that this is your host.",
  FULL: "The host has no room left for what this device writes. All of it is safe on this device and is sent by itself when there is room: free some on the host's disk.",
  UNSTORED:
    "This device stores nothing more, as when its disk is full. What you write is in the memory of this page alone and goes nowhere: leave it open and free some room, and it is stored and sent by itself.",
  TAKEN:
    "This device has thrown away what was stored here, as browsers do when room is short. What you write reaches your host for as long as this page is open. Then let this device in again: from another one, or with your 24 words.",
  CLOCK: "The clock of this device and the host's differ by a lot. Set the clock right, then ask again.",
} as const;

export function createAlarm(code: AlarmCode, doc: DocId | null): Alarm {
  return { code, doc, says: ALARM_SENTENCES[code] };
}
