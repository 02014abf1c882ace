import { describe, expect, it } from "vitest";
import { readTemplates } from "./trustedTemplates.ts";

describe("the templates of a compiled module", () => {
  it("are found under whatever name they were imported", () => {
    const code =
      'import { template as _$t, insert } from "solid-js/web"; const a = /*#__PURE__*/_$t(`<p>one`), b = _$t("<i>two", 2);';
    expect(readTemplates(code)).toEqual(["<p>one", "<i>two"]);
  });

  it("are not confused with another module's function of that name", () => {
    expect(readTemplates('import { template } from "./other.js"; template("<p>");')).toEqual([]);
  });

  it("stop the build when they are made at run time", () => {
    expect(() => readTemplates('import { template } from "solid-js/web"; template("<p>" + name);')).toThrow(
      /not a literal/,
    );
    expect(() => readTemplates('import { template } from "solid-js/web"; template(`<p>${name}`);')).toThrow(
      /not a literal/,
    );
  });
});
