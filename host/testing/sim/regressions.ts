/** What broke once and was put right, with a seed that shows it: it breaks again with the mutant of that name, which takes the repair out, and holds without. */
export const regressions: readonly { readonly name: string; readonly mutant: string; readonly seed: string }[] = [
  { name: "a gap that a lying relay did not fill is read again", mutant: "gap-asked-for-once", seed: "2" },
  {
    name: "what is typed in a chat before its key arrived is sealed when the key comes",
    mutant: "batch-misses-its-key",
    seed: "177",
  },
  {
    name: "a device that has read a doc once keeps what is typed while the host is away",
    mutant: "forgets-it-had-read",
    seed: "1",
  },
  {
    name: "what is typed between two sockets of the provider is not called saved",
    mutant: "saved-between-sockets",
    seed: "35",
  },
];
