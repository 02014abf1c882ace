/** Around a table: it scrolls by itself, and it can be taken along. */
import type { Tokens } from "marked";
import type { JSX } from "solid-js";
import { t } from "../../app/strings.ts";
import { l } from "../laterWords.ts";
import { saveFile } from "../../platform/saveFile.ts";
import { Menu } from "../../ui/Menu.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { tableRows, toCsv, toMarkdownTable } from "./tableText.ts";

export function TableFrame(props: { table: Tokens.Table; children: JSX.Element }): JSX.Element {
  const copy = (text: string): void =>
    void navigator.clipboard.writeText(text).then(
      () => showToast({ says: t.copied }),
      () => showToast({ says: t.actionFailed }),
    );
  return (
    <div class="table-frame">
      {/* A keyboard must be able to reach what scrolls. No landmark: an answer may have ten of them. */}
      <div class="table-scroll" role="group" aria-label={l.table} tabindex="0">
        {props.children}
      </div>
      <Menu
        label={l.tableMenu}
        items={[
          { label: l.copyAsMarkdown, act: () => copy(toMarkdownTable(tableRows(props.table))) },
          { label: l.copyAsCsv, act: () => copy(toCsv(tableRows(props.table))) },
          { label: l.downloadCsv, act: () => saveFile("table.csv", "text/csv", toCsv(tableRows(props.table))) },
        ]}
      />
    </div>
  );
}
