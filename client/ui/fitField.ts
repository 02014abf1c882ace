/** A field as high as its words. `field-sizing` does this by itself where the browser has it. */
export function fitField(field: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${field.scrollHeight}px`);
}
