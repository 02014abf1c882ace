import { beforeEach, describe, expect, test } from "vitest";
import type { FormAnswer } from "#sync/docs/formAnswers.ts";
import { readCalls, type ToolStep } from "#sync/docs/toolSteps.ts";
import { runIdFromBytes } from "#crypto/ids.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { approvalLifeMs, formCharsMax } from "#sync/limits.ts";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { createAside, type Aside, type AsideOptions, type PlannedForm } from "./aside.ts";
import { callMs, formsPerCallMax, progressEveryMs, progressStepsMax } from "./limits.ts";
import type { ElicitForm } from "./tool.ts";

const device = createDeviceKeys(systemRandom).id;
const about = { call: "ab".repeat(16), name: "send", version: "cd".repeat(32), target: "ann" };
const size: ElicitForm = {
  says: "Which size?",
  fields: { type: "object", properties: { size: { type: "string", enum: ["s", "l"] } }, required: ["size"] },
};

let clock: ReturnType<typeof createManualClock>;
let steps: ToolStep[];
let notes: string[];
let asked: PlannedForm[];
let give: (answer: FormAnswer | null) => void;
beforeEach(() => {
  clock = createManualClock();
  [steps, notes, asked] = [[], [], []];
});

function start(more: Partial<AsideOptions> = {}, signal = new AbortController().signal): Aside {
  return createAside(
    {
      ...{ clock, about, host: "host" },
      write: (step) => steps.push(step) > 0,
      askForm: (planned) => {
        asked.push(planned);
        return new Promise((resolve) => {
          give = resolve;
        });
      },
      note: (form, by) => void notes.push(`${form} by ${by}`),
      ...more,
    },
    signal,
  );
}

const answered = (answer: string | null): FormAnswer => ({ device, answer });
const kinds = (): string[] => steps.map((step) => (step.kind === "call-form-ends" ? step.end : step.kind));

describe("FO1 a form", () => {
  test("FO1 reaches its tool as a device answered it, is written down before, and shown until then", async () => {
    const aside = start();
    const asking = aside.elicit(size);
    expect([kinds(), asked[0]?.fields, asked[0]?.until]).toEqual([
      ["call-form"],
      JSON.stringify(size.fields),
      clock.now() + approvalLifeMs,
    ]);
    const shown = { run: runIdFromBytes(new Uint8Array(16)), isOver: false, steps: [called, ...steps] };
    expect(readCalls(shown)[0]?.form).toMatchObject({ form: 1, says: "Which size?", host: "host" });
    give(answered('{"size":"l"}'));
    expect(await asking).toEqual({ size: "l" });
    expect([kinds(), notes]).toEqual([["call-form", "answered"], [`1 by ${device}`]]);
    expect(readCalls({ ...shown, steps: [called, ...steps] })[0]?.form).toBeNull();
    expect(readCalls({ ...shown, isOver: true })[0]?.form).toBeNull();
  });

  const called = { kind: "call", ...about, class: "sends-out", arguments: "{}", cut: 0, at: 1 };

  test.each([
    ["no", null],
    ["what does not fit", '{"size":"m"}'],
    ["a field more", '{"size":"l","password":"x"}'],
    ["no JSON", "{"],
    ["no object", "7"],
  ])("FO1 %s is none, and nothing is written down as given", async (_what, answer) => {
    const fields = { ...size.fields, additionalProperties: false };
    const asking = start().elicit({ ...size, fields });
    give(answered(answer));
    expect([await asking, notes, kinds()]).toEqual([null, [], ["call-form", "declined"]]);
  });

  test("FO1 nobody's is none: nobody there, nobody in time, no room, nowhere to write it down", async () => {
    expect(await start({ askForm: null }).elicit(size)).toBeNull();
    expect(await start({ write: () => false }).elicit(size)).toBeNull();
    const asking = start().elicit(size);
    await clock.advance(approvalLifeMs);
    give(answered('{"size":"l"}'));
    expect(await asking).toBeNull();
    const shut = start({
      note: () => {
        throw new Error("full");
      },
    }).elicit(size);
    give(answered('{"size":"l"}'));
    expect([await shut, notes]).toEqual([null, []]);
  });

  test("FO2 one at a time, a few of a call, none too long to be shown", async () => {
    const aside = start();
    for (let form = 1; form <= formsPerCallMax; form++) {
      const asking = aside.elicit(size);
      expect(await aside.elicit(size), "beside another").toBeNull();
      give(answered('{"size":"s"}'));
      expect(await asking).toEqual({ size: "s" });
    }
    expect(await aside.elicit(size)).toBeNull();
    expect(asked.map(({ form }) => form)).toEqual([1, 2, 3, 4]);
    expect(await start().elicit({ ...size, says: "x".repeat(formCharsMax + 1) })).toBeNull();
    expect(asked.length).toBe(formsPerCallMax);
  });

  test("FO3 the call's own time stands still while its owner reads", async () => {
    const aside = start();
    await clock.advance(callMs - 1_000);
    const asking = aside.elicit(size);
    await clock.advance(approvalLifeMs - 1);
    expect(aside.signal.aborted).toBe(false);
    give(answered('{"size":"s"}'));
    expect(await asking).toEqual({ size: "s" });
    expect(aside.waitedMs).toBe(approvalLifeMs - 1);
    await clock.advance(999);
    expect(aside.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(aside.signal.aborted).toBe(true);
  });

  test("FO3 stop ends it, and leaves no timer", async () => {
    const stop = new AbortController();
    const aside = start({}, stop.signal);
    const asking = aside.elicit(size);
    stop.abort();
    give(null);
    expect([await asking, await aside.elicit(size)]).toEqual([null, null]);
    aside.end();
    expect(clock.timers).toBe(0);
  });
});

test("FO4 how far it is: now and then, a few times, in a few words, and the end whenever it comes", async () => {
  const aside = start();
  for (let at = 0; at < 100; at++) {
    aside.progress("x".repeat(1_000), at / 100);
    await clock.advance(progressEveryMs / 4);
  }
  const says = steps.filter((step) => step.kind === "call-says");
  expect(says.length).toBe(progressStepsMax);
  expect(says.every((step) => step.says.length <= 200)).toBe(true);
  const other = start();
  steps = [];
  for (const share of [0.1, 0.2, 1]) other.progress("soon", share);
  expect(steps).toMatchObject([{ share: 0.1 }, { share: 1 }]);
});
