import { expect, test } from "vitest";
import { createOutgoing, type OutgoingSettings } from "./outgoing.ts";
import { textResult, type JsonObject } from "./tool.ts";

const mail = "ada@example.org";
const parameters = {
  type: "object",
  properties: { to: { type: "string" }, falcon: { type: "object", properties: {} } },
};
const placeholders: OutgoingSettings = { mode: "placeholders", words: ["falcon"] };

test("RB5 a tool outside is given placeholders, the same for the same text in all of a run, and what it gives back has the text again", () => {
  const outgoing = createOutgoing(() => placeholders);
  const first = outgoing.hide({ parameters }, { to: mail, cc: [{ [mail]: `Write to ${mail} or bob@example.org` }] });
  expect(first).toEqual({
    args: { to: "[EMAIL_1]", cc: [{ "[EMAIL_1]": "Write to [EMAIL_1] or [EMAIL_2]" }] },
    mode: "placeholders",
    counts: { email: 4 },
  });
  expect(outgoing.hide({ parameters }, { to: "bob@example.org" })).toMatchObject({
    args: { to: "[EMAIL_2]" },
    counts: { email: 1 },
  });
  expect(outgoing.restore(textResult("Sent to [EMAIL_2], not to [EMAIL_9]."))).toEqual(
    textResult("Sent to bob@example.org, not to [EMAIL_9]."),
  );
});

test("RB6 names of fields that the tool has stay, and a number that reads as a card does not", () => {
  const outgoing = createOutgoing(() => placeholders);
  const { args } = outgoing.hide(
    { parameters },
    { falcon: { about: "Falcon" }, card: 4_111_111_111_111_111, size: 12 },
  );
  expect(args).toEqual({ falcon: { about: "[WORD_1]" }, card: "[CARD_1]", size: 12 });
});

test("RB7 masked for good, only counted, or not looked for, as its project says at each call", () => {
  let mode: OutgoingSettings["mode"] = "mask";
  const outgoing = createOutgoing(() => ({ mode }));
  const given: JsonObject = { to: mail, flag: true, none: null };
  expect(outgoing.hide({ parameters }, given)).toMatchObject({ args: { to: "[email]", flag: true, none: null } });
  expect(outgoing.restore(textResult("[email]"))).toEqual(textResult("[email]"));
  mode = "warn";
  expect(outgoing.hide({ parameters }, given)).toEqual({ args: given, mode: "warn", counts: { email: 1 } });
  mode = "off";
  expect(outgoing.hide({ parameters }, given)).toEqual({ args: given, mode: "off", counts: {} });
});
