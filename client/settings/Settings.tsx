/** What a person can set: a sheet over the page, the whole page on a phone. Fetched when it is first opened. */
import { createSignal, type JSX, Show, Suspense } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import type { TemplateList } from "../bridge/createTemplates.ts";
import { MemorySection } from "../memory/MemorySection.tsx";
import { canNotify } from "../platform/notices.ts";
import { density, enterKey, language, type Preference, textSize } from "../platform/preferences.ts";
import { chooseTheme, themeChoice, themeChoices } from "../platform/theme.ts";
import { Choices } from "./Choices.tsx";
import { ToolRules } from "../tools/ToolRules.tsx";
import { k } from "../tools/words.ts";
import { DataSection } from "./DataSection.tsx";
import { KeySection } from "./KeySection.tsx";
import { NoticeSection } from "./NoticeSection.tsx";
import { Sheet } from "./Sheet.tsx";
import { TemplateSection } from "./TemplateSection.tsx";
import { w } from "./words.ts";
import { fetchedView } from "../ui/fetchedView.ts";

const AuditSheet = fetchedView(() => import("../tools/AuditSheet.tsx").then(({ AuditSheet }) => AuditSheet));

/** What tests alone choose is no choice. */
const languages = language.choices.filter((choice) => choice !== "mirrored");

export type SettingsPart = "look" | "keys";

export function Settings(props: {
  vault: Vault;
  templates: TemplateList;
  part: SettingsPart;
  /** What locking this device is, as it stands now. */
  lock: { readonly label: string; act(): void };
  leave(): void;
}): JSX.Element {
  const [open, setOpen] = createSignal<HTMLDialogElement>();
  const [isAuditOpen, setIsAuditOpen] = createSignal(false);

  return (
    <Sheet
      title={t.settings}
      closeLabel={t.closeSettings}
      hasParts
      leave={() => props.leave()}
      shown={(dialog) => {
        setOpen(dialog);
        if (props.part === "keys") dialog.querySelector("#keys")?.scrollIntoView();
      }}
    >
      <section>
        <h3>{w.look}</h3>
        <Choices
          legend={t.theme}
          name="theme-choice"
          choices={themeChoices}
          now={themeChoice()}
          says={(choice) => t.themes[choice]}
          choose={chooseTheme}
        />
        <PreferenceChoices legend={w.textSize} preference={textSize} says={(choice) => w.textSizes[choice]} />
        <PreferenceChoices legend={w.density} preference={density} says={(choice) => w.densities[choice]} />
        <Choices
          legend={w.languageOfPage}
          name="language"
          choices={languages}
          now={language.now()}
          says={(choice) => w.languages[choice === "mirrored" ? "system" : choice]}
          choose={(choice) => {
            language.choose(choice);
            // Every word is read anew; what is being typed is in its draft.
            location.reload();
          }}
        />
        <PreferenceChoices
          legend={w.enterKey}
          preference={enterKey}
          says={(choice) => (choice === "sends" ? w.enterSends : w.enterLine)}
        />
      </section>
      <Show when={canNotify}>
        <NoticeSection vault={props.vault} />
      </Show>
      <TemplateSection templates={props.templates} note={w.templatesNote} />
      <MemorySection vault={props.vault} />
      <section aria-label={k.rules}>
        <h3>{k.rules}</h3>
        <p class="settings-note">{k.rulesNote}</p>
        <ToolRules vault={props.vault} project={null} />
        <button type="button" class="plain" onClick={() => setIsAuditOpen(true)}>
          {k.audit.open}
        </button>
        <Show when={isAuditOpen()}>
          <Suspense>
            <AuditSheet
              vault={props.vault}
              leave={() => setIsAuditOpen(false)}
              leaveAll={() => {
                setIsAuditOpen(false);
                open()?.close();
              }}
            />
          </Suspense>
        </Show>
      </section>
      <DataSection vault={props.vault} />
      <section>
        <h3>{w.lock}</h3>
        <p class="settings-note">{w.lockNote}</p>
        <button
          type="button"
          class="plain"
          onClick={() => {
            // What comes is a sheet of its own.
            open()?.close();
            props.lock.act();
          }}
        >
          {props.lock.label}
        </button>
      </section>
      <KeySection />
    </Sheet>
  );
}

function PreferenceChoices<Choice extends string>(props: {
  legend: string;
  preference: Preference<Choice>;
  says(choice: Choice): string;
}): JSX.Element {
  return (
    <Choices
      legend={props.legend}
      name={props.legend}
      choices={props.preference.choices}
      now={props.preference.now()}
      says={(choice) => props.says(choice)}
      choose={(choice) => props.preference.choose(choice)}
    />
  );
}
