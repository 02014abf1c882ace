/** Every limit of what tool servers may do, with its reason. A server is somebody else's program: it is believed nothing and waits for nobody. */

/** One message of a server: a page of text or a picture comes to less, and a result of 100 MB ends here instead of in memory. */
export const messageBytesMax = 8_388_608;
/** Messages within `messageWindowMs`: progress of several calls at once; a server that sends more floods. */
export const messagesMax = 2_000;
export const messageWindowMs = 10_000;
/** Bytes within `messageWindowMs`: four pictures of the largest size; what is faster is not for reading. */
export const windowBytesMax = 33_554_432;
/** From a question until all that were asked are answered. */
export const callBytesMax = 67_108_864;
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
/** All its processes together, with their threads: one in Node has a dozen, and a compiler that it starts some more. */
export const processTasksMax = 256;
/** What all of them hold in memory: a machine that runs models has little to spare. */
export const processesBytesMax = 2_147_483_648;
/** How often they are looked at: what multiplies comes to some thousands in this time, which a machine bears. */
export const weighEveryMs = 250;
export const processFilesMax = 512;
export const temporaryBytesMax = 67_108_864;
/** How often the owner's file is looked at for changes: they have just typed a command and look at their chat. */
export const lookEveryMs = 2_000;

/** A key that a server gave its owner, and the tokens of a login: signed ones that name their bearer at length come to a few thousand letters. */
export const keyCharsMax = 16_384;
/** All that is kept for one server. */
export const keysBytesMax = 131_072;
/** Settings in a program's environment that are keys. */
export const keyVariablesMax = 16;
/** A key shorter than this is not looked for in what a server says: it would be found in any text. */
export const hiddenCharsMin = 6;
/** From the moment its address is shown, a login is waited for so long: somebody reads a page and types a password. */
export const loginLifeMs = 300_000;
/** An access that ends within this is renewed before it is used, so that the call need not be sent twice. */
export const renewBeforeMs = 30_000;
/** A provider's answer to a question about a login. */
export const providerMs = 20_000;
export const providerBytesMax = 1_048_576;
/** Another process renews the same login: it is waited for a little longer than a provider's answer. */
export const keyLockMs = 25_000;
export const keyLockEveryMs = 50;
/** A page that a browser asks of the place where a login comes back. */
export const callbackUrlCharsMax = 8_192;
