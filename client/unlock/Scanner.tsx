/** The camera, where the browser reads QR codes by itself. Its picture goes nowhere but on the screen. */
import { createSignal, type JSX, onCleanup, onMount } from "solid-js";
import { d } from "../devices/words.ts";

interface QrDetector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

interface QrDetectorClass {
  new (options: { readonly formats: readonly string[] }): QrDetector;
}

/** As often as a hand holds still. */
const lookEveryMs = 200;

const detectorClass = (): QrDetectorClass | undefined =>
  (window as { BarcodeDetector?: QrDetectorClass }).BarcodeDetector;

export function canScan(): boolean {
  return detectorClass() !== undefined && navigator.mediaDevices?.getUserMedia !== undefined;
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

  const look = async (detector: QrDetector, source: HTMLVideoElement): Promise<void> => {
    const [code] = await detector.detect(source).catch(() => []);
    if (hasLeft) return;
    if (code === undefined) {
      timer = setTimeout(() => void look(detector, source), lookEveryMs);
      return;
    }
    stop();
    props.found(code.rawValue);
  };

  onMount(async () => {
    const [Detector, source] = [detectorClass(), video()];
    if (Detector === undefined || source === undefined) return;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      // Whoever went on while the browser asked needs no camera any more.
      if (hasLeft) return stop();
      source.srcObject = stream;
      await source.play();
      void look(new Detector({ formats: ["qr_code"] }), source);
    } catch {
      stop();
      props.refused();
    }
  });

  return <video ref={setVideo} class="scanner" muted playsinline aria-label={d.joinCameraPicture} />;
}
