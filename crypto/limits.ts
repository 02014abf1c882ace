/** Every limit of the folder, with its reason. Decoders take theirs from here, before they allocate. */

/** One envelope: PROTOCOL §3. A snapshot of a very long chat, deflated, stays below it. */
export const envelopeBytesMax = 1_048_576;
/** A padded plaintext is never shorter: a batch of keystrokes (20-55 bytes) looks like any other. */
export const paddedBytesMin = 64;
/**
 * Shorter bodies are sealed as they are: what somebody types at the moment is a few dozen bytes, whose lengths shall not depend on what they say, and
 * which would hardly get shorter.
 */
export const deflateFromBytes = 512;
/** What one body may inflate to: as much as an envelope could hold as it is. */
export const inflatedBytesMax = envelopeBytesMax;
/** A deflated body goes in by pieces of this size: DEFLATE makes at most 1,032 bytes of one, so a bomb takes 8 MB and some 30 ms before it is refused. */
export const inflateStepBytes = 8_192;
/** Authors that one snapshot covers: 56 bytes each fit a clear part. What is left over waits for the next one. */
export const coveredAuthorsMax = 1_024;
/** One roster entry: 64 boxes of 96 bytes, and room for names. */
export const rosterEntryBytesMax = 16_384;
/** Active members of one vault. More would not fit one entry, and nobody can look over more devices than that. */
export const membersMax = 64;
/** A device's or host's name in UTF-8. */
export const nameBytesMax = 200;
/** What a roster entry may spend on one sealed name: generation, nonce, padded name, tag. */
export const sealedNameBytesMax = 4 + 24 + 256 + 16;
/** A host's announcement with its list of models. */
export const announcementBytesMax = 16_384;
export const modelsMax = 256;
export const modelNameBytesMax = 256;
/** What a host says about its models to its owner: two sentences. */
export const remarkCharsMax = 600;
/** Places that a host's models run at, each in words: more than anybody looks after by hand. */
export const serversMax = 32;
export const serverCharsMax = 200;
/** Runs that a host says are waiting there. */
export const queueMax = 64;
/** What a host consists of, as it says it: its own seven parts, and as many backends as it names places. */
export const servicesMax = 40;
/** Troubles that a host had lately, as it says them: a person reads through no more. */
export const incidentsMax = 16;
/** A grant's box holds fixed fields; more is not a grant. */
export const grantBoxBytesMax = 256;
/** One message in a pairing mailbox: PROTOCOL §4. */
export const pairingMessageBytesMax = 4_096;
/** Ways into one lock: this browser's key, a passphrase, and a passkey or two on different authenticators. */
export const lockSlotsMax = 8;
/** A passkey's credential id: the most that WebAuthn allows. */
export const credentialBytesMax = 1_023;
/**
 * Argon2id, as RFC 9106 §4 has it where memory is short: what a guess costs, a phone still gives, and takes about a second for.
 * Nothing that asks for less is made or opened.
 */
export const argonMemoryKiBMin = 65_536;
export const argonPassesMin = 3;
/** A stored lock may ask for no more than this: a changed file must not take all memory, or minutes, of whoever opens it. */
export const argonMemoryKiBMax = 262_144;
export const argonPassesMax = 10;
/** Below this even Argon2id does not help: 8 characters is the floor of NIST SP 800-63B. */
export const passphraseCharsMin = 8;
/** A passphrase in UTF-8: a paragraph, not a file pasted by mistake. */
export const passphraseBytesMax = 1_024;
/**
 * Live text before it is sealed, in two sizes: nearly every token fits the first, whose frame is a sixth of what plain SSE sends for it; what is
 * longer goes in the second, so that a backend that sends whole sentences costs no frame for each word of them.
 */
export const liveTextPlainBytes = [20, 84] as const;
/** What stands in front of the text. */
export const liveTextHeadBytes = 4;
/** UTF-16 units of one run's text that a frame can name: above what a run may write (sync/limits.ts). */
export const liveTextOffsetMax = 0xf_ffff;
/** A lane's frames: each says a byte or more of what a run may write. */
export const liveTextCounterMax = 0x7f_ffff;
/** Sealed: the tag is 16 bytes. */
export const liveTextSealedBytes = [36, 100] as const;
/** A record of a tool's conversation: with what is put around it, it fits a frame. */
export const recordBytesMax = 1_048_576;
/** Names in it: a tool's, a model's, a conversation's. */
export const recordNameBytesMax = 1_024;
/** Turns of one conversation; each takes five bytes even when it says nothing. */
export const recordTurnsMax = 4_096;

/** Removed devices whose ends one REKEY says, the newest first: 3.6 kB at most, and more than an owner loses in a lifetime. */
export const rekeyEndsMax = 64;
/** An entry of a ledger: a call's arguments as they are shown whole, twice over, and a box for each device. */
export const ledgerEntryBytesMax = 131_072;
