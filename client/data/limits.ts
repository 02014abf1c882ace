/** How much an export may be, and why. All of it is somebody else's file. */

/** Read piece by piece, so it costs time and no memory; ten years of heavy use are a tenth of it. */
export const importBytesMax = 8_000_000_000;
/** What is read whole, such as our own chats.json: a year of heavy use is some 50 MB, and a worker can hold this much twice. */
export const wholeBytesMax = 300_000_000;
/** One chat as text: the longest in real exports are some 20 MB. */
export const chatCharsMax = 100_000_000;
/** The page of a chat is made for ten thousand messages; ten times that is no conversation. */
export const messagesMax = 100_000;
/** A message's words: what a question may be (`questionBytesMax`) would cut real answers with whole logs in them. */
export const messageCharsMax = 2_000_000;
/** One export holds what one person wrote. */
export const chatsMax = 100_000;
/** A folder of every picture of ten years is some 50,000. */
export const zipEntriesMax = 500_000;
/** The list of such a folder, at some 200 bytes a name. */
export const zipDirectoryBytesMax = 200_000_000;
/** What nothing of ours deflates to: text at a thousandth of its size is made to fill memory. */
export const zipRatioMax = 1000;
/** Pictures inside a page are a third larger than as files; a page of this size still opens on a phone. */
export const htmlPicturesBytesMax = 25_000_000;
/** How much of a source's list of what was left out is shown. */
export const namesShownMax = 5;
