import "./ui/tokens.css";
import "./ui/fonts.css";
import "./ui/base.css";
import "./ui/parts.css";
import "./app/app.css";
import "./chat/chatList.css";
import "./chat/conversation.css";
import "./chat/turn.css";
import "./chat/answerNotes.css";
import "./chat/composer.css";
import "./chat/pastes.css";
import "./chat/files/files.css";
import "./chat/prose.css";
import "./search/search.css";
import "./unlock/unlock.css";
import { render } from "solid-js/web";
import { App } from "./app/App.tsx";
import { startSession } from "./app/session.ts";
import { loadLanguage, t } from "./app/strings.ts";
import { showKeyHints } from "./platform/keyHints.ts";
import { language } from "./platform/preferences.ts";
import { keepAppOnDevice } from "./platform/serviceWorker.ts";
import { followSystemTheme } from "./platform/theme.ts";
import { installTrustedTypes } from "./platform/trustedTypes.ts";
import { noteFollowedLinks } from "./platform/followedLinks.ts";
import { followVisualViewport } from "./platform/viewport.ts";

if (import.meta.env.PROD) installTrustedTypes();
followSystemTheme();
followVisualViewport();
noteFollowedLinks();
showKeyHints();

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has lost its #app");
const session = startSession();
// The vault is opening meanwhile; only another language than English is fetched.
void loadLanguage(language.now() === "system" ? navigator.languages : [language.now()]).then(() => {
  document.documentElement.lang = t.language;
  document.documentElement.dir = t.direction;
  root.replaceChildren();
  render(() => <App session={session} />, root);
});

// Held for a moment only, and the vault may have to be unlocked first.
if (location.hash === "#/share")
  import("./platform/shared.ts").then(
    ({ takeShared }) => takeShared(),
    // It is asked for once more, and told of, by the composer.
    () => undefined,
  );

// After the first paint: it fetches the whole app once more, for the day the host is away.
addEventListener("load", () => void keepAppOnDevice().catch(() => undefined));
