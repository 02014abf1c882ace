/** Files dragged over the page: they may be let go over `target`, and nowhere else does the browser open them in the app's place. */
import { type Accessor, createSignal, onCleanup, onMount } from "solid-js";
import { droppedFiles } from "./givenFiles.ts";

export function createFileDrop(options: {
  readonly target: Accessor<HTMLElement | undefined>;
  add(files: readonly File[]): void;
  onFolder(): void;
}): { readonly isOver: Accessor<boolean> } {
  const [isOver, setIsOver] = createSignal(false);
  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
  const isOnTarget = (event: DragEvent): boolean => options.target()?.contains(event.target as Node) === true;

  const onDragOver = (event: DragEvent): void => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    setIsOver(isOnTarget(event));
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = isOver() ? "copy" : "none";
  };
  const onDragLeave = (event: DragEvent): void => {
    // Out of the window.
    if (event.relatedTarget === null) setIsOver(false);
  };
  const onDrop = (event: DragEvent): void => {
    setIsOver(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (!isOnTarget(event)) return;
    const { files, hasFolder } = droppedFiles(event.dataTransfer);
    if (hasFolder) options.onFolder();
    if (files.length > 0) options.add(files);
  };

  onMount(() => {
    addEventListener("dragover", onDragOver);
    addEventListener("dragleave", onDragLeave);
    addEventListener("drop", onDrop);
    onCleanup(() => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("dragleave", onDragLeave);
      removeEventListener("drop", onDrop);
    });
  });
  return { isOver };
}
