/** Every limit of the folder, with its reason. Decoders, queues and retries take theirs from here. */

/** One frame on a link: an envelope of the largest size and its surroundings. */
export const frameBytesMax = 1_310_720;
/** Envelopes in one ENTRIES frame stay below this, so that a long log does not block a link. */
export const entriesBytesMax = 262_144;
/** One update of a lane's stream: it writes every 100 ms or so, and more than this in one is not a stream. */
export const updateBytesMax = 65_536;
/** Anything handed to Yjs, a FINAL or a pasted book chapter too: larger is refused unparsed. Padded, it fits an envelope. */
export const bodyBytesMax = 786_432;
/** What one step of a room opens before it lets go of what it took: a page of honest text is a tenth of it, one of bombs would be 200 MB. */
export const stepOpenedBytesMax = 33_554_432;
/** A question's text in UTF-8: with its request it is one update, which has to fit a body. */
export const questionBytesMax = 655_360;
/** What is pasted into a draft goes in by pieces of this length, each an update: at three bytes a unit it fits a body. */
export const draftPieceCharsMax = 131_072;
/** Updates of one batch are merged up to this size: a small envelope is repeated cheaply after a broken link. */
export const batchBytesMax = 32_768;
/** Keystrokes within this time travel in one envelope: 150 ms is below what a reader on another device notices. */
export const batchDelayMs = 150;
/** Envelopes in a journal before they are folded into its base. */
export const journalEntriesMax = 64;
/** … or this many bytes of them: to verify, open and take in so much is a frame or two when the doc is opened. */
export const journalEntryBytesMax = 524_288;
/** A doc's base in a journal: a bound for the decoder, far above what a person writes in a lifetime. */
export const journalBaseBytesMax = 268_435_456;
/** A large value is sealed for this device in pieces of this size: a few milliseconds each, also before the ciphers are warm. */
export const localPieceBytes = 131_072;
/** A doc of which the journal's base holds more than this goes into memory by slices: below, it takes less than a frame. */
export const sliceFromBytes = 131_072;
/** Where a doc stands in its log is noted this long after it moved: losing the note costs only repeats; after `inFlightMax` acknowledgements it is noted at once. */
export const placeDelayMs = 2_000;
/** After a failed write to this device's disk, or a relay that is busy or full, the next try comes this much later. */
export const retryAfterMs = 5_000;
/** y-websocket gives up a socket that is silent for 30 s. */
export const keepAliveEveryMs = 10_000;
/** Own envelopes sent and not yet acknowledged, a doc: enough to fill a slow link, few enough to repeat cheaply. */
export const inFlightMax = 32;
/** Envelopes parked for a gap, an author: PROTOCOL §5. */
export const parkedEnvelopesMax = 256;
export const parkedBytesMax = 4_194_304;
/** … and of all authors of a doc together: a relay can invent any number of them. */
export const parkedInAllBytesMax = 16_777_216;
/** Envelopes of removed devices that wait at once for what is said of their ends; of more, the rest has its turn when these are through. Only hashes are kept. */
export const awaitedMax = 1_024;
/** How long what is typed waits for a log to be read to its end after a removal, so that the REKEY can say where that device's chain ends. */
export const removalReadMs = 2_000;
/** Lanes of which something came before their certificate. An honest relay has none; one that is not may make them up. */
export const earlyLanesMax = 64;
/** Hashes kept of each author's newest envelopes, to tell a repeat from a fork: more than a link ever repeats out of order. */
export const rememberedHashesMax = 32;
/** A log that does not add up is asked for again this often at once, and once in so long after that: a relay may contradict itself in each page. */
export const asksMax = 8;
export const askEveryMs = 1_000;
/** A gap that stays this long means that somebody withholds. */
export const gapAlarmMs = 30_000;
/** A link that is silent for longer than this is dead: three missed pings. */
export const pingEveryMs = 10_000;
export const linkSilenceMs = 30_000;
/** First and longest wait before another attempt to connect; doubled in between, with jitter. */
export const reconnectDelayMsMin = 250;
export const reconnectDelayMsMax = 10_000;
/** One roster entry: a genesis with names and boxes for 64 devices fits. */
export const rosterEntryBytesMax = 16_384;
/** A host's announcement with its list of models. */
export const announcementBytesMax = 16_384;
/** How long a grant lives when nobody renews it: PROTOCOL §10. */
export const grantLifeMs = 600_000;
/** Clocks of devices and host may differ by this much before a grant is refused as expired. */
export const clockSkewMs = 120_000;
/** A refusal is for the owner to resolve; meanwhile the host is asked again this often. */
export const refusedDelayMs = 30_000;
/** An agent that another one keeps out asks again after this long: that one may be a life of its own which is over, and not missed yet. */
export const duplicateDelayMs = 5_000;
/** What one run may write, text and reasoning together: its FINAL must fit one envelope. */
export const runBytesMax = 655_360;
/** A chat's title: one line in a list. */
export const titleCharsMax = 120;
/** An automatic title: short enough not to be cut off in the list of chats on a laptop. */
export const autoTitleCharsMax = 60;
/** Names that a host writes about a run (model, label, where): one line each. */
export const runNameCharsMax = 200;
/** A host's sentence about what went wrong. */
export const runErrorCharsMax = 600;
/** Steps of one run nest no deeper than this; nothing we show needs more. */
export const stepDepthMax = 12;
/** How long creating a vault waits for the host to answer before it says so. */
export const foundingTimeoutMs = 15_000;
/** A question is granted by the device that asked; others step in after this long, in case that one sleeps. */
export const otherDeviceWaitMs = 5_000;
/** A grant that no agent took is given again after this long, and twice as long each time: the offer may have been missed. */
export const regrantDelayMs = 20_000;
/** A chat that nobody looks at stays open this long, in case somebody comes back. */
export const lingerMs = 5_000;
/** How long a temporary chat that is closed waits for its host to have stopped answering it. */
export const temporaryCloseMsMax = 2_000;
/** A chat that was used within this is opened in the background: whoever dies at the end of an answer leaves what is to be done then to the next start, or to another device. */
export const inUseMs = 86_400_000;
/** In the background, so many docs are read at once: over a tailnet each waits for a round trip or two, and a page has other work as well. */
export const replicateAtOnce = 8;
/** … and so many whose text stays sealed meanwhile: each waits for one round trip and one commit, which they share, and holds what has come of its log. */
export const replicateSealedAtOnce = 128;
/** Before a page gives way to another, all is stored; what is typed meanwhile asks for another round, and a person types no faster than this. */
export const storeTriesMax = 5;
/** Logs that are stored together, in one commit where the platform can: a flush of a disk costs as much as checking several of them. */
export const storedTogetherMax = 64;
/** … and how long the first of them waits for the others. */
export const storeDelayMs = 50;
/** Envelopes of a journal that are left unfolded while nobody opens the doc: opening authenticates them by one signature an author, and reads them. */
export const sealedEntriesMax = 512;
/** … and bytes of them. */
export const sealedEntryBytesMax = 1_048_576;
/** In the background, one chat may take this long to be read to its end before the next one's turn. */
export const replicateTimeoutMs = 20_000;
/** Before a grant of a run under way ends, it is given anew: early enough that a device which slept a while still comes in time. */
export const renewBeforeMs = 300_000;
/**
 * After a host took a question, for the device that asked to say that it waits no more; then the others do, spread over as long again, so that the
 * first of them is heard by the rest. Until then their lists show a sleeping phone's question as one that waits.
 */
