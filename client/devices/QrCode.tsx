/** A QR code, drawn as one path. Dark on light in either theme: not every camera reads it the other way round. */
import { createMemo, type JSX } from "solid-js";
import { encode } from "uqr";

/** In modules; the standard asks for as many around it. */
const quietZone = 4;

export function QrCode(props: { text: string; says: string }): JSX.Element {
  const code = createMemo(() => {
    const { data, size } = encode(props.text, { ecc: "M", border: quietZone });
    const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
    return { path, size };
  });
  return (
    <svg class="qr" viewBox={`0 0 ${code().size} ${code().size}`} role="img" aria-label={props.says}>
      <path class="qr-paper" d={`M0 0h${code().size}v${code().size}h-${code().size}z`} />
      <path class="qr-ink" d={code().path} />
    </svg>
  );
}
