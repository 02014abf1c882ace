/**
 * The labelled set: private texts of each kind, made from seeds, in sentences written by hand; and lines that hold nothing private, made to look as if. No real person's data: numbers are
 * made with the right check digits, domains are those kept for examples, names are put together from lists.
 */

export type Next = (below: number) => number;

/** The same numbers for the same seed. */
export function seeded(seed: number): Next {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const DIGITS = "0123456789";
const HEX = "0123456789abcdef";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const ALNUM = LOWER + UPPER + DIGITS;
const URL64 = `${ALNUM}_-`;

const pick = <T>(next: Next, list: readonly T[]): T => list[next(list.length)]!;
const some = (next: Next, letters: string, many: number): string =>
  Array.from({ length: many }, () => letters[next(letters.length)]).join("");
const digits = (next: Next, many: number): string => some(next, DIGITS, many);
const groups = (text: string, sizes: readonly number[], by: string): string => {
  let at = 0;
  return sizes.map((size) => text.slice(at, (at += size))).join(by);
};

const first = [
  "Anna",
  "Bea",
  "Carlo",
  "Dora",
  "Emil",
  "Fanny",
  "Gian",
  "Hanna",
  "Ivo",
  "Jana",
  "Kai",
  "Lena",
  "Marek",
  "Nora",
  "Otto",
  "Pia",
  "Quentin",
  "Rosa",
  "Sven",
  "Tilda",
  "Urs",
  "Vera",
  "Wim",
  "Yara",
  "Zoë",
  "Jürg",
  "Søren",
  "Amélie",
];
const last = [
  "Muster",
  "Beispiel",
  "Sample",
  "Probst",
  "Feldmann",
  "Ashdown",
  "Brook",
  "Carrow",
  "Dubois",
  "Ekholm",
  "Ferrari",
  "Granger",
  "Holm",
  "Iverson",
  "Keller",
  "Lindqvist",
  "Morel",
  "Novak",
  "Okafor",
  "Petrov",
  "Quist",
  "Rossi",
  "Schmid",
  "Tanaka",
  "Ueli",
  "Vance",
  "Weber",
  "Zbinden",
];
const domains = ["example.org", "example.com", "mail.example.net", "post.example.ch", "a-b.example.co.uk"];
const cities = ["Bern", "Basel", "Leeds", "Lyon", "Torino", "Springfield", "Graz", "Malmö"];

function luhn(prefix: string, length: number, next: Next): string {
  const body = prefix + digits(next, length - prefix.length - 1);
  const sum = [...body].toReversed().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}

function iban(country: string, bban: string): string {
  const numbers = [...`${bban}${country}00`]
    .map((each) => (/\d/.test(each) ? each : String(each.charCodeAt(0) - 55)))
    .join("");
  return `${country}${String(98n - (BigInt(numbers) % 97n)).padStart(2, "0")}${bban}`;
}

function ahv(next: Next): string {
  const body = `756${digits(next, 9)}`;
  const sum = [...body].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return body + String((10 - (sum % 10)) % 10);
}

const card =
  (prefix: string, length: number) =>
  (next: Next): string => {
    const number = luhn(prefix, length, next);
    const sizes = length === 15 ? [4, 6, 5] : length === 14 ? [4, 6, 4] : [4, 4, 4, 4];
    return pick(next, [number, groups(number, sizes, " "), groups(number, sizes, "-")]);
  };

const account =
  (country: string, make: (next: Next) => string) =>
  (next: Next): string => {
    const whole = iban(country, make(next));
    return pick(next, [whole, whole.match(/.{1,4}/g)!.join(" "), whole.toLowerCase()]);
  };

const prefixed =
  (prefix: string, letters: string, many: number) =>
  (next: Next): string =>
    prefix + some(next, letters, many);
const area = (next: Next): string => `${2 + next(8)}${digits(next, 2)}`;

/** Promised: recall of each of these is measured, and all together have to reach 0.99. */
export const structured: Readonly<Record<string, (next: Next) => string>> = {
  "mail plain": (next) =>
    `${pick(next, first).toLowerCase().normalize("NFD").replace(/\W/g, "")}.${pick(next, last).toLowerCase()}@${pick(next, domains)}`,
  "mail with plus": (next) => `${some(next, LOWER, 6)}+${some(next, LOWER, 4)}@${pick(next, domains)}`,
  "mail short": (next) =>
    `${some(next, LOWER, 1)}${digits(next, 2)}@${some(next, LOWER, 5)}.${pick(next, ["io", "ch", "museum", "co.uk"])}`,
  "mail upper": (next) => `${some(next, UPPER, 5)}_${digits(next, 2)}@${pick(next, domains).toUpperCase()}`,
  "iban CH": account("CH", (next) => digits(next, 17)),
  "iban DE": account("DE", (next) => digits(next, 18)),
  "iban GB": account("GB", (next) => some(next, UPPER, 4) + digits(next, 14)),
  "iban FR": account("FR", (next) => digits(next, 10) + some(next, UPPER + DIGITS, 11) + digits(next, 2)),
  "iban NL": account("NL", (next) => some(next, UPPER, 4) + digits(next, 10)),
  "iban NO": account("NO", (next) => digits(next, 11)),
  "card Visa": card("4", 16),
  "card Mastercard": (next) => card(pick(next, ["51", "55", "2221", "2700"]), 16)(next),
  "card Amex": (next) => card(pick(next, ["34", "37"]), 15)(next),
  "card Discover": card("6011", 16),
  "card Diners": card("36", 14),
  "phone +41": (next) =>
    pick(next, [
      `+41 ${groups(`7${digits(next, 8)}`, [2, 3, 2, 2], " ")}`,
      `+41${digits(next, 9)}`,
      `+41 (0)${groups(`44${digits(next, 7)}`, [2, 3, 2, 2], " ")}`,
    ]),
  "phone +1": (next) =>
    pick(next, [
      `+1 ${area(next)} ${area(next)} ${digits(next, 4)}`,
      `+1 (${area(next)}) ${area(next)}-${digits(next, 4)}`,
      `+1-${area(next)}-${area(next)}-${digits(next, 4)}`,
    ]),
  "phone +44": (next) => `+44 ${pick(next, ["20", "7700", "161"])} ${digits(next, 3)} ${digits(next, 4)}`,
  "phone +49": (next) =>
    pick(next, [
      `+49 ${digits(next, 3).replace(/^0/, "1")} ${digits(next, 7)}`,
      `+49-30-${digits(next, 6)}`,
      `+49.151.${digits(next, 8)}`,
    ]),
  "phone 00": (next) =>
    `00${pick(next, ["41", "33", "39"])} ${digits(next, 2)} ${digits(next, 3)} ${digits(next, 2)} ${digits(next, 2)}`,
  "phone US": (next) =>
    pick(next, [
      `(${area(next)}) ${area(next)}-${digits(next, 4)}`,
      `${area(next)}-${area(next)}-${digits(next, 4)}`,
      `${area(next)}.${area(next)}.${digits(next, 4)}`,
    ]),
  "phone CH": (next) =>
    pick(next, [
      `0${pick(next, ["44", "31", "79"])} ${digits(next, 3)} ${digits(next, 2)} ${digits(next, 2)}`,
      `0${pick(next, ["44", "79"])}/${digits(next, 3)} ${digits(next, 2)} ${digits(next, 2)}`,
    ]),
  "phone DE": (next) => `0${pick(next, ["30", "89", "151"])} ${digits(next, 7)}`,
  "phone FR": (next) => `0${1 + next(7)} ${groups(digits(next, 8), [2, 2, 2, 2], " ")}`,
  "phone said": (next) => `Tel. ${digits(next, 3)} ${digits(next, 4)}`,
  "insurance CH": (next) => groups(ahv(next), [3, 4, 4, 2], "."),
  "insurance US": (next) =>
    `${1 + next(5)}${1 + next(9)}${next(9)}-${1 + next(9)}${next(9)}-${1 + next(9)}${digits(next, 3)}`,
  aws: prefixed("AKIA", UPPER + "234567", 16),
  github: (next) => prefixed(pick(next, ["ghp_", "gho_", "ghs_"]), ALNUM, 36)(next),
  "github fine": (next) => `github_pat_${some(next, ALNUM, 22)}_${some(next, ALNUM, 59)}`,
  gitlab: prefixed("glpat-", URL64, 20),
  slack: (next) => `xoxb-${digits(next, 12)}-${digits(next, 12)}-${some(next, ALNUM, 24)}`,
  "slack webhook": (next) =>
    `https://hooks.slack.com/services/T${some(next, UPPER, 8)}/B${some(next, UPPER, 8)}/${some(next, ALNUM, 24)}`,
  openai: (next) => prefixed(pick(next, ["sk-", "sk-proj-"]), ALNUM, 48)(next),
  anthropic: prefixed("sk-ant-api03-", URL64, 93),
  google: prefixed("AIza", URL64, 35),
  "google token": prefixed("ya29.", URL64, 60),
  "google secret": prefixed("GOCSPX-", URL64, 28),
  stripe: (next) => prefixed(pick(next, ["sk_live_", "rk_live_", "sk_test_"]), ALNUM, 24)(next),
  "stripe webhook": prefixed("whsec_", ALNUM, 32),
  twilio: prefixed("SK", HEX, 32),
  sendgrid: (next) => `SG.${some(next, URL64, 22)}.${some(next, URL64, 43)}`,
  mailgun: prefixed("key-", HEX, 32),
  mailchimp: (next) => `${some(next, HEX, 32)}-us${1 + next(20)}`,
  npm: prefixed("npm_", ALNUM, 36),
  pypi: prefixed("pypi-AgEIcHlwaS5vcmc", URL64, 120),
  "hugging face": prefixed("hf_", ALNUM, 34),
  docker: prefixed("dckr_pat_", URL64, 27),
  digitalocean: prefixed("dop_v1_", HEX, 64),
  shopify: prefixed("shpat_", HEX, 32),
  square: prefixed("sq0atp-", URL64, 22),
  telegram: (next) => `${1 + next(9)}${digits(next, 8)}:AA${some(next, URL64, 33)}`,
  "discord webhook": (next) =>
    `https://discord.com/api/webhooks/${1 + next(9)}${digits(next, 17)}/${some(next, URL64, 68)}`,
  facebook: prefixed("EAA", ALNUM, 120),
  linear: prefixed("lin_api_", ALNUM, 40),
  notion: prefixed("ntn_", ALNUM, 46),
  figma: prefixed("figd_", URL64, 40),
  supabase: prefixed("sbp_", HEX, 40),
  vault: prefixed("hvs.", ALNUM, 90),
  databricks: prefixed("dapi", HEX, 32),
  grafana: (next) => `glsa_${some(next, ALNUM, 32)}_${some(next, HEX, 8)}`,
  "new relic": prefixed("NRAK-", UPPER + DIGITS, 27),
  postman: (next) => `PMAK-${some(next, HEX, 24)}-${some(next, HEX, 34)}`,
  rubygems: prefixed("rubygems_", HEX, 48),
  age: prefixed("AGE-SECRET-KEY-1", UPPER + DIGITS, 58),
  tailscale: (next) => `tskey-auth-${some(next, ALNUM, 12)}-${some(next, ALNUM, 32)}`,
  sovereign: (next) => `sov_${some(next, HEX, 8)}_${some(next, URL64, 43)}`,
  "web token": (next) => `eyJ${some(next, URL64, 30)}.eyJ${some(next, URL64, 80)}.${some(next, URL64, 43)}`,
  "private key": (next) =>
    `-----BEGIN ${pick(next, ["", "RSA ", "OPENSSH "])}PRIVATE KEY-----\n${some(next, ALNUM, 64)}\n${some(next, ALNUM, 44)}==\n-----END PRIVATE KEY-----`,
};

/** The value stands at %. */
export const carriers: readonly string[] = [
  "%",
  "Please use % from now on.",
  "My old one was %, can you rewrite the letter without it?",
  "Bitte an % schicken, danke!",
  "Contact: %",
  "- %",
  '{"value": "%", "kept": true}',
  "export VALUE=%",
  "(%)",
  "Is % still valid?",
  "Before: x; after: %; then nothing.",
  "<%>",
  "| name | % | yes |",
  "a line\n%\nanother line",
  "`%`",
  "„%“",
];

/** What stands beside a word that says what it is. The whole is searched; the value is what must be gone. */
export const named: Readonly<Record<string, (next: Next) => { readonly text: string; readonly value: string }>> = {
  "password said": (next) => {
    const value = `${some(next, LOWER, 5)}${digits(next, 3)}${pick(next, ["!", "#", "?"])}${some(next, UPPER, 2)}`;
    return {
      value,
      text: pick(next, [
        `The password is ${value} for now`,
        `password: ${value}`,
        `Das Passwort lautet ${value}`,
        `PASSWORD="${value}"`,
        `pwd=${value}`,
      ]),
    };
  },
  "password in an address": (next) => {
    const value = `${some(next, ALNUM, 14)}`;
    return {
      value,
      text: `DATABASE_URL=${pick(next, ["postgres", "mysql", "mongodb+srv", "https"])}://app:${value}@db.example.org:5432/x`,
    };
  },
  bearer: (next) => {
    const value = some(next, ALNUM, 40);
    return { value, text: `Authorization: Bearer ${value}` };
  },
  "named key": (next) => {
    const value = some(next, ALNUM, 40);
    return {
      value,
      text: pick(next, [
        `AWS_SECRET_ACCESS_KEY=${value}`,
        `"api_key": "${value}"`,
        `client_secret: ${value}`,
        `apiKey = '${value}'`,
        `X-Auth-Token: ${value}`,
      ]),
    };
  },
};

/** Measured and not promised. */
export const loose: Readonly<Record<string, (next: Next) => { readonly text: string; readonly value: string }>> = {
  name: (next) => {
    const value = `${pick(next, first)} ${pick(next, last)}`;
    const text = pick(next, [
      "My name is %.",
      "Dear %,\nthank you.",
      "Herr % hat angerufen.",
      "Best regards,\n%",
      "Ich heisse % und wohne hier.",
      "Patient: %",
      "Yesterday % told me so.",
      "I met % at the station.",
      "% schreibt mir oft.",
      "Dr. % is away.",
    ]);
    return { value, text: text.replace("%", value) };
  },
  address: (next) => {
    const number = String(1 + next(150));
    const city = pick(next, cities);
    const value = pick(next, [
      `${pick(next, ["Muster", "Garten", "Bahnhof", "Kirch"])}${pick(next, ["strasse", "gasse", "weg", "platz"])} ${number}, ${1000 + next(8000)} ${city}`,
      `${number} ${pick(next, ["Oak", "High", "Mill", "Queen"])} ${pick(next, ["Street", "Road", "Lane", "Avenue"])}, ${city}`,
      `${number} rue de ${pick(next, ["Lausanne", "Paris", "Rivoli"])}`,
      `Am Bach ${number}, ${10000 + next(80000)} ${city}`,
    ]);
    return { value, text: pick(next, ["I live at %.", "Bitte an % liefern.", "%", "Address: %"]).replace("%", value) };
  },
};

/** Nothing private, and much that looks like it. Each slot is made anew for each line. */
const slots: Readonly<Record<string, (next: Next) => string>> = {
  n: (next) => String(next(10_000)),
  small: (next) => String(1 + next(99)),
  date: (next) =>
    pick(next, [
      `20${10 + next(20)}-0${1 + next(9)}-${10 + next(18)}`,
      `${10 + next(18)}.0${1 + next(9)}.20${10 + next(20)}`,
      `0${1 + next(9)}/${10 + next(18)}/20${10 + next(20)}`,
      `0${1 + next(9)}-${10 + next(18)}-20${10 + next(20)}`,
    ]),
  time: (next) => `${10 + next(13)}:${10 + next(49)}:${10 + next(49)}`,
  version: (next) => `${next(20)}.${next(40)}.${next(100)}`,
  sha: (next) => some(next, HEX, 40),
  hash: (next) => some(next, HEX, 64),
  short: (next) => some(next, HEX, 7),
  uuid: (next) => groups(some(next, HEX, 32), [8, 4, 4, 4, 12], "-"),
  ip: (next) => `192.0.2.${next(255)}`,
  price: (next) => `${1 + next(9_000)}.${digits(next, 2)}`,
  float: (next) => `0.${digits(next, 3 + next(14))}`,
  long: (next) => digits(next, 10 + next(3)),
  order: (next) => `${pick(next, ["7", "8", "9", "0"])}${digits(next, 15)}`,
  isbn: (next) => `978-${next(9)}-${digits(next, 4)}-${digits(next, 4)}-${next(9)}`,
  word: (next) => some(next, LOWER, 3 + next(9)),
  camel: (next) => `${some(next, LOWER, 4)}${some(next, UPPER, 1)}${some(next, LOWER, 5)}`,
  code: (next) => `${some(next, UPPER, 3)}-${digits(next, 4)}`,
  stamp: (next) => `17${digits(next, 8)}`,
  base64: (next) => some(next, `${ALNUM}+/`, 60),
  geo: (next) => `${next(90)}.${digits(next, 5)}, ${next(90)}.${digits(next, 5)}`,
};

const cleanLines: readonly string[] = [
  "The meeting moved from {date} to {date}, at {time}.",
  "Version {version} fixes the bug that version {version} brought.",
  "commit {sha}",
  "Merge pull request #{n} from topic/{word}",
  "sha256-{hash}  {word}.tar.gz",
  "  at Object.{camel} (/app/src/{word}.ts:{n}:{small})",
  "It took {float} seconds on average, {float} at worst.",
  "The total is {price} francs, of which {price} are tax.",
  "See ISBN {isbn} for the proof.",
  "GET /api/items/{n}?page={small}&sort=asc 200 {n} ms",
  "[{date} {time}] {ip} connected on port {n}",
  "request id {uuid}",
  "Order {order} was shipped in {small} parcels.",
  "Our article number is {long}.",
  "const {camel} = await fetch({camel});",
  "if (password === undefined) throw new Error('no password');",
  "The password is required and must be at least {small} characters.",
  "const token = process.env.TOKEN;",
  "Choose a password: it is checked against {n} known ones.",
  "token: string;",
  "apiKey: process.env['API_KEY'],",
  "Set api_key to your own key, for example YOUR_API_KEY_GOES_HERE.",
  "secret_key = os.environ.get('SECRET_KEY')",
  "A token is a piece of a word, about {small} characters.",
  "The bearer of this ticket may enter at {time}.",
  "import { {camel} } from '@scope/{word}';",
  "npm install {word}@{version} @types/{word}@{version}",
  "user@localhost is not what is meant by an address.",
  "@{word} replied to @{word} on line {n}",
  "git@{word}:team/{word}.git is the remote",
  "Python 3.{small} and Node {version} are both fine.",
  "p < {float}, n = {n}, df = {small}",
  "x = {n} - {n} + {n} / {small}",
  "{small} + {small} = {n}",
  "Room {small}-{small}, floor {small}, building B",
  "Pages {n}-{n}, lines {small} to {small}",
  "Add {small} g of flour, {small} ml of milk and {small} eggs.",
  "The train leaves at {time} from platform {small} and arrives at {time}.",
  "Figure {small}.{small} shows the curve for k = {float}.",
  "Temperatures between -{small} and {small} degrees were measured in {date}.",
  "| {word} | {n} | {price} |",
  "data:image/png;base64,{base64}",
  'integrity="sha512-{base64}{base64}"',
  "The coordinates are {geo}.",
  "Ticket {code} blocks ticket {code}.",
  "Unix time {stamp} is {date}.",
  "Die Sitzung vom {date} dauerte {small} Minuten.",
  "Wir brauchen {small} Stühle und {small} Tische bis {date}.",
  "Der Vertrag läuft {small} Jahre und kostet {price} Euro im Monat.",
  "Paragraph {small} Absatz {small} gilt auch für {word}.",
  "Le rapport compte {n} pages et {small} figures.",
  "Il treno delle {time} è in ritardo di {small} minuti.",
  "She said that nothing of it mattered, and went home.",
  "Could you explain how a hash function works?",
  "Write a poem about the sea in {small} lines.",
  "What is the difference between TCP and UDP?",
  "Summarise the following text in {small} words.",
  "Einen Kuchen für {small} Personen, bitte ohne Nüsse.",
  "The function returns null if the key is missing.",
  "docker run -p {n}:{n} {word}:{version}",
  "ffmpeg -i {word}.mp4 -ss {time} -t {small} out.mp4",
  "color: #{short}; margin: {small}px {small}px;",
  "0x{short} is the address, {n} the offset.",
  "MAC 02:00:5e:10:{small}:ff, MTU 1280",
  "fd7a:115c:a1e0::{small} is in the range, 100.64.0.0/10 too.",
  "https://example.org/{word}/{n}?ref={word}#{word}",
  "SELECT {word}, {word} FROM {word} WHERE id = {n};",
  "AKIA is how such identifiers begin, and ghp_ how others do.",
  "sk-learn is not scikit-learn; use version {version}.",
  "key-value stores keep {n} entries in {small} MB",
  "Model {word}-{small}b-q4_k_m has {n} million weights.",
  "ratio {small}:{small}, scale 1:{n}",
  "call me tomorrow, or call me never",
  "Phone: none. Fax: none.",
  "IBAN numbers begin with two letters, such as CH or DE, and two digits.",
  "CH{small} is not an account, nor is DE{n}.",
  "Lot {code}-{long}, best before {date}",
  "EAN {long}{small}",
  "Scores: {small} {small} {small} {small} {small} {small}",
  "1 {n} {n} {n}",
  "{long} {long}",
  "{date} {time} {word}[{n}]: started",
  "Chapter {small}: how {word} became {word}",
  "The quick brown fox jumps over {small} lazy dogs.",
];

/** `many` lines, the same for the same seed. */
export function makeCleanLines(many: number, seed: number): readonly string[] {
  const next = seeded(seed);
  return Array.from({ length: many }, (_, at) =>
    cleanLines[at % cleanLines.length]!.replace(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(slots, name) ? slots[name]!(next) : whole,
    ),
  );
}
