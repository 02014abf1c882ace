import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALARM_SENTENCES, createAlarm, type AlarmCode } from "./status.ts";

const codes = Object.keys(ALARM_SENTENCES) as AlarmCode[];
/** A sentence for a person: no longer than what is read at a glance, and none of our own words for things. */
const charsMax = 240;
const ours = /envelope|epoch|roster|log\b|seq|chain|REKEY|doc\b|quarantine|relay/i;
/** What the owner is asked to do. */
const asks = /\b(keep|leave|restart|stop|open|go on|remove|check|free|let|set)\b/i;

describe("alarms", () => {
  it("AL1 each is in PROTOCOL.md, and raised by a test", () => {
    const protocol = readFileSync(`${import.meta.dirname}/PROTOCOL.md`, "utf8");
    const listed = /## 10\. Alarms\n([^.]+)\./.exec(protocol)?.[1]?.split(" · ") ?? [];
    expect(listed.toSorted()).toEqual(codes.toSorted());
    const tests = readdirSync(import.meta.dirname)
      .filter((name) => name.endsWith(".test.ts") && !name.startsWith("alarms"))
      .map((name) => readFileSync(`${import.meta.dirname}/${name}`, "utf8"))
      .join("\n");
    const isRaised = (code: AlarmCode): boolean =>
      new RegExp(`(alarm|code|alarms)[^\n]*"${code}"|until\\([^\n]*"${code}"`).test(tests);
    expect(codes.filter((code) => !isRaised(code))).toEqual([]);
  });

  it.each(codes)("AL1 %s is said plainly, with what the owner can do", (code) => {
    const { says } = createAlarm(code, null);
    expect(says.endsWith(".")).toBe(true);
    expect(says.length).toBeLessThanOrEqual(charsMax);
    expect(says).not.toMatch(ours);
    expect(says.replace(/^[^.:;]*/, "")).toMatch(asks);
  });
});
