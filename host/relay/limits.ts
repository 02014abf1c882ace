/** Every limit of the relay, with its reason. What travels on a link has its limits in #sync/limits.ts. */

// Connections.

/** Sockets open at once (S-18). */
export const socketsMax = 1_024;
/** A request is a path and a browser's headers; ours are far below this. */
export const headerBytesMax = 16_384;
/** Headers that trickle in for longer come from nobody we serve. */
export const headersMsMax = 10_000;
/** No request has a body, so all of it is there with its headers. */
export const requestMsMax = 15_000;
/** How often Node looks for requests that are over their time. */
export const requestCheckEveryMs = 2_000;
/** A browser keeps its connection for the next asset this long. */
export const keepAliveMs = 5_000;
/** A socket is closed after this many requests, so that none lives for ever. */
export const requestsPerSocketMax = 1_000;
/** A path longer than this names none of our files. */
export const targetBytesMax = 512;

// Links.

/** Links open at once: a person's devices and tabs, many times over. */
export const linksMax = 256;
/** Of one vault, so that the devices of one leave room for those of the others. */
export const linksPerVaultMax = 128;
/** Links of one key at once: tabs, reloads and half-dead sockets of one device (S-18). */
export const linksPerKeyMax = 32;
/** Links still in their handshake: each may make us hold one frame, so this bounds what strangers can make us hold. */
export const handshakesMax = 32;
/** A handshake takes two round trips; a link without one is dropped after this. */
export const handshakeMsMax = 10_000;
/** HELLO and AUTH are 98 and 65 bytes; more than this before OK is not a handshake. */
export const handshakeFrameBytesMax = 256;
/**
 * A stranger may stay this long: enough to read a page and press "Create vault" again and again, since the app connects
 * anew.
 */
export const strangerMsMax = 120_000;
/** New links a second, from anywhere including loopback; each costs us a signature. Bursts are reloads of many tabs. */
export const linksPerSecond = 10;
export const linksBurst = 60;
/** Failed AUTHs of one key in a minute, and how long it then waits (S-18). */
export const failedAuthsMax = 10;
export const failedAuthWindowMs = 60_000;
export const failedAuthPauseMs = 300_000;
/** Keys remembered for that: beyond it the oldest is forgotten. */
export const failedAuthKeysMax = 1_024;

/** Mailboxes at once, of 4 KiB at most each: one MiB. */
export const mailboxesMax = 256;
/** Of one vault: more pairings than anybody watches over, and three other vaults still have room. */
export const mailboxesPerVaultMax = 64;
/** Of one device: a pairing has five, and one that was cancelled may still have its own. */
export const mailboxesPerDeviceMax = 16;
/** A stranger claims a host or pairs, which takes a dozen frames; and it pings. */
export const strangerFramesPerSecond = 4;
export const strangerFramesBurst = 40;

// Frames.

/**
 * Frames a second of one link and its burst. A device that was away sends its outbox at once; a host streams eight runs
 * at 12 envelopes a second.
 */
export const framesPerSecond = 400;
export const framesBurst = 2_000;
/**
 * Presence a second of one link: five times what a person who moves a caret makes; more is dropped, not stored, so
 * nobody misses it.
 */
export const ephemeralsPerSecond = 60;
export const ephemeralsBurst = 120;
/** Frames of live text a second of an agent: eight answers at the pace of the fastest local models. More is dropped: it is in the log soon. */
export const livesPerSecond = 2_000;
export const livesBurst = 4_000;
/** Appends of one link whose flush is still due. More are answered "busy"; a device keeps 32 a doc in flight. */
export const appendsWaitingMax = 512;
/** Docs whose epochs are remembered; of others they are read from the log again. A few numbers each. */
export const epochCacheMax = 4_096;
/** Waiting grants kept for a vault: more questions than anybody asks of a host that is away. The oldest goes first. */
export const waitingGrantsMax = 1_024;
/** An agent pings every ten seconds: one that was heard within this is there. */
export const agentAliveMs = 15_000;
/** Records of tools' conversations that wait for a device, and what they may take: a week of an editor's, with nobody at home. */
export const recordsMax = 256;
export const recordsBytesMax = 67_108_864;
/** One that no device took in this time is for none that there is. */
export const recordKeptMs = 7_776_000_000;
/**
 * Docs one link may follow: every chat of a long life and what was imported from elsewhere; some 400 bytes each. A device that comes back asks for all
 * of them at once, so this is the burst of SUBs, too.
 */
