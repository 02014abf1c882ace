/**
 * Files that the system opens with the app (the manifest's `file_handlers`), where a browser installs apps that can. They are given
 * once, to whoever asks first, however late that is: the vault may have had to be unlocked before.
 */
interface LaunchQueue {
  setConsumer(take: (launch: { readonly files?: readonly FileSystemFileHandle[] }) => void): void;
}

export function onOpenedFiles(take: (files: readonly File[]) => void): void {
  const queue = (globalThis as { readonly launchQueue?: LaunchQueue }).launchQueue;
  queue?.setConsumer(({ files = [] }) => {
    // One that cannot be read any more is left out; the others are there.
    const read = Promise.allSettled(files.map((handle) => handle.getFile()));
    void read.then((results) => {
      const found = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
      if (found.length > 0) take(found);
    });
  });
}
