/**
 * What another app has shared with this one. The service worker holds it for a moment; the page takes it as soon as it comes up, so that
 * it is still there when the vault has been unlocked. It is put into the composer and no further: any page could bring something here.
 */
interface Shared {
  readonly text: string;
  readonly files: readonly File[];
}

/** A service worker that has forgotten says so. One that has to be begun anew on a slow phone takes seconds to say anything. */
const answerMsMax = 15_000;
/** As a draft: nobody shares a book to ask about it. */
const textCharsMax = 100_000;
const filesMax = 20;

let taken: Promise<Shared | null> | null = null;

/** `null`: it did not arrive. */
export function takeShared(): Promise<Shared | null> {
  taken ??= ask();
  return taken;
}

async function ask(): Promise<Shared | null> {
  const worker = navigator.serviceWorker?.controller ?? null;
  if (worker === null) return null;
  const { port1, port2 } = new MessageChannel();
  const answer = await new Promise<unknown>((done) => {
    port1.onmessage = ({ data }) => done(data);
    worker.postMessage({ type: "take-share" }, [port2]);
    setTimeout(() => done(null), answerMsMax);
  });
  port1.close();
  if (typeof answer !== "object" || answer === null) return null;
  const { text, files } = answer as { text?: unknown; files?: unknown };
  return {
    text: typeof text === "string" ? text.slice(0, textCharsMax) : "",
    files: Array.isArray(files) ? files.filter((file) => file instanceof File).slice(0, filesMax) : [],
  };
}
