/** Where a caret stands after another device has written in the same text: at the same words, wherever those are now. */
export function moveCaret(at: number, before: string, after: string): number {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  if (at <= head) return at;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  // Behind what was changed it keeps its distance from the end; within it, it goes to the end of what came.
  return at >= before.length - tail ? after.length - (before.length - at) : after.length - tail;
}