export const acceptedForOthersMs = 3_000;
/** How far a device has read is told this long after it moved, once for all that moved: a person looks at a seal, not at a clock. */
export const receiptDelayMs = 2_000;
/** Places in one such message: 40 bytes each, so that it stays small beside an update. */
export const receiptItemsMax = 512;
/** What receipts said is stored so long after it moved, all in one row: a page that is killed before asks again. */
export const rememberReceiptsMs = 30_000;
/** … and so many of either kind, 40 bytes each: several devices' words on some ten thousand docs. */
export const rememberedReceiptsMax = 32_768;
/** A removed device's late envelopes kept for the owner's decision, a doc: a long evening of offline writing. */
export const asideEnvelopesMax = 1_024;
export const asideBytesMax = 4_194_304;
/** A roster entry that lost its race is made again on the newer roster this often. */
export const rosterTriesMax = 5;
/** How long the newer roster may take to come after an entry of ours met it. */
export const rosterAnswerMs = 5_000;
/** One attached file: a long scanned contract, or a photo at full size. It is held in memory while it is sealed. */
export const attachmentBytesMax = 104_857_600;
/** The body of one of its envelopes: padded it stays below an envelope's size, and a broken link repeats half a megabyte at most. */
export const attachmentChunkBytesMax = 524_288;
/** File systems allow 255. */
export const attachmentNameCharsMax = 255;
export const attachmentTypeCharsMax = 100;
/** Envelopes of a file on their way at once: two megabytes keep a fast link busy and let a question go between them. */
export const attachmentInFlightMax = 4;
/** Files of one message: more is a folder, and belongs into a project. */
export const attachmentsMax = 20;
/** What a file says, taken out of it: a book of three thousand pages. More is a library, and is cut off there, which is said. */
export const readingCharsMax = 8_000_000;
/** One passage: a page's third, which is about what one citation can be checked by. */
export const sourceCharsMax = 1_600;
/** Passages that go with one question: with the longest of them, a tenth of what a question may be. */
export const sourcesMax = 48;
/** Files of a project: their index is held in memory, and a person looks through the list. */
export const projectFilesMax = 500;
/** One thing to remember: a sentence. */
export const factCharsMax = 400;
/** More than a person can look through is nothing that they decided. */
export const factsMax = 500;
/** Of all that, what goes with each question: two pages, which still leave room in a small model's context. */
export const memoryCharsMax = 5_000;
/** After the link came up, files that are still to be sent are looked for: a page has other things to do first. */
export const filesWakeMs = 3_000;
/** A file whose next piece does not come for this long is not at the host. */
export const attachmentSilenceMs = 20_000;
/** An answer whose host died is continued without asking this often: a question that brings its host down must not do so for ever. */
export const automaticContinuationsMax = 3;
/** … and not when the question is older: whoever asked yesterday decides for themselves. */
export const continueWithinMs = 86_400_000;
/** An agent that was seen away for this long is not going on with what it had begun; a link that broke is back sooner. */
export const silentLaneMs = 15_000;
/** Doc keys that a frame of live text is tried with: those lent to runs that may still be under way. */
export const liveKeysTriedMax = 4;
/** Live text that the document has not covered after this long will not come any more: its lane writes every 300 ms. */
export const liveHoldMs = 3_000;
/** Pieces of live text kept for one run beyond what the document has: half a second of the fastest model. */
export const livePiecesMax = 1_024;
/** A waiting grant lives this long: a host that is off overnight answers in the morning, and a lost one has a day's key. */
export const waitingGrantLifeMs = 86_400_000;
/** An agent that is seen away for less is only restarting: a grant to its next life is better than one to its lasting key. */
export const waitingGrantDelayMs = 1_000;
/** How long an answer under a waiting grant may take, since the device that asked may sleep: the longest answer there is. */
export const waitingLeaseMs = 1_800_000;
/** How often snapshots are written: together, since tests and the simulator live faster than people type. */
export interface SnapshotPace {
  readonly envelopesMin: number;
  readonly logBytesMin: number;
  readonly quietMs: number;
  readonly spreadMs: number;
}
export const snapshotPace: SnapshotPace = {
  /** A snapshot is due after this many envelopes, or this many bytes, since the last one: PROTOCOL §6. */
  envelopesMin: 256,
  logBytesMin: 262_144,
  /** A log is quiet when nothing came for this long; a snapshot of one that is not would be outdated before it is stored. */
  quietMs: 2_000,
  /** Of several devices that find a snapshot due, one is first: each waits up to this much longer. */
  spreadMs: 8_000,
};
/** A snapshot's state, inflated: a bound for a stream of bytes that one does not know, far above what fits an envelope. */
export const snapshotStateBytesMax = 33_554_432;
/** Docs that one frame names to be destroyed: 16 KB. */
export const destroyDocsMax = 1_000;
/** Who destroys a doc reads its log to the end first; one that does not come in this time will not now. */
export const destroyReadMsMax = 20_000;
/** What could not be taken away is tried again: another tab has closed by then, or the host has room. */
export const destroyRetryMs = 30_000;
/** A hundred years: longer is for ever. */
export const keepDaysMax = 36_500;
/** A chat that its project does not keep any longer goes this long after that was said: a week away from the desk is not too long. */
export const keepNoticeMs = 604_800_000;
/** How often it is looked whether a chat is due: days are what it is counted in. */
export const keepLookMs = 3_600_000;
/** … and the first time after a project was told to, or a page began: what other devices wrote meanwhile is here by then. */
export const keepFirstLookMs = 60_000;
/** Chats that go in one turn; the next go with the next. */
export const keepAtOnceMax = 50;
/** One device alone cannot be confirmed by another: what its snapshot covers is kept this long. */
export const aloneKeepMs = 604_800_000;
/**
 * Newest envelopes of an author whose hashes a log keeps although a snapshot covers them. After a crash a device repeats what was under way (`inFlightMax`), what was acknowledged
 * since it noted its place (as many), and what was when the note itself was not on the disk yet (as many again): OB11.
 */
