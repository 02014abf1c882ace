import { describe, expect, it } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { templateCharsMax } from "../limits.ts";
import { createTemplates } from "./templates.ts";

describe("templates", () => {
  it("are kept by name, written over, and taken away", () => {
    const templates = createTemplates(new Doc());
    templates.put({ id: "b", name: "sum up", text: "Sum up {{text}}" });
    templates.put({ id: "a", name: "/letter\n", text: "Dear {{name}}" });
    expect(templates.list()).toEqual([
      { id: "a", name: "-letter", text: "Dear {{name}}" },
      { id: "b", name: "sum-up", text: "Sum up {{text}}" },
    ]);
    templates.put({ id: "b", name: "sum", text: "x".repeat(templateCharsMax + 5) });
    templates.remove("a");
    expect(templates.list()).toEqual([{ id: "b", name: "sum", text: "x".repeat(templateCharsMax) }]);
  });

  it("of two devices merge, and what is no template is passed over", () => {
    const [left, right] = [new Doc(), new Doc()];
    createTemplates(left).put({ id: "a", name: "one", text: "1" });
    createTemplates(right).put({ id: "b", name: "two", text: "2" });
    right.getMap("templates").set("c", 5);
    applyUpdate(left, encodeStateAsUpdate(right));
    expect(
      createTemplates(left)
        .list()
        .map(({ name }) => name),
    ).toEqual(["one", "two"]);
  });
});
