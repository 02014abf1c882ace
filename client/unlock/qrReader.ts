/**
 * Reads QR codes out of a camera's picture: by the browser itself where it can (Chromium on phones and macOS), else by a small decoder that is
 * fetched when somebody scans (Safari, Firefox, Chromium elsewhere).
 */

export interface QrReader {
  /** What the code in the picture says; `null` when there is none to be read. */
  read(source: HTMLVideoElement): Promise<string | null>;
}

interface QrDetectorClass {
  new (options: { readonly formats: readonly string[] }): {
    detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
  };
  getSupportedFormats?(): Promise<readonly string[]>;
}

/** The longer side of what is decoded: a code held before a phone fills a third of it, and a look takes some tens of milliseconds. */
const sidePixelsMax = 720;

export async function openQrReader(): Promise<QrReader> {
  const Detector = (window as { BarcodeDetector?: QrDetectorClass }).BarcodeDetector;
  const formats = (await Detector?.getSupportedFormats?.().catch(() => [])) ?? ["qr_code"];
  if (Detector !== undefined && formats.includes("qr_code")) {
    const detector = new Detector({ formats: ["qr_code"] });
    return { read: async (source) => (await detector.detect(source).catch(() => []))[0]?.rawValue ?? null };
  }
  return createDecoder();
}

async function createDecoder(): Promise<QrReader> {
  const { default: decodeQr } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  return {
    read: async (source) => {
      const { videoWidth, videoHeight } = source;
      if (ink === null || videoWidth === 0 || videoHeight === 0) return null;
      const scale = Math.min(1, sidePixelsMax / Math.max(videoWidth, videoHeight));
      canvas.width = Math.round(videoWidth * scale);
      canvas.height = Math.round(videoHeight * scale);
      ink.drawImage(source, 0, 0, canvas.width, canvas.height);
      const { data, width, height } = ink.getImageData(0, 0, canvas.width, canvas.height);
      try {
        return decodeQr({ data, width, height });
      } catch {
        // reason: a picture without a code, or with half of one, is what most pictures are.
        return null;
      }
    },
  };
}