export const coveredHashesKept = 3 * inFlightMax;
/** A push service's address for a device: those seen in browsers have 150 to 500 characters. */
export const pushEndpointCharsMax = 1_024;
/** Moments at which devices that are away are told: the next ones; whoever opens the app tells of more. */
export const alarmsMax = 64;
/** A list that is not read to its end yet may say something else a moment later. */
export const alarmsDelayMs = 5_000;
/** One message in a mailbox: PROTOCOL §4. A pairing's are 600 bytes. */
export const mailboxMessageBytesMax = 4_096;
/** Mailboxes opened by one frame: a pairing has five. */
export const mailboxesOpenedMax = 8;
/** A mailbox is there this long, and so is a pairing code: enough to fetch the phone, too short to find a photo of it (S-13). */
export const mailboxLifeMs = 120_000;
/** Once a code was read, six digits are compared within this: enough to cross a room. */
export const compareMsMax = 120_000;
/** How long a device that was let in may take to get its roster: a link and two round trips. */
export const joinMsMax = 15_000;
/** One try of that, and the pause before the next: the roster entry is a flush away from the inviter's yes. */
export const joinTryMsMax = 5_000;
export const joinTryEveryMs = 1_000;
/** A mailbox frame that a broken link left unanswered is sent again after this. */
export const retryPutMs = 250;
/** A device's name as shown: with its longest characters it still fits the roster's 200 bytes. */
export const deviceNameCharsMax = 50;
/** A device notes that it was in use this often, for the others' list of devices: one small envelope each time. */
export const seenEveryMs = 43_200_000;
/** A project's instructions, which go into every prompt: four pages, which still leave room in a small model's context. */
export const instructionsCharsMax = 12_000;
/** Models that the owner marked: more than these are no choice any more. */
export const favouritesMax = 100;
/** A template is typed by a person, and is put whole into the composer. */
export const templateCharsMax = 20_000;
/** It is typed after a slash. */
export const templateNameCharsMax = 40;
/** Pieces of one edit of a model: more of them are a new text. */
export const editsMax = 200;
/** An artifact's heads at one moment: one for each hand that wrote at the same time. */
export const artifactHeadsMax = 64;
/** One proposal: a new text of the longest artifact, twice. */
export const branchBytesMax = 16_777_216;
/** Proposals of one artifact that are listed; older ones were decided, or will not be. */
export const proposalsShownMax = 200;
/** A hand that rests for longer begins another version. */
export const sittingGapMs = 600_000;
/** What is typed into an artifact within so long is one change: few enough to sign and to keep, and still soon for who reads along on another device. */
export const typingBatchMs = 500;
/** … and with nobody who reads along: each change is a place in the history for good, and a paper typed by the half second takes twice its text for them. Whoever comes to look ends it. */
export const typingAloneMs = 5_000;
/** What waits to become a change is put on the disk at once, and while somebody types on this often at most: nobody strikes two keys within less. */
export const slipEveryMs = 80;
/** What is typed within a moment, and the moment before; more of it at once was pasted, and becomes a change there and then. */
export const slipBytesMax = 262_144;
export const typedCharsMax = 4_096;
/** Texts of versions that are kept once they were made: both sides of a comparison, and what was looked at just before. */
export const versionTextsKept = 8;
/**
 * A text of 80 pages. Each change, and now and then the whole history, is one value of the artifact's doc, and one that is longer than a body (`bodyBytesMax`) is taken by no device:
 * three bytes a letter, if nothing of it deflates, is just below.
 */
