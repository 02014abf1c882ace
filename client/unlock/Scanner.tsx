/** The camera. Its picture goes nowhere but on the screen. */
import { createSignal, type JSX, onCleanup, onMount } from "solid-js";
import { d } from "../devices/words.ts";
import { openQrReader, type QrReader } from "./qrReader.ts";

/** As often as a hand holds still. */
const lookEveryMs = 200;

export function canScan(): boolean {
  return navigator.mediaDevices?.getUserMedia !== undefined;
}

export function Scanner(props: { found(text: string): void; refused(): void }): JSX.Element {
  const [video, setVideo] = createSignal<HTMLVideoElement>();
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasLeft = false;

  const stop = (): void => {
    hasLeft = true;
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  onCleanup(stop);

  const look = async (reader: QrReader, source: HTMLVideoElement): Promise<void> => {
    const says = await reader.read(source);
    if (hasLeft) return;
    if (says === null) {
      timer = setTimeout(() => void look(reader, source), lookEveryMs);
      return;
    }
    stop();
    props.found(says);
  };

  onMount(async () => {
    const source = video();
    if (source === undefined) return;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      // Whoever went on while the browser asked needs no camera any more.
      if (hasLeft) return stop();
      source.srcObject = stream;
      await source.play();
      void look(await openQrReader(), source);
    } catch {
      stop();
      props.refused();
    }
  });

  return <video ref={setVideo} class="scanner" muted playsinline aria-label={d.joinCameraPicture} />;
}
