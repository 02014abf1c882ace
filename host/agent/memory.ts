/** What a model is told of what its owner wants remembered, and how it may propose more. Devices read the tag (client/memory/remembered.ts). */

/** "" where there is nothing to say. */
export function sayMemory(facts: string, proposes: boolean): string {
  return [
    ...(facts === "" ? [] : [`The person you talk with wants this remembered:\n${facts}`]),
    ...(proposes
      ? [
          "When they say something lasting about themselves or their work that would help in later chats, end your answer with a line <remember>one short sentence that says it</remember>. " +
            "Seldom, never more than two, nothing secret, nothing that holds today only, nothing that is remembered already. They decide whether it is kept; do not mention it otherwise.",
        ]
      : []),
  ].join("\n\n");
}
