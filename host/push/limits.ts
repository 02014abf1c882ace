/** Every limit of what is told to push services, with its reason. */

/** One a device: more devices than anybody's vault has. */
export const subscriptionsMax = 64;
/** An uncompressed point of P-256, as every browser gives it. */
export const SUBSCRIPTION_KEY_BYTES = 65;
/** RFC 8291 §3.2. */
export const SUBSCRIPTION_SECRET_BYTES = 16;

/** A device that has a link is heard every ten seconds: one that stays silent for longer after an answer is asleep. */
export const heardWithinMs = 12_000;
/** A host that was off over the time tells of it when it is back, but not of what is older than this. */
export const lateMsMax = 86_400_000;
/** How long a push service keeps it for a phone that is off: a night. What is older is found by opening the app. */
export const keptSecondsMax = 86_400;
/** A push service that says nothing for this long is tried again later. */
export const postMsMax = 15_000;
/** Between two to one device: whoever asks ten models at once is told once or twice. */
export const paceMs = 3_000;
/** After a failure, one after another; then it is given up, since the answer is old by then. */
export const retryMs: readonly number[] = [5_000, 30_000, 120_000, 600_000, 1_800_000];
/** A service that asks for more patience than this is not waited for. */
export const retryAfterMsMax = 3_600_000;
/** A VAPID word holds this long: RFC 8292 allows a day, and clocks differ. */
export const vapidSeconds = 43_200;
/** What is read of a service's answer: its status and headers are enough. */
export const answerHeaderBytesMax = 8_192;
