import { describe, expect, test } from "vitest";
import { createDeviceKeys, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { vaultIdFromBytes } from "./ids.ts";
import { pairingMessageBytesMax } from "./limits.ts";
import {
  answerCommit,
  beginJoin,
  createInvitation,
  invitationLinkFragment,
  openAnswer,
  openReveal,
  pairingMailbox,
  parseInvitationLink,
  revealJoin,
  sealAnswer,
  type Invitation,
} from "./pairing.ts";
import { applyRosterEntry } from "./roster.ts";
import { createAddDevice, openMemberName, openRosterVaultKeys } from "./rosterEntries.ts";
import { createTestVault, flipped, holdsBytes, refusalOf } from "./testing/fixtures.ts";

const vault = createTestVault(13);
const { random, laptop, vaultKey, roster, entries } = vault;
const invite = (): Invitation =>
  createInvitation({ vault: roster.vault, rosterHead: roster.head, fingerprint: random(16) }, random);

/** The three messages, as they pass when nobody interferes. */
function pair(invitation: Invitation, device: DeviceKeys, name = "Phone") {
  const commit = beginJoin({ invitation, device, name }, random);
  const offer = answerCommit(invitation, commit.message, "Laptop", random);
  const reveal = revealJoin(commit.joiner, offer.message, random);
  return { commit, offer, reveal, request: openReveal(offer.inviter, reveal.message) };
}

describe("pairing", () => {
  test("PR1 both sides show the same six digits, and the new device reads the vault", () => {
    const phone = createDeviceKeys(random);
    const { reveal, request } = pair(invite(), phone);
    expect(request.digits).toMatch(/^\d{6}$/);
    expect(reveal.digits).toBe(request.digits);
    expect([reveal.name, request.name]).toEqual(["Laptop", "Phone"]);
    const entry = createAddDevice({ ...request, roster, by: laptop, vaultKey, random });
    const member = applyRosterEntry(roster, entry).members.get(phone.id)!;
    const vaultKeys = openRosterVaultKeys([...entries, entry], phone);
    expect(vaultKeys.get(1)).toEqual(vaultKey);
    expect(openMemberName(member, vaultKeys)).toBe("Phone");
  });

  test("PR2 one who photographed the code and stands in between shows other digits, however it tries", () => {
    const invitation = invite();
    const [phone, thief] = [createDeviceKeys(random), createDeviceKeys(random)];
    const matches = Array.from({ length: 300 }, () => {
      // Towards the phone it plays the inviter; towards the inviter it plays a phone.
      const real = beginJoin({ invitation, device: phone, name: "Phone" }, random);
      const fakeOffer = answerCommit(invitation, real.message, "Laptop", random);
      const shownOnPhone = revealJoin(real.joiner, fakeOffer.message, random).digits;
      return pair(invitation, thief).request.digits === shownOnPhone;
    });
    expect(matches.filter(Boolean)).toHaveLength(0);
  });

  test("PR3 keys other than the committed ones are refused: there is nothing to search for", () => {
    const invitation = invite();
    const honest = pair(invitation, createDeviceKeys(random));
    const other = beginJoin({ invitation, device: createDeviceKeys(random), name: "Phone" }, random);
    const swapped = revealJoin(other.joiner, honest.offer.message, random);
    expect(refusalOf(() => openReveal(honest.offer.inviter, swapped.message))).toBe("key");
  });

  test("PR4 the digits change with the names, the keys and both nonces", () => {
    const invitation = invite();
    const phone = createDeviceKeys(random);
    const digits = [
      pair(invitation, phone),
      pair(invitation, phone),
      pair(invitation, phone, "Thief"),
      pair(invite(), phone),
    ];
    expect(new Set(digits.map(({ request }) => request.digits)).size).toBe(4);
  });

  test("PR5 who has not seen the code, the relay above all, can neither read nor speak", () => {
    const device = createDeviceKeys(random);
    const { commit, offer, reveal } = pair(invite(), device);
    const stranger = invite();
    expect(refusalOf(() => answerCommit(stranger, commit.message, "Laptop", random))).toBe("key");
    expect(refusalOf(() => revealJoin({ ...commit.joiner, invitation: stranger }, offer.message, random))).toBe("key");
    expect(refusalOf(() => openReveal({ ...offer.inviter, invitation: stranger }, reveal.message))).toBe("key");
    expect(holdsBytes(reveal.message, device.sign.publicKey)).toBe(false);
  });

  test("PR6 messages do not change steps, and no bit of them changes", () => {
    const invitation = invite();
    const { commit, offer, reveal } = pair(invitation, createDeviceKeys(random));
    expect(refusalOf(() => answerCommit(invitation, reveal.message, "Laptop", random))).toBe("key");
    expect(refusalOf(() => revealJoin(commit.joiner, commit.message, random))).toBe("key");
    expect(refusalOf(() => openReveal(offer.inviter, offer.message))).toBe("key");
    for (let at = 0; at < reveal.message.length; at++) {
      expect(refusalOf(() => openReveal(offer.inviter, flipped(reveal.message, at)))).toBe("key");
      expect(refusalOf(() => openReveal(offer.inviter, reveal.message.subarray(0, at)))).toBe("key");
    }
  });

  test("PR7 an offer of another vault, roster or host than the code named is refused", () => {
    const invitation = invite();
    const { joiner, message } = beginJoin({ invitation, device: createDeviceKeys(random), name: "Phone" }, random);
    const changes = [{ vault: vaultIdFromBytes(random(32)) }, { rosterHead: random(32) }, { fingerprint: random(16) }];
    for (const change of changes) {
      const offer = answerCommit({ ...invitation, ...change }, message, "Laptop", random);
      expect(refusalOf(() => revealJoin(joiner, offer.message, random))).toBe("key");
    }
  });

  test("PR8 a link comes back as it was shown; messages have one size and fit a mailbox, five to an invitation", () => {
    const invitation = invite();
    const link = invitationLinkFragment(invitation);
    expect(parseInvitationLink(link)).toEqual(invitation);
    expect(parseInvitationLink(`#${link}`)).toEqual(invitation);
    for (const wrong of ["", "p=", "p=AA", link.slice(0, -1), `${link}A`, `${link}&h=AA`, link.replace("p=A", "p=C")]) {
      expect(parseInvitationLink(wrong)).toBeNull();
    }
    const { commit, offer, reveal } = pair(invitation, createDeviceKeys(random), "n".repeat(200));
    const sizes = [commit, offer, reveal].map(({ message }) => message.length);
    expect(new Set(sizes).size).toBe(1);
    expect(sizes[0]).toBeLessThanOrEqual(pairingMessageBytesMax);
    expect(new Set(([1, 2, 3, 4, 5] as const).map((step) => String(pairingMailbox(invitation, step)))).size).toBe(5);
    expect(() => beginJoin({ invitation, device: laptop, name: "n".repeat(201) }, random)).toThrow(CryptoError);
  });

  test("PR9 an answer is read by this pairing only, in its own direction, and no bit of it changes", () => {
    const invitation = invite();
    const { commit, offer } = pair(invitation, createDeviceKeys(random));
    const other = pair(invitation, createDeviceKeys(random)).commit;
    for (const answer of ["yes", "no", "used-twice"] as const) {
      const message = sealAnswer(commit.joiner, 4, answer, random);
      expect(message).toHaveLength(offer.message.length);
      expect(openAnswer(offer.inviter, 4, message)).toBe(answer);
      expect(refusalOf(() => openAnswer(offer.inviter, 5, message))).toBe("key");
      expect(refusalOf(() => openAnswer(other.joiner, 4, message))).toBe("key");
      for (let at = 0; at < message.length; at += 7)
        expect(refusalOf(() => openAnswer(offer.inviter, 4, flipped(message, at)))).toBe("key");
    }
  });
});
