import { expect, it } from "vitest";
import { toPreviewPage } from "./previewPage.ts";

it("a script that names its own end does not end there", () => {
  const page = toPreviewPage('const end = "</script><b>";');
  expect(page.match(/<\/script/g)).toHaveLength(1);
  expect(page).toContain('const end = "<\\/script><b>";');
});
