/** The ways to unlock, as the browser offers them: a passphrase, stretched in a worker, and a passkey's PRF. Loaded when one is used. */
import { bytesToBase64Url } from "#crypto/bytes.ts";
import { createWorkerStretch } from "#crypto/lockWorker.ts";
import type { LockSlot, PasskeySlot } from "#crypto/lockForm.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import { stretchWorkerUrl } from "../platform/stretchWorker.ts";

const stretch = createWorkerStretch(() => new Worker(stretchWorkerUrl, { type: "module" }));

export function passphraseKey(passphrase: string): SlotKey {
  return { kind: "passphrase", passphrase, stretch };
}

/** Asks for one of these passkeys. `null`: the person closed the question, or this browser has no PRF. */
export function passkeyKey(slots: readonly LockSlot[]): Promise<SlotKey | null> {
  return askPasskey(slots.filter((slot): slot is PasskeySlot => slot.kind === "passkey"));
}

async function askPasskey(known: readonly Pick<PasskeySlot, "credential" | "prfInput">[]): Promise<SlotKey | null> {
  const evalByCredential = Object.fromEntries(
    known.map(({ credential, prfInput }) => [bytesToBase64Url(credential), { first: own(prfInput) }]),
  );
  const credential = await navigator.credentials
    .get({
      publicKey: {
        // Nobody checks the signature: what counts is the secret that only this passkey can make.
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        userVerification: "required",
        allowCredentials: known.map(({ credential: id }) => ({ type: "public-key", id: own(id) })),
        extensions: { prf: { evalByCredential } },
      },
    })
    .catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) return null;
  const output = credential.getClientExtensionResults().prf?.results?.first;
  const slot = known.find(({ credential: id }) => bytesToBase64Url(id) === credential.id);
  if (output === undefined || slot === undefined) return null;
  const prfOutput = new Uint8Array(output instanceof ArrayBuffer ? output : output.buffer);
  return { kind: "passkey", credential: slot.credential, prfInput: slot.prfInput, prfOutput };
}

/** WebAuthn takes no view of memory that might be shared. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** `true` where a page may ask for a passkey at all; whether one can keep a secret shows when it is made. */
export function canHavePasskey(): boolean {
  return typeof PublicKeyCredential === "function" && isSecureContext;
}

/** Makes a passkey and takes its secret. `null`: the person closed the question. `no-prf`: it cannot keep one, and is not used. */
export async function addPasskey(appName: string): Promise<SlotKey | "no-prf" | null> {
  const prfInput = crypto.getRandomValues(new Uint8Array(32));
  const created = await navigator.credentials
    .create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { name: appName },
        // Told apart by the authenticator only; nothing of the owner is in it.
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: appName, displayName: appName },
        pubKeyCredParams: [
          { type: "public-key", alg: -8 },
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
        extensions: { prf: { eval: { first: own(prfInput) } } },
      },
    })
    .catch(() => null);
  if (!(created instanceof PublicKeyCredential)) return null;
  const { prf } = created.getClientExtensionResults();
  const credential = new Uint8Array(created.rawId);
  const output = prf?.results?.first;
  if (output !== undefined) {
    const prfOutput = new Uint8Array(output instanceof ArrayBuffer ? output : output.buffer);
    return { kind: "passkey", credential, prfInput, prfOutput };
  }
  // Many hand the secret out only when they are asked the second time.
  if (prf?.enabled !== true) return "no-prf";
  return askPasskey([{ credential, prfInput }]);
}
