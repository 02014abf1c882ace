/** What points to a person: structured kinds (mail, phone, account, card, insurance) that are promised, and names and addresses, which are only measured. */
import { isEan13, isLuhn, isMod97 } from "./checksums.ts";

export interface PersonPattern {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Of the text found, or of its group. */
  readonly isReal?: (found: string) => boolean;
  /** How much of it is what is looked for, from its beginning, where the pattern may run on; 0: nothing. */
  readonly realLength?: (found: string) => number;
}

const digitsOf = (text: string): string => text.replace(/\D/g, "");
const countDigits = (text: string, min: number, max: number): boolean => {
  const { length } = digitsOf(text);
  return length >= min && length <= max;
};

/** The first digits that cards have, and how many there are then. */
const CARD =
  /^(?:4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14})$/;

/** In the order in which they are looked for: what is found once is not looked at again. */
export const PERSON_PATTERNS: readonly PersonPattern[] = [
  {
    kind: "email",
    pattern: /(?<![\w.+-])[\w.+%'-]{1,64}@(?:[\p{L}\d](?:[\p{L}\d-]{0,62})\.){1,8}\p{L}{2,24}(?![\p{L}\d])/gu,
    isReal: (found) => !found.startsWith(".") && !/\.(?:png|jpe?g|gif|svg|webp)$/i.test(found),
  },
  {
    kind: "iban",
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}/gi,
    realLength: ibanLength,
  },
  {
    kind: "card",
    pattern: /(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-]|[.,]\d)/g,
    isReal: (found) => CARD.test(digitsOf(found)) && isLuhn(digitsOf(found)),
  },
  {
    kind: "insurance",
    pattern: /(?<![\d.])756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}(?!\d)/g,
    isReal: (found) => isEan13(digitsOf(found)),
  },
  { kind: "insurance", pattern: /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g },
  // Over countries: a plus, or two noughts and groups.
  {
    kind: "phone",
    pattern: /(?<![\w+.])\+[1-9](?:[ ./-]{0,2}(?:\(0?\d{0,4}\)[ ]?)?\d){6,14}(?![\d])/g,
    isReal: (found) => countDigits(found, 7, 16),
  },
  {
    kind: "phone",
    pattern: /(?<![\w.,:-])00[1-9]\d{0,2}(?:[ /-]\(?\d{1,5}\)?){2,6}(?![\w:])/g,
    isReal: (found) => countDigits(found, 10, 17),
  },
  // North America.
  { kind: "phone", pattern: /(?<![\w.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[.-]\d{4}(?![\w-])/g },
  // Within a country that dials a nought first: at least two groups.
  {
    kind: "phone",
    pattern: /(?<![\w.,:/-])\(?0[1-9]\d{0,4}\)?(?:[ /-]{1,3}\d{2,8}){1,5}(?![\w:]|[.,]\d)/g,
    isReal: (found) => countDigits(found, 9, 12) && !isDate(found),
  },
  // Said to be one.
  {
    kind: "phone",
    pattern:
      /\b(?:tel|phone|telefon|mobile|handy|natel|fax|call me (?:at|on))\b\.?:?\s{0,2}(\d(?:[ ./-]?\d){5,13})(?!\d)/gi,
  },
];

/** As long as the accounts of its country are, spaces not counted: a word that follows is not part of it. */
function ibanLength(found: string): number {
  const wanted = IBAN_LENGTHS[found.slice(0, 2).toUpperCase()] ?? 0;
  let [at, many] = [0, 0];
  for (; at < found.length && many < wanted; at++) if (found[at] !== " ") many += 1;
  const isWhole = many === wanted && wanted > 0 && !/^[A-Z\d]/i.test(found.slice(at));
  return isWhole && isMod97(found.slice(0, at).replaceAll(" ", "")) ? at : 0;
}

/** SWIFT's registry. */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 " +
    "IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 " +
    "TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((each) => [each.slice(0, 2), Number(each.slice(2))]),
);

function isDate(found: string): boolean {
  return /^\d{1,2}[-/ ]\d{1,2}[-/ ](?:19|20)\d{2}$/.test(found);
}

const CAPITAL = "\\p{Lu}[\\p{L}'’-]{1,30}";
const STREET_EN =
  "Street|St\\.?|Road|Rd\\.?|Avenue|Ave\\.?|Lane|Ln\\.?|Drive|Dr\\.?|Boulevard|Blvd\\.?|Court|Ct\\.?|Square|Terrace|Way|Place|Crescent|Close";

/** Measured, and promised to nobody: who writes names differently is not found. */
export const LOOSE_PATTERNS: readonly PersonPattern[] = [
  {
    kind: "address",
    pattern: new RegExp(
      `\\b\\d{1,5}[a-z]? (?:${CAPITAL} ){1,3}(?:${STREET_EN})(?![\\p{L}])(?:,? (?:Apt|Suite|Flat|Unit) [\\w-]{1,6})?(?:, ${CAPITAL}(?: ${CAPITAL})?)?(?:,? [A-Z]{2}(?: \\d{5}(?:-\\d{4})?)?)?`,
      "gu",
    ),
  },
  {
    kind: "address",
    pattern: new RegExp(
      "(?<!\\p{L})\\p{Lu}[\\p{L}.-]{0,30}(?:strasse|straße|str\\.|gasse|weg|platz|allee|ring|ufer|rain|halde|matte) \\d{1,4}[a-z]?(?:, (?:[A-Z]{1,2}-)?\\d{4,5} \\p{Lu}[\\p{L}-]{1,30})?",
      "gu",
    ),
  },
  {
    kind: "address",
    pattern: new RegExp(
      `(?<!\\p{L})\\d{1,4}(?:bis|ter)?,? (?:rue|avenue|boulevard|place|chemin|route|via|viale|piazza|calle|plaza) (?:d[eui]s? |de la |del |della |du )?${CAPITAL}(?: ${CAPITAL})?(?:, \\d{4,5} ${CAPITAL})?`,
      "gu",
    ),
  },
  {
    kind: "name",
    pattern: new RegExp(
      `\\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Herrn|Frau|Mme|Mlle|Monsieur|Madame|Señora?|Signora?)\\.? (?:(?:Dr|Prof)\\.? )?(${CAPITAL}(?: ${CAPITAL}){0,2})`,
      "gu",
    ),
  },
  {
    kind: "name",
    pattern: new RegExp(
      `(?:[Mm]y name is|[Mm]ein Name ist|[Ii]ch heisse|[Ii]ch heiße|[Jj]e m'appelle|[Mm]i chiamo|[Mm]e llamo|I am called|[Dd]ear|Liebe[r]?|Hallo|Sehr geehrte[r]?|[Cc]her|[Cc]hère) (${CAPITAL}(?: ${CAPITAL}){0,2})`,
      "gu",
    ),
  },
  {
    kind: "name",
    pattern: new RegExp(
      `(?:[Rr]egards|[Gg]rüsse|[Gg]rüße|[Cc]ordialement|[Ss]incerely|[Cc]heers),?\\s{1,3}(${CAPITAL}(?: ${CAPITAL}){0,2})`,
      "gu",
    ),
  },
  {
    kind: "name",
    pattern: new RegExp(
      `\\b(?:[Nn]ame|[Pp]atient|[Cc]ustomer|[Kk]unde|[Kk]undin|[Cc]lient|[Ee]mployee|[Cc]ontact|[Aa]uthor): (${CAPITAL}(?: ${CAPITAL}){1,2})`,
      "gu",
    ),
  },
];
