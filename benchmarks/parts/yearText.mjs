/** What is said in a year: words drawn by a fixed seed, so that every subject has the same text and it deflates as a person's does, more or less. */
const WORDS =
  "the of and to a in is you that it was for on are with as his they be at one have this from or had by hot but some what there we can out other were all your when up use word how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father".split(
    " ",
  );

/** @param {number} chat @param {number} message @param {number} chars */
export function textOf(chat, message, chars) {
  let state = (chat * 7_919 + message * 104_729 + 1) >>> 0;
  let text = "";
  while (text.length < chars) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `${WORDS[(state >>> 8) % WORDS.length]} `;
  }
  return text.slice(0, chars);
}
