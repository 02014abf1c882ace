import { describe, expect, it } from "vitest";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import { createAlarm, type DocStatus, type VaultStatus } from "#sync/status.ts";
import { t } from "../app/strings.ts";
import { chatSealOf, syncStateOf } from "./syncState.ts";

const vault: VaultStatus = { link: "live", refusal: null, direct: [], host: null, pending: 0, unkept: 0, alarms: [] };
const doc: DocStatus = { phase: "live", pending: 0, unsaved: 0, onDevices: [], setAside: [], alarm: null };

describe("where a chat is, in words", () => {
  it("says that it is on the host only when nothing is left to acknowledge", () => {
    expect(syncStateOf(vault, doc)).toEqual({ seal: "host", words: t.syncOnHost });
    expect(syncStateOf(vault, { ...doc, pending: 1 })).toEqual({ seal: "travelling", words: t.syncSending });
  });

  it("says that it waits for the host, with and without something to send", () => {
    const away: VaultStatus = { ...vault, link: "offline" };
    expect(syncStateOf(away, { ...doc, pending: 1 })).toEqual({ seal: "device", words: t.syncOnDevice });
    expect(syncStateOf(away, { ...doc, unsaved: 1 })).toEqual({ seal: "device", words: t.syncOnDevice });
    expect(syncStateOf(away, doc)).toEqual({ seal: "host", words: t.syncAway });
  });

  it("says that another device is met directly, and never that of what is not stored here", () => {
    const met: VaultStatus = { ...vault, direct: ["ab".repeat(16) as AuthorId] };
    expect(syncStateOf(met, doc)).toEqual({ seal: "host", words: t.syncAlsoDirect });
    const away: VaultStatus = { ...met, link: "offline" };
    expect(syncStateOf(away, { ...doc, pending: 1 })).toEqual({ seal: "device", words: t.syncDirect });
    expect(syncStateOf(away, { ...doc, unsaved: 1 })).toEqual({ seal: "device", words: t.syncOnDevice });
  });

  it("puts what needs the owner before all else", () => {
    const alarm = createAlarm("ROLLBACK", null);
    expect(syncStateOf({ ...vault, alarms: [alarm] }, doc).seal).toBe("broken");
    expect(syncStateOf(vault, { ...doc, alarm }).trouble).toBe(alarm.says);
    expect(syncStateOf({ ...vault, link: "refused", refusal: "Not yours." }, doc).trouble).toBe("Not yours.");
    expect(chatSealOf(vault, { ...doc, alarm }, 0).seal).toBe("broken");
  });

  it("says on every page that this device stores nothing more, whichever chat could not be stored", () => {
    const full = createAlarm("UNSTORED", "ab".repeat(16) as DocId);
    expect(syncStateOf({ ...vault, pending: 1, alarms: [full] }, null).trouble).toBe(full.says);
    expect(syncStateOf({ ...vault, alarms: [createAlarm("KEY", "ab".repeat(16) as DocId)] }, null).seal).toBe("host");
  });

  it("marks a listed chat that waits", () => {
    expect(chatSealOf({ ...vault, link: "offline" }, null, 1)).toEqual({ seal: "device", words: t.waiting });
    expect(chatSealOf(vault, null, 0)).toEqual({ seal: "host", words: t.sealHalf });
  });
});
