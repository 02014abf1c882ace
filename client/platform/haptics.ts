/** A tap that is felt, under the finger that made it: where a device can, and never for who asked for less motion. */
const tapMs = 8;

export function tap(): void {
  if (matchMedia("(pointer: coarse)").matches && !matchMedia("(prefers-reduced-motion: reduce)").matches)
    navigator.vibrate?.(tapMs);
}
