/** Every limit of the preview, with its reason. */

/** Text of a diagram or a page: a page of 400 kB is already a small app, and it is held three times while it is shown. */
export const sourceCharsMax = 400_000;
/** A picture that a frame drew: larger ones freeze the page that shows them. */
export const pictureCharsMax = 2_000_000;
/** A frame's complaint: a sentence for a person, not a log. */
export const saysCharsMax = 600;
/** A picture longer than this on one side is none that anybody looks at. */
export const heightPxMax = 20_000;
/** The runtimes are fetched from this device or its own host; a frame that has not begun by then never will. */
export const startMsMax = 8_000;
/** A frame is asked this often whether it is still there … */
export const pingEveryMs = 1_500;
/** … and is taken away after so many questions without an answer: the largest diagram that is of any use takes 3 s on an old phone. */
export const pingsMissedMax = 6;
/** Between a frame's falling silent and what took its place: after this nothing did, and its process is gone. */
export const crashToldMs = 1_000;
/** What a frame may say in that time: a page that complains in each of its frames stays far below. Reading a message takes microseconds. */
export const messagesBetweenPingsMax = 2_000;
/** Different complaints of one page that are passed on: who mends it reads the first few. */
export const complaintsMax = 20;
/** A frame that draws is kept this long for the next diagram: its runtime takes half a second to begin. */
export const idleFrameMs = 60_000;
/** Pictures kept for going back and forth between chats and themes. */
export const drawingsKeptMax = 60;