export const artifactCharsMax = 250_000;
/** Signers of one device under one signature: so many, with the longest names of models, are one value of the doc that still fits a body. */
export const signersOfOneMax = 2_048;
/** Artifacts that one was forked from, one after the other: what was signed in an older one is unsigned in it. */
export const forkedFromMax = 16;
/** Names of an artifact's versions, and of itself. */
export const versionNameCharsMax = 120;
/** An artifact's title: a line in a list. */
export const artifactTitleCharsMax = 200;
/** Devices that see a record at once file it one after the other, this far apart: by then the next one has read what the first wrote. */
export const recordTurnMs = 3_000;
/** … and no device waits for more than so many others, most of which are asleep. */
export const recordTurnsWaitMax = 5;
/** How often a device that is filing looks whether it is stored: nobody waits for it. */
export const recordLookEveryMs = 250;

// Direct links.

/** One message on a data channel: WebRTC's stacks agree on this much, and it holds no other up for long. */
export const channelMessageBytesMax = 16_384;
/** Handed to a data channel at once; what is more waits here, where it can be counted. Browsers close a channel at 16 MiB. */
export const channelBufferBytesMax = 1_048_576;
/** What WebRTC says of one end: some 500 bytes, and a line for each place at which it may be reached. */
export const directDescriptionBytesMax = 16_384;
/** Until two devices that told each other where they are have proved themselves. */
export const directConnectMs = 20_000;
/** A failed try is made again after this, doubled: most fail because a tunnel is not there yet. */
export const directRetryMsMin = 5_000;
export const directRetryMsMax = 300_000;
/** A device says that it is there at most this often: others may answer. */
export const directHereEveryMs = 2_000;
/** Devices to have a direct link to; more of one owner's are not awake at once. */
export const directPeersMax = 8;
/** Authors whose chains one HAVE names: devices and lanes of a long chat. */
export const directAuthorsMax = 8_192;
/** Envelopes that go in one frame, about: what comes between may pass. */
export const directEntriesBytesMax = 262_144;
/** A proposal of more hunks than this is merged as one change when all of it is taken: 64 changes apart cost 10 kB and 20 ms. */
export const hunksApartMax = 64;
/** Lines that come and go between two texts until they count as two different texts: finding the smallest change takes the square of it. */
export const diffLinesMax = 2_000;
/** Artifacts that a model is shown with one question: more fill what it holds before anybody reads them. */
export const artifactsShownMax = 8;
/** A longer text is not put into the chat for a model to read: no model that runs at home holds it. */
export const artifactShownCharsMax = 400_000;
/** A question waits no longer than this for what a model is shown of artifacts: the engine that reads them may have to come from a host that is slow. */
export const artifactsShownMs = 4_000;
/** Artifacts and edits of one answer. */
export const filedPartsMax = 64;
/** What is wrong with an edit: two sentences, with a piece of the text. */
export const filedSaysCharsMax = 400;
/** Answers whose artifacts may still have to be filed when a chat opens: the newest; older ones are filed when somebody asks for it. */
export const unfiledLookedAtMax = 50;
/** A device that did not ask leaves an answer's artifacts this long to the one that did: both would write the same, and one is enough. */
export const filedElsewhereMs = 15_000;

