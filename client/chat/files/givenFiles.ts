/** Files out of what is pasted or dropped. */

/** `[]`: what is pasted is text, also where a picture of it lies beside, as spreadsheets and word processors put it there. */
export function pastedFiles(data: DataTransfer | null): File[] {
  if (data === null || data.files.length === 0) return [];
  const isText = data.types.includes("text/html") && data.getData("text/plain").trim() !== "";
  return isText ? [] : [...data.files];
}

/** A folder comes as a file that cannot be read: it is left out. */
export function droppedFiles(data: DataTransfer | null): { readonly files: File[]; readonly hasFolder: boolean } {
  const entries = [...(data?.items ?? [])].filter(({ kind }) => kind === "file");
  const files = entries.filter((item) => item.webkitGetAsEntry()?.isDirectory !== true);
  return {
    files: files.flatMap((item) => item.getAsFile() ?? []),
    hasFolder: files.length < entries.length,
  };
}
