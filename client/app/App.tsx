/** One stage at a time, from the first paint to the open vault. */
import { createEffect, ErrorBoundary, type JSX, Match, Show, Suspense, Switch } from "solid-js";
import { changeToUpdate, isUpdateReady, putOffUpdate } from "../platform/serviceWorker.ts";
import { Seal } from "../ui/Seal.tsx";
import { showToast, Toasts } from "../ui/toasts.tsx";
import { Broken, Elsewhere, Failed, Unsupported } from "../unlock/Notices.tsx";
import { Welcome } from "../unlock/Welcome.tsx";
import { type Session, type Stage } from "./session.ts";
import { t } from "./strings.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched while the vault opens: the first paint does not wait for Markdown and lists.
const MainView = fetchedView(() => import("./MainView.tsx").then(({ MainView }) => MainView));
const NoVault = fetchedView(() => import("../unlock/NoVault.tsx").then(({ NoVault }) => NoVault));
const Unlock = fetchedView(() => import("../unlock/Unlock.tsx").then(({ Unlock }) => Unlock));

export function App(props: { session: Session }): JSX.Element {
  const stage = (): Stage => props.session.stage();
  const stageOf = <Kind extends Stage["kind"]>(kind: Kind): Extract<Stage, { kind: Kind }> | null => {
    const now = stage();
    return now.kind === kind ? (now as Extract<Stage, { kind: Kind }>) : null;
  };
  // What went wrong with it is thrown where it is drawn.
  void MainView.preload().catch(() => undefined);

  createEffect(() => {
    if (!isUpdateReady()) return;
    putOffUpdate();
    showToast({ says: t.updateReady, stays: true, action: { label: t.updateNow, act: changeToUpdate } });
  });

  return (
    <>
      <ErrorBoundary fallback={(error) => <Broken error={error} />}>
        <Suspense fallback={<Opening />}>
          <Switch fallback={<Opening />}>
            <Match when={stageOf("unsupported")}>{(now) => <Unsupported missing={now().missing} />}</Match>
            <Match when={stageOf("elsewhere")}>
              {(now) => (
                <Elsewhere isUnstored={now().isUnstored} useHere={(isAnyway) => void props.session.useHere(isAnyway)} />
              )}
            </Match>
            <Match when={stageOf("welcome")}>
              <Welcome create={(name) => props.session.create(name)} />
            </Match>
            <Match when={stageOf("noLink")}>
              {(now) => <NoVault session={props.session} hasHost={now().hasHost} link={now().link} />}
            </Match>
            <Match when={stageOf("failed")}>{(now) => <Failed says={now().says} />}</Match>
            <Match when={stageOf("locked")}>
              {(now) => <Unlock slots={now().locked.slots} unlock={(key) => props.session.unlock(now().locked, key)} />}
            </Match>
            <Match when={stageOf("open")}>
              {(now) => (
                <Show when={now().vault} keyed>
                  {(vault) => <MainView vault={vault} wasLinkUsed={now().wasLinkUsed} />}
                </Show>
              )}
            </Match>
          </Switch>
        </Suspense>
      </ErrorBoundary>
      <Toasts />
    </>
  );
}

function Opening(): JSX.Element {
  return (
    <div class="opening" role="status">
      <Seal state="travelling" words={t.opening} hideWords isLarge />
    </div>
  );
}
