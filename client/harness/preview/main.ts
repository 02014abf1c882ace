/** Previews of pages under the app's real policy, and nothing else. `e2e/pagePreview.spec.ts` drives it. */
import { openPagePreview, type Complaint, type PagePreview, type PreviewState } from "../../preview/pagePreview.ts";

const place = document.getElementById("place");
if (place === null) throw new Error("index.html has lost its #place");

const states: PreviewState[] = [];
const complaints: Complaint[] = [];
let preview: PagePreview | null = null;

function show(kind: "html" | "svg", text: string): void {
  preview?.close();
  states.length = complaints.length = 0;
  preview = openPagePreview({
    kind,
    text,
    place: place as HTMLElement,
    title: "Preview",
    onComplaint: (complaint) => complaints.push(complaint),
    onState: (state) => states.push(state),
  });
}

Object.assign(globalThis, { harness: { show, run: () => preview?.run(), states, complaints } });
