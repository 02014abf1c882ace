/** Models whose measurements are kept: the newest, more than anybody runs on one machine. */
export const measuredModelsMax = 100;
/** Lengths of prompt that one bench asks for. */
export const measuredRowsMax = 12;
/** Long enough for a rate that another run finds again, short enough for a model that gives two tokens a second. */
export const benchTokens = 128;
/** Prompts of these many tokens, as far as the model takes them: a question, a chat, a chat with a paper in it. */
export const benchPrompts: readonly number[] = [256, 4_096, 16_384];
/** A first token that takes longer is no model to talk with, and a bench has an end. */
export const benchAnswerMsMax = 600_000;
/** Words of the prompt that is measured with are 1.3 tokens each in the vocabularies in use; the server's own count is what is written down. */
export const benchTokensPerWord = 1.3;
/** For the prompt's own words and the answer. */
export const benchRoomTokens = 256;
