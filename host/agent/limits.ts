/** Every limit of the agent, with its reason. */

/** Answers being written at one time. Model servers answer a few side by side and queue the rest; more only makes all of them slow. */
export const runsMax = 4;
/** Offers waiting for their turn; each ends with its grant. */
export const offersWaitingMax = 64;
/** … of one device: whoever asks more at once is a script, and others want their turn. */
export const offersPerDeviceMax = 16;
/** How often devices are told who waits: a person who looks at their place in a queue looks once a second. */
export const queueToldEveryMs = 500;
/** Offers that name a roster we have not seen yet. */
export const offersParkedMax = 64;
/** Runs remembered as answered in this life, so that an offer that is played again is known. Hex ids, 32 bytes each. */
export const answeredRunsMax = 20_000;

/**
 * Words are written in batches, seldom enough that a batch is worth its 196 bytes of seal and what a page of the log has around it. The eye has each
 * word at once by live text; what this costs is how much a host that dies takes with it, and its continuation says that again.
 */
export const batchMs = 300;
/** One size for a run's envelopes, since sizes and times of tokens reveal what is talked about. Batches of 35 words fit. */
export const paddedBytesMin = 256;
/** UTF-16 units in one update: three bytes each and the frame around them stay below an update's size. */
export const pieceCharsMax = 16_384;
/** What an update has around its text, from above: the run's root by name, two ids, counts. */
export const updateHeadBytesMax = 128;
/** Of what a run may write, kept free for how it ends. */
export const endBytesReserved = 16_384;
/** Envelopes sent and not yet acknowledged. */
export const inFlightMax = 4;
/** Waits before an envelope is sent again that the relay had no room or time for; then the run is given up. */
export const appendRetryMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** How long after its offer a request may take to appear in the log: it was written before, so only reading takes time. */
export const requestWaitMs = 5_000;
/** Draining ends with this, whatever is not stored by then: the supervisor waits three seconds. */
export const drainMs = 2_500;
/** After an answer is whole, for the relay to store it; a link that is gone may come back within this. */
export const settleMs = 120_000;

/** What a model holds when its server does not say: what most servers give a model that nobody configured. */
export const contextTokensUnknown = 8_192;
/** Of that, kept for the answer: a quarter, but no more than a long answer takes, and enough to say something. */
export const answerTokensMax = 4_096;
export const answerTokensMin = 256;
/** Around each message, templates put a role and its marks. */
export const turnTokens = 6;

/** An announcement has 16 KiB for all names. */
export const announcedModelsBytesMax = 8_192;
/** Of those, names that stand there once more because they are too large for the machine. */
export const announcedLargeBytesMax = 2_048;

/** And what is known of them, at some 100 bytes each: of the first thirty or so. Those beyond are there by their names. */
export const announcedFactsBytesMax = 3_072;
/** How the host's parts are: seven of them, a dozen backends by name, and some incidents, at about 90 bytes each. */
export const announcedHealthBytesMax = 2_560;
/** As much of that at least, whatever the models are called: the parts that are not well, and some incidents. */
export const announcedHealthBytesMin = 1_024;
/** Of an announcement, around what it says: keys, times, the signature, and the names of those fields. */
export const announcedFrameBytes = 320;

/** A repetition shorter than this may be what a model means to say: 16 characters are three words. */
export const overlapCharsMin = 16;
/** Further back than this nobody repeats an answer's end; the whole of it is looked for separately. */
export const overlapCharsMax = 512;
/** An answer that begins with all that stands already has begun anew, if that is more than an interjection. */
export const wholeOverlapCharsMin = 4;
/** A backend that failed before its first word is asked once more, after this: it may just have been starting. */
export const firstRetryMs = 500;
/** More than this at once is no word, and its envelope is on its way: not worth twenty frames of live text. */
export const liveCharsMax = 512;

/** A title is worth this long a wait at the end of a first answer, and no more: whoever asked is reading meanwhile. */
export const titleMs = 5_000;
/** Of the question and of the answer, what a title is made from: their first paragraphs. */
export const titleExcerptChars = 1_200;

/** A file of text that is given to a model: half a million words, which no model holds. Larger ones are not even fetched. */
export const textFileBytesMax = 4_194_304;
/** A picture: servers refuse larger ones, and it travels as base64. */
export const imageBytesMax = 20_971_520;
/** What a picture takes of a model's context, from above: the usual measures are 85 to 1,600 tokens. */
export const imageTokens = 1_600;

/** REKEYs of one chat that wait for their chain: an answer leaves one of half a kilobyte, and nobody asks more in one chat. */
export const rekeysAheadMax = 16_384;
/** A record that the relay did not take is offered again this often: it waits for a device, which takes hours rather than seconds. */
export const recordRetryMs = 60_000;

/** Of what a model holds, for the texts of artifacts: the chat, the question and the answer need the rest. */
export const artifactTextShareMax = 0.5;
/** The rest is for the answer (`answerTokensMax`), and for the names of artifacts that do not fit. */
export const promptShare = 0.7;
/** The system's other words, from above; a project's instructions are its owner's to keep short. */
export const systemTokens = 200;
/** What one call of artifact_read gives: 10,000 words, more than a model at home takes in at once. */
export const artifactReadCharsMax = 60_000;
/** Times that a model may call tools in one answer and be asked again: one that goes round and round ends here, with words. */
export const toolRoundsMax = 12;
/** What a model may propose to remember with one answer, as it is told. */
export const proposalsPerAnswerMax = 2;
/** For a device to look something up and say so: one that sleeps does not, and its index may have to be read first. */
export const deviceAnswerMs = 30_000;
/** Of the room that is left beside the question, sources take no more than this: an answer also goes on from what was said. */
export const sourcesShareMax = 0.75;
/** Added to a place before it is inverted: so that the first place in one rank does not outweigh good places in both. The usual figure. */
export const rankSoftness = 60;