/** A tool's name: what OpenAI's interface takes, and so what every model server does. */
export const toolNameCharsMax = 64;
/** Tools with a rule of their own in one policy: more servers than anybody connects. */
export const toolRulesMax = 500;
/** What a host is told of them in a chat: that many rules with their names. */
export const toolTermsCharsMax = 65_536;
/** What a step shows of a call's arguments where nobody is asked about them. */
export const callArgumentsCharsMax = 4_000;
/** What a person is asked to approve is shown whole. Nobody reads more than ten pages of it, so more is refused and not shown in part. */
export const askedArgumentsCharsMax = 16_384;
/** Of what a call came to, what stands with its end, and is shown at once. */
export const callSaysCharsMax = 4_000;
/** All of what a call came to that stands in the chat: what its model is given of it, which is bounded as much. */
export const callGivesCharsMax = 64_000;
/** … in pieces: three bytes a sign and the frame around them stay below half an update's size. */
export const givenPieceCharsMax = 8_000;
/** What a device says to a call that it looked something up for: a dozen lines out of chats. */
export const lookedSaysCharsMax = 16_384;
/** After this another device looks something up in the place of the one that asked. */
export const lookupElsewhereMs = 4_000;
/** Calls of one run that a device looks something up for: a host that goes through everything question by question ends here. */
export const lookupsPerRunMax = 24;
/** A task is a line, and a list that nobody reads to its end is none. */
export const taskCharsMax = 400;
export const tasksMax = 300;
/** Prompts of tool servers that a device is told of, what each takes, and how long one is: as much text as a result of a tool. */
export const promptsMax = 200;
export const promptFieldsMax = 24;
export const promptNameCharsMax = 200;
export const promptSaysCharsMax = 500;
export const promptCharsMax = 60_000;
/** Its servers have to be started first; after this a person wants to do something else. */
export const promptAnswerMs = 45_000;
/** Tasks of the vault and all its projects that have a time: each is some 100 bytes in the catalog, which every device has open. */
export const remindersMax = 600;
/** Passages that one call brings: an answer of a few paragraphs cites fewer. */
export const lookupSourcesMax = 8;
/** Where it acts, in words: a host name or a path. */
export const callTargetCharsMax = 500;
/** Calls of one run that are read. */
export const callsMax = 128;
/** A form of a tool's, with its fields: what a person fills in, in the middle of an answer, fits on a screen or two. */
export const formCharsMax = 12_000;
/** What a person puts into it. */
export const formAnswerCharsMax = 4_000;
/** What a call says of how far it is, and how often that is kept: a line that is read in passing. */
export const callProgressCharsMax = 200;
/** An approval is good for this long, by the host's clock; then it was not given. */
export const approvalLifeMs = 120_000;
/** A host reads a page of its ledger and sends it: what takes longer is a host that is not there. */
export const ledgerAnswerMs = 15_000;
/** Entries that a device reads of one ledger: ten years of thirty calls a day, each with two. */
export const ledgerEntriesMax = 200_000;
/** Chats that a device looks through for how far a ledger went, the newest first: those of some weeks, each open for a moment. */
export const ledgerChatsMax = 40;
/** A project's own words that are taken out, and how long one is: as many as a host takes (host/redaction/limits.ts). */
export const redactedWordsMax = 500;
export const redactedWordCharsMax = 100;
/** What a host is told of them in a chat: all of them, each letter escaped. */
export const redactionTermsCharsMax = 262_144;
