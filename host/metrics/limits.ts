/** From a token of a small model to an answer of a large one that thinks: who looks at a median or a tail finds it between two of these. */
export const durationBoundsSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600] as const;
/** A reader that asked and was not answered by the supervisor within this is told so: it asks again in some seconds. */
export const answerWithinMs = 2_000;
/** To a collector of OpenTelemetry, where its owner named one: as often as people look at curves. */
export const sendEveryMs = 60_000;
/** One that takes nothing is asked half as often each time, down to this. */
export const sendEveryMsMax = 960_000;
export const collectorMsMax = 10_000;
export const keyBytesMax = 4_096;
