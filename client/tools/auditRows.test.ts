import { describe, expect, test } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { dayOf, exportLines, filterRows, noFilter, readAuditRows } from "./auditRows.ts";

const host = createDeviceKeys(systemRandom).id;
const chat = docIdFromBytes(new Uint8Array(16).fill(1));
const other = docIdFromBytes(new Uint8Array(16).fill(2));
const project = docIdFromBytes(new Uint8Array(16).fill(3));

const entry = (n: number, what: object | null) => ({
  n,
  at: Date.UTC(2026, 10, 20 + n, 12),
  text: what === null ? null : JSON.stringify(what),
});
const call = (id: string, more: object) => ({
  ...{ call: id, doc: chat, run: "r", name: "send_mail", class: "sends-out", target: "ann", arguments: "{}", cut: 0 },
  ...more,
});

const entries = [
  entry(1, call("a", { what: "before", by: "device", model: "qwen" })),
  entry(2, call("b", { what: "not-done", end: "refused", name: "pay" })),
  entry(3, call("a", { what: "after", end: "done", ms: 1_200, by: "device" })),
  entry(4, null),
  entry(5, call("c", { what: "before", by: "policy", doc: other })),
  entry(6, call("d", { what: "before", by: "policy", doc: undefined, name: "search_chats" })),
  entry(7, call("d", { what: "after", by: "policy", doc: undefined, name: "search_chats", end: "failed" })),
];

describe("a ledger as rows", () => {
  test("AP1 a row for each call, the newest first: what came of it, who allowed it, where it stands; what was begun and never ended is said so", () => {
    const { rows, sealed } = readAuditRows(host, entries);
    expect(sealed).toBe(1);
    expect(rows.map(({ first, last, name, status, by, ms }) => [first, last, name, status, by, ms])).toEqual([
      [6, 7, "search_chats", "failed", "policy", null],
      [5, 5, "send_mail", "may-have-run", "policy", null],
      [2, 2, "pay", "refused", "", null],
      [1, 3, "send_mail", "done", "device", 1_200],
    ]);
    expect(rows[3]).toMatchObject({ doc: chat, model: "qwen", target: "ann", host });
    expect(rows[0]).toMatchObject({ doc: null });
  });

  test("AP2 by tool, chat, project, outcome and day", () => {
    const { rows } = readAuditRows(host, entries);
    const projectOf = (doc: string) => (doc === chat ? project : null);
    const names = (more: object) =>
      filterRows(rows, { ...noFilter, ...more }, projectOf).map(({ first, name }) => `${first} ${name}`);
    expect(names({})).toHaveLength(4);
    expect(names({ tool: "send_mail" })).toEqual(["5 send_mail", "1 send_mail"]);
    expect(names({ place: other })).toEqual(["5 send_mail"]);
    expect(names({ place: project })).toEqual(["2 pay", "1 send_mail"]);
    expect(names({ status: "refused" })).toEqual(["2 pay"]);
    expect(names({ day: dayOf(Date.UTC(2026, 10, 21, 12)) })).toEqual(["1 send_mail"]);
    expect(names({ tool: "pay", place: other })).toEqual([]);
  });

  test("AP3 whatever an entry says is shown as what it is, or left out, and never breaks the list", () => {
    const odd = [
      "",
      "[]",
      "null",
      "{",
      "7",
      '{"call":7}',
      '{"call":"x","name":{},"class":"root","arguments":[],"ms":-1}',
    ];
    const { rows, sealed } = readAuditRows(
      host,
      odd.map((text, index) => ({ n: index + 1, at: 0, text })),
    );
    expect(sealed).toBe(5);
    expect(rows.map(({ name, class: toolClass, ms }) => [name, toolClass, ms])).toEqual([
      ["", "costs-money", null],
      ["", "costs-money", null],
    ]);
  });

  test("AP4 a line of JSON for each entry, the sealed ones too", () => {
    const lines = exportLines(entries).trim().split("\n");
    expect(lines).toHaveLength(entries.length);
    expect(JSON.parse(lines[3] ?? "")).toEqual({ n: 4, at: "2026-11-24T12:00:00.000Z", sealed: true });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ n: 1, what: "before", name: "send_mail" });
  });
});
