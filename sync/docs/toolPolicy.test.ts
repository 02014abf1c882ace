import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { toolTermsCharsMax } from "../limits.ts";
import { readTerms, sayToolRules, writeTerms, noTerms } from "./terms.ts";
import {
  createToolPolicyDoc,
  defaultToolPolicy,
  findLapse,
  parseToolPolicy,
  parseToolTerms,
  ruleFor,
  type ToolPolicy,
  type ToolRule,
} from "./toolPolicy.ts";

/** As a host reads it: over the chat's terms. */
function asHostReads(doc: Doc): ToolPolicy {
  const chat = new Doc();
  writeTerms(chat, { ...noTerms, tools: sayToolRules(doc) });
  return parseToolTerms(readTerms(chat).tools);
}

function docOf(rules: readonly (readonly [name: string, rule: ToolRule])[]): Doc {
  const doc = new Doc();
  const policy = createToolPolicyDoc(doc);
  for (const [name, rule] of rules) policy.setTool(name, rule);
  return doc;
}

const many = (count: number, rule: ToolRule, name = "tool"): (readonly [string, ToolRule])[] =>
  Array.from({ length: count }, (_, index) => [`${name}_${index}`, rule] as const);

describe("what tools may do, as a host reads it", () => {
  test("TU5 what is forbidden stays so behind any number of rules, wherever it stands among them", () => {
    const last = docOf([...many(800, "allow"), ["zz_dangerous", "deny"]]);
    expect(createToolPolicyDoc(last).read().tools["zz_dangerous"]).toBe("deny");
    expect(ruleFor(asHostReads(last), "zz_dangerous", "reads-here", "")).toBe("deny");
    const asked = docOf([...many(800, "allow"), ["zz_sends", "ask"]]);
    expect(parseToolPolicy(asked.getMap("tools").toJSON()).tools["zz_sends"]).toBe("ask");
    const denied = docOf(many(800, "deny"));
    for (let index = 0; index < 800; index++)
      expect(ruleFor(asHostReads(denied), `tool_${index}`, "reads-here", "")).toBe("deny");
  });

  test("TU6 rules that are too much for a chat are not cut in the middle: what allows falls out first, and where that is not enough nothing may", () => {
    const long = "n".repeat(58);
    const much = docOf([...many(1_500, "allow", long), ["calculate", "deny"]]);
    expect(sayToolRules(much).length).toBeLessThanOrEqual(toolTermsCharsMax);
    expect(ruleFor(asHostReads(much), "calculate", "reads-here", "")).toBe("deny");
    expect(ruleFor(asHostReads(docOf(many(1_500, "deny", long))), `${long}_1499`, "reads-here", "")).toBe("deny");
  });

  test("TU7 what was said of tools and cannot be read forbids everything; where nothing was said, the default holds", () => {
    expect(parseToolTerms("")).toEqual(defaultToolPolicy);
    const whole = sayToolRules(docOf([["calculate", "deny"]]));
    for (let length = 1; length < whole.length; length++)
      expect(ruleFor(parseToolTerms(whole.slice(0, length)), "calculate", "reads-here", "")).toBe("deny");
    expect(sayToolRules(new Doc())).toBe("");
  });

  test("TU8 always is said of the tool that asked: another that has its name later asks, here and at a host", () => {
    const [mine, other] = ["a", "b"].map((digit) => digit.repeat(64)) as [string, string];
    const doc = new Doc();
    const policy = createToolPolicyDoc(doc);
    policy.allowTool({ name: "wiki_write", version: mine });
    policy.allowTool({ name: "folder_read", version: mine });
    for (const read of [policy.read(), asHostReads(doc)]) {
      expect(ruleFor(read, "wiki_write", "sends-out", mine)).toBe("allow");
      expect(ruleFor(read, "wiki_write", "sends-out", other)).toBe("ask");
      // What Sovereign brings is itself in each version.
      expect(ruleFor(read, "folder_read", "reads-here", other)).toBe("allow");
    }
    // Said again from a list of names, it is no wider.
    policy.setTool("wiki_write", "deny");
    expect(ruleFor(policy.read(), "wiki_write", "sends-out", mine)).toBe("deny");
    policy.setTool("wiki_write", "allow");
    expect(ruleFor(policy.read(), "wiki_write", "sends-out", other)).toBe("ask");
    doc.getMap("tools").set("version:wiki_write", 7);
    expect(ruleFor(asHostReads(doc), "wiki_write", "sends-out", mine)).toBe("ask");
    policy.setTool("wiki_write", null);
    expect(Object.keys(doc.getMap("tools").toJSON())).toEqual(["tool:folder_read"]);
  });

  test("TU9 a server's tool that was allowed before anybody wrote down which one was meant asks once more, and says why; said again, it holds for that one", () => {
    const [mine, other] = ["a", "b"].map((digit) => digit.repeat(64)) as [string, string];
    const doc = new Doc();
    doc.getMap("tools").set("tool:wiki_write", "allow");
    doc.getMap("tools").set("tool:search_chats", "allow");
    const policy = createToolPolicyDoc(doc);
    for (const read of [policy.read(), asHostReads(doc)]) {
      expect(ruleFor(read, "wiki_write", "sends-out", mine)).toBe("ask");
      expect(findLapse(read, "wiki_write", mine)).toBe("unpinned");
      // Where all of its class may run, there is nothing to ask.
      const open = { ...read, classes: { ...read.classes, "sends-out": "allow" as const } };
      expect(ruleFor(open, "wiki_write", "sends-out", mine)).toBe("allow");
      // What Sovereign brings was never meant otherwise.
      expect(ruleFor(read, "search_chats", "reads-here", mine)).toBe("allow");
      expect(findLapse(read, "search_chats", mine)).toBeNull();
    }
    // Chosen in a list of names, it is not written down either.
    policy.setTool("wiki_write", "allow");
    expect(ruleFor(policy.read(), "wiki_write", "sends-out", mine)).toBe("ask");
    policy.allowTool({ name: "wiki_write", version: mine });
    expect(ruleFor(asHostReads(doc), "wiki_write", "sends-out", mine)).toBe("allow");
    expect(findLapse(asHostReads(doc), "wiki_write", other)).toBe("another");
  });

  test("TU8 where there is no room for which one was meant, there is none for the rule", () => {
    const doc = new Doc();
    const policy = createToolPolicyDoc(doc);
    for (let index = 0; index < 480; index++)
      policy.allowTool({ name: `${"n".repeat(58)}_${index}`, version: "c".repeat(64) });
    const read = asHostReads(doc);
    expect(Object.keys(read.tools).length).toBeGreaterThan(100);
    expect(Object.keys(read.tools)).toEqual(Object.keys(read.versions ?? {}));
  });
});
