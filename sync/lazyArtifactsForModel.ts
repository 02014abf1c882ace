/** Most chats have no artifact: what a model is shown of them (artifactsForModel.ts) is fetched with the first that there is. */
import { isTemporaryDoc } from "#crypto/ids.ts";
import type { ArtifactsForModel, ArtifactsForModelOptions } from "./artifactsForModel.ts";
import { artifactsRoot } from "./docs/answerArtifacts.ts";
import { artifactsShownMs } from "./limits.ts";

export function createLazyArtifactsForModel(options: ArtifactsForModelOptions): ArtifactsForModel {
  let loading: Promise<ArtifactsForModel> | null = null;
  return {
    prepare: async (doc, chat, atHand) => {
      const isMade = (): boolean => options.catalog.artifacts.all().some((entry) => entry.chat === doc);
      const wasShown = (): boolean => chat?.doc.share.has(artifactsRoot) === true;
      if (isTemporaryDoc(doc) || (atHand.length === 0 && !isMade() && !wasShown())) return null;
      loading ??= import("./artifactsForModel.ts").then((made) => made.createArtifactsForModel(options));
      // Automerge, without which none can be read, is fetched late as well: where neither can be, or a host says nothing of them, the question goes on without.
      const known = loading.catch(() => (loading = null));
      let cancel = (): void => {};
      const late = new Promise<null>((done) => (cancel = options.clock.after(artifactsShownMs, () => done(null))));
      const made = await Promise.race([known, late]);
      cancel();
      return made === null ? null : made.prepare(doc, chat, atHand);
    },
  };
}