export const subscriptionsMax = 16_384;
/**
 * Followers that are sent a page in one turn of the process, of those who had all that there was, and of those who have more to read: a device that asks for
 * all its docs keeps nobody's words waiting. With 64 of the latter, a new device had a year of chats a tenth later.
 */
export const pagesPerTurnMax = 256;
/**
 * A link with more than this unsent gets no live entries: it reads on from the log when it has caught up (R-11: 1 MiB a
 * link).
 */
export const unsentBytesMax = 524_288;
/** Frames up to this are made into a WebSocket message once for all links; copying longer ones would cost more than their heads. */
export const sharedMessageBytesMax = 4_096;
/** A link that leaves its bytes unread for this long is dropped; it comes back with its cursor. */
export const unreadMsMax = 30_000;
/**
 * Envelopes in one ENTRIES frame: its count is a u16, and 196 bytes of overhead each make this the largest that
 * entriesBytesMax allows.
 */
export const entriesPageMax = 1_024;
/** Lanes whose certificate is kept in memory; an older one is read from the log again. */
export const laneCacheMax = 1_024;

// The disk.

/** Pages kept in memory by each of the two connections: the log is read in order and seldom twice. */
export const databasePageBytesMax = 4_194_304;
/**
 * The write-ahead log is taken into the file at this length, whatever is going on: two flushes in the thread that passes
 * words on, 20 to 60 ms every other minute of one answer.
 */
export const databaseWalBytesMax = 16_777_216;
/** … and at this one when nothing was written for a second or two, which is after every answer. */
export const databaseTidyBytesMin = 1_048_576;
/** Ends of logs and of chains that are kept in memory, some 300 bytes each. Beyond, all are asked of the file anew. */
export const endsKeptMax = 8_192;
/** Room the sealed logs may take: the owner's vault, those that were invited (host/invitations.ts), and what keeps order among them. */
export const databaseBytesMax = 206_158_430_208;

/**
 * What one vault may have stored, of the room above: the rest is for rosters, indexes and what waits to be compacted.
 */
export const vaultBytesMax = 51_539_607_552;
/** Docs that one vault may have destroyed: their ids are kept for ever. A chat an hour, for twenty years. */
export const destroyedDocsMax = 200_000;
/** Of a destroyed log, so much is overwritten in one turn: some 30 ms, and a fourth of what the write-ahead log may hold. */
export const destroyAtOnceBytes = 4_194_304;
/** … and so many envelopes: of a chat they are short, and each is a row in four trees. */
export const destroyAtOnceRows = 2_000;
/** What one device may have stored: half of that, so that one alone can never fill it for the others. */
export const deviceBytesMax = 25_769_803_776;
/** How often the count of a log that seems full is read again: a row for each run there ever was, which is milliseconds. */
export const quotaCountEveryMs = 10_000;
/** How often it is read again for whoever looks how full a vault is: what was deleted shows within minutes, and at rest it costs nothing worth a number. */
export const shareCountEveryMs = 300_000;

// Temporary chats, which lie in the relay's memory and nowhere else.

/** Chats open at once, on all devices: a person has one, and their other devices, too. */
export const temporaryDocsMax = 64;
/** All of them together: text of some ten long evenings; the relay at rest takes less than half of it. */
export const temporaryBytesMax = 67_108_864;
/** A phone that sleeps in a pocket for a while finds its chat again. */
export const temporaryKeepMs = 1_800_000;

// STUN.

/** RFC 8489 §6.1: what fits any path without its being known; a browser's question has 20 to 60 bytes. */
export const stunRequestBytesMax = 548;
/** Questions a second of one address: a browser asks some five times for each connection, then every ten seconds. */
export const stunPerSourceSecond = 10;
export const stunPerSourceBurst = 50;
/** And of all together: twenty devices that all connect anew. Beyond it a flood costs us reading, and nobody answers. */
export const stunPerSecond = 200;
export const stunBurst = 1_000;
/** Addresses whose rate is remembered; a tailnet of one owner has dozens. */
export const stunSourcesMax = 1_024;
/** A port that another program holds is tried again this often. */
export const stunRetryEveryMs = 60_000;

// Stopping.

/** Links are told "draining" and have this long to read their last frames. */
export const drainMsMax = 800;
/** How often links are looked at for those that are over one of their times. */
export const checkEveryMs = 1_000;
