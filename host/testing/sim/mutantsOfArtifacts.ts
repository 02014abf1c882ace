/** Bugs of what people and models write together: sync/artifacts. */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfArtifacts: readonly Mutant[] = [
  {
    name: "sitting-of-another-folded",
    meaning: "who closes an artifact takes away what another device is writing into it",
    changes: changeOne(
      "sync/artifacts/sittings.ts",
      "(name) => name.startsWith(owner) && piecesOf(name).every((piece) => loaded.has(piece.name)),",
      "(name) => piecesOf(name).every((piece) => loaded.has(piece.name)),",
    ),
    faults: [],
    isWriting: true,
  },
  {
    name: "hunk-by-who-takes-it",
    meaning: "what a model proposes is in the text twice when two devices take it at once",
    changes: changeOne(
      "sync/artifacts/review.ts",
      'hash128("sovereign/artifact-hunk/v1", place)',
      'hash128("sovereign/artifact-hunk/v1", place, utf8ToBytes(A.getActorId(current())))',
    ),
    faults: [],
    isWriting: true,
  },
];
