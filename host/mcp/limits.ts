/** Every limit of what tool servers may do, with its reason. A server is somebody else's program: it is believed nothing and waits for nobody. */

/** One message of a server: a page of text or a picture comes to less, and a result of 100 MB ends here instead of in memory. */
export const messageBytesMax = 8_388_608;
/** Messages within `messageWindowMs`: progress of several calls at once; a server that sends more floods. */
export const messagesMax = 2_000;
export const messageWindowMs = 10_000;
/** Of what a server says on standard error, the end, for its owner: a stack trace. */
export const lastWordsBytesMax = 4_096;

/** From its start until it has said what it can do: a program in Node or Python that reads its files first. */
export const startMs = 20_000;
/** One call without a sign of progress. */
export const callMs = 60_000;
/** One call however much progress it tells of: nobody waits longer for one step of an answer. */
export const callTotalMs = 600_000;
/** A server that was asked to end is killed after this. */
export const endMs = 1_000;
/** A server that nobody calls is ended: it is started again when it is needed. */
export const idleMs = 300_000;
/** Servers at once: each is a process, and its tools stand in every prompt. */
export const serversMax = 32;

/** Pages of a list: a list that has no end ends here. */
export const listPagesMax = 16;
/** Tools of one server: more than any model tells apart. */
export const toolsMax = 128;
/** One tool's definition: it stands in every prompt, and its owner has to read it before approving. */
export const definitionBytesMax = 32_768;
/** Nested values of a definition: deeper ones are made to break readers. */
export const definitionDepthMax = 32;
/** A server's name: it stands before its tools' names, of which models take 64 characters in all. */
export const serverNameCharsMax = 24;
export const offeredNameCharsMax = 64;

/** Text of one result: as much as a model at home takes in at once (as `artifactReadCharsMax`). */
export const resultCharsMax = 60_000;
/** Pictures and files of one result, together, and how many. */
export const resultBytesMax = 6_291_456;
export const resultPartsMax = 32;
/** Resources and prompts that a list shows. */
export const listedMax = 200;
/** Of an address or a name that a list shows. */
export const listedCharsMax = 500;

/** Fields of a form, and what stands beside one: a form that asks more is not for a person in the middle of an answer. */
export const formFieldsMax = 24;
export const formCharsMax = 2_000;
export const formChoicesMax = 50;
/** Forms in one call. */
export const formsMax = 4;
/** Signs of progress in one call that are passed on; the others are heard and not shown. */
export const progressMax = 500;
export const progressCharsMax = 200;

/** `servers.json` with all that was approved. */
export const settingsBytesMax = 8_388_608;

/** What a server's process may take: writable memory, open files, its own temporary folder. */
export const processDataBytesMax = 2_147_483_648;
export const processFilesMax = 512;
export const temporaryBytesMax = 67_108_864;
/** How often the owner's file is looked at for changes: they have just typed a command and look at their chat. */
export const lookEveryMs = 2_000;
