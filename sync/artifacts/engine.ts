/**
 * Automerge, as an artifact needs it: 1.1 MB gzipped, fetched when the first artifact opens and never before. The same WebAssembly runs in
 * a page, a worker and Node. Everything else in this folder gets it as an argument, so nothing else decides when it is fetched.
 */
import type { Automerge, DocHandle, interpretAsDocumentId, Repo } from "@automerge/automerge-repo/slim";

export interface Engine {
  readonly A: typeof Automerge;
  readonly Repo: typeof Repo;
  readonly interpretAsDocumentId: typeof interpretAsDocumentId;
}

export type Handle = DocHandle<ArtifactContent>;

/** What Automerge holds of an artifact. All else about it is small, changes by being set, and stands beside it. */
export interface ArtifactContent {
  text: string;
}

let engine: Promise<Engine> | null = null;

/** Rejects when it cannot be fetched; the next call tries again. */
export function loadEngine(): Promise<Engine> {
  engine ??= fetchEngine().catch((error: unknown) => {
    engine = null;
    throw error;
  });
  return engine;
}

async function fetchEngine(): Promise<Engine> {
  const [{ initializeEngine }, repo] = await Promise.all([
    import("./engineWasm.ts"),
    import("@automerge/automerge-repo/slim"),
  ]);
  await initializeEngine(repo);
  return { A: repo.Automerge, Repo: repo.Repo, interpretAsDocumentId: repo.interpretAsDocumentId };
}
