/** What the words of an archive of ours are called in it. */
export const ownName = "chats.json";
