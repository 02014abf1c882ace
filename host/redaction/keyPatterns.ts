/**
 * Keys of services by the prefixes that their makers gave them so that they can be found, and a few forms that are keys wherever they stand. Each is the published form; lengths are the shortest that is made.
 * Every pattern begins with a literal and repeats one class of characters, so no text makes one slow.
 */
export const KEY_PATTERNS: Readonly<Record<string, RegExp>> = {
  "aws key": /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g,
  "github key": /\bgh[pousr]_\w{36,}/g,
  "github fine-grained key": /\bgithub_pat_\w{60,}/g,
  "gitlab key": /\bglpat-[\w-]{20,}/g,
  "slack key": /\bxox[abeoprs]-[\w-]{20,}/g,
  "slack webhook": /\bhttps:\/\/hooks\.slack\.com\/services\/[\w/]{20,}/g,
  "discord webhook": /\bhttps:\/\/discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[\w-]{60,}/g,
  "openai key": /\bsk-(?:proj-|svcacct-)?[\w-]{32,}/g,
  "anthropic key": /\bsk-ant-[\w-]{32,}/g,
  "google key": /\bAIza[\w-]{35}/g,
  "google token": /\bya29\.[\w-]{20,}/g,
  "google secret": /\bGOCSPX-[\w-]{28}/g,
  "stripe key": /\b[rs]k_(?:live|test)_\w{24,}/g,
  "stripe webhook secret": /\bwhsec_\w{32,}/g,
  "twilio key": /\bSK[\da-f]{32}\b/g,
  "sendgrid key": /\bSG\.[\w-]{22}\.[\w-]{43}/g,
  "mailgun key": /\bkey-[\da-f]{32}\b/g,
  "mailchimp key": /\b[\da-f]{32}-us\d{1,2}\b/g,
  "npm key": /\bnpm_[A-Za-z\d]{36}/g,
  "pypi key": /\bpypi-[\w-]{50,}/g,
  "hugging face key": /\bhf_[A-Za-z\d]{34,}/g,
  "docker key": /\bdckr_pat_[\w-]{27,}/g,
  "digitalocean key": /\bdo[opr]_v1_[\da-f]{64}/g,
  "shopify key": /\bshp(?:at|ca|pa|ss)_[\da-f]{32}/gi,
  "square key": /\bsq0[a-z]{3}-[\w-]{22,}/g,
  "telegram key": /\b\d{8,10}:AA[\w-]{33}/g,
  "discord key": /\b[MNO][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,}/g,
  "facebook key": /\bEAA[A-Za-z\d]{60,}/g,
  "atlassian key": /\bATATT3[\w=-]{60,}/g,
  "linear key": /\blin_api_[A-Za-z\d]{40}/g,
  "notion key": /\b(?:ntn|secret)_[A-Za-z\d]{43,}/g,
  "figma key": /\bfigd_[\w-]{40,}/g,
  "supabase key": /\bsbp_[\da-f]{40}/g,
  "vault key": /\bhv[sbr]\.[\w-]{24,}/g,
  "databricks key": /\bdapi[\da-f]{32}/g,
  "grafana key": /\bglsa_\w{32,}/g,
  "new relic key": /\bNRAK-[A-Z\d]{27}/g,
  "sentry key": /\bsntrys_[\w=+/-]{40,}/g,
  "postman key": /\bPMAK-[\da-f]{24}-[\da-f]{34}/g,
  "rubygems key": /\brubygems_[\da-f]{48}/g,
  "age key": /\bAGE-SECRET-KEY-1[A-Z\d]{58}/g,
  "tailscale key": /\btskey-[a-z]+-[\w-]{20,}/g,
  "sovereign key": /\bsov_[\da-f]{8}_[\w-]{43}/g,
  "web token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g,
  "private key":
    /-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\w\s+/=:,.()-]{1,20000}?-----END (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/g,
};

/** What stands after these is a secret: the value alone is taken, in the group. */
export const SECRET_PATTERNS: Readonly<Record<string, RegExp>> = {
  "password in an address": /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s/:@]{1,100}:([^\s/@]{3,200})@/gi,
  "bearer token": /\b(?:bearer|token)\s+([\w.~+/-]{20,2000}=*)/gi,
  password:
    /\b(?:password|passwd|passphrase|passwort|kennwort|pwd)["']?\s{0,3}(?:[:=]|\bis\b|\blautet\b|\bist\b)\s{0,3}["'`]?([^\s"'`,;<>]{6,200})/gi,
  "named key":
    /\b[\w-]{0,40}(?:api|access|secret|auth|private|client)[_-]?(?:key|token|secret)["']?\s{0,3}[:=]\s{0,3}["'`]?([\w.~+/-]{16,500}=*)/gi,
};
