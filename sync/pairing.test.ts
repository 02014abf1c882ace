import { beforeAll, describe, expect, it } from "vitest";
import { isEqualBytes } from "#crypto/bytes.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import {
  beginJoin,
  createInvitation,
  pairingMailbox,
  sealAnswer,
  type Invitation,
  type JoinRequest,
} from "#crypto/pairing.ts";
import { createTestVault } from "#crypto/testing/fixtures.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { VaultError } from "./errors.ts";
import { parsePairingLink, pairingLink } from "./pairingLink.ts";
import { compareMsMax, mailboxLifeMs } from "./limits.ts";
import { startJoining } from "./pairingJoin.ts";
import { startInviting, type Pairing, type PairingState } from "./pairing.ts";
import { createManualClock, drainMicrotasks, type ManualClock } from "./testing/manualClock.ts";
import { createPairingHub, type PairingHub } from "./testing/pairingHub.ts";

beforeAll(() => sodiumReady);
const { random, roster } = createTestVault(21);

function invite(): Invitation {
  return createInvitation({ vault: roster.vault, rosterHead: roster.head, fingerprint: random(16) }, random);
}

interface Scene {
  readonly clock: ManualClock;
  readonly hub: PairingHub;
  readonly invitation: Invitation;
  readonly phone: DeviceKeys;
  readonly inviter: Pairing;
  /** Reads the code with the phone. */
  scan(invitation?: Invitation, at?: PairingHub): Pairing;
  /** Whom the inviter let in. */
  readonly admitted: JoinRequest[];
  admit: (request: JoinRequest) => Promise<void>;
}

function scene(hub = createPairingHub()): Scene {
  const clock = createManualClock();
  const invitation = invite();
  const phone = createDeviceKeys(random);
  const admitted: JoinRequest[] = [];
  const own: Scene = {
    clock,
    hub,
    invitation,
    phone,
    admitted,
    admit: (request) => {
      admitted.push(request);
      return Promise.resolve();
    },
    inviter: startInviting({
      clock,
      random,
      post: hub.post("laptop"),
      invitation,
      deviceName: "Laptop",
      admit: (request) => own.admit(request),
      onOver: () => {},
    }),
    scan: (read = invitation, at = hub) =>
      startJoining({
        clock,
        random,
        post: at.post("phone"),
        invitation: read,
        deviceName: "Phone",
        keys: phone,
        enter: () => Promise.resolve(admitted.some(({ device }) => isEqualBytes(device.signKey, phone.sign.publicKey))),
        onOver: () => {},
      }),
  };
  return own;
}

const digitsOf = (pairing: Pairing): string | null => {
  const state = pairing.state();
  return state.phase === "comparing" ? state.digits : null;
};
const codeOf = (pairing: Pairing): string | null => {
  const state = pairing.state();
  return state.phase === "ended" ? state.code : null;
};

async function scanned(own = scene()): Promise<Scene & { readonly joiner: Pairing }> {
  await drainMicrotasks();
  const joiner = own.scan();
  await drainMicrotasks();
  return Object.assign(own, { joiner });
}

describe("pairing", () => {
  it("PA1 both sides show the same digits and each other's name, and nobody is added before both said yes", async () => {
    for (const first of ["laptop", "phone"] as const) {
      const own = await scanned();
      const { inviter, joiner, admitted } = own;
      expect(inviter.state()).toMatchObject({ phase: "comparing", deviceName: "Phone", isConfirmed: false });
      expect(joiner.state()).toMatchObject({ phase: "comparing", deviceName: "Laptop", isConfirmed: false });
      expect(digitsOf(joiner)).toBe(digitsOf(inviter));
      const [one, other] = first === "laptop" ? [inviter, joiner] : [joiner, inviter];
      one.confirm();
      await drainMicrotasks();
      expect(admitted).toEqual([]);
      expect(one.state()).toMatchObject({ phase: "comparing", isConfirmed: true });
      other.confirm();
      await drainMicrotasks();
      expect(admitted.map(({ device }) => device.signKey)).toEqual([own.phone.sign.publicKey]);
      expect(inviter.state()).toEqual({ phase: "done", deviceName: "Phone" });
      expect(joiner.state()).toEqual({ phase: "done", deviceName: "Laptop" });
    }
  });

  it("PA2 a no, or giving up, on either side ends both, and nothing is added", async () => {
    for (const side of ["inviter", "joiner"] as const) {
      const own = await scanned();
      own.joiner.confirm();
      if (side === "joiner") own.joiner.cancel();
      own.inviter.cancel();
      await drainMicrotasks();
      expect(codeOf(own.inviter)).toBe("pairing-cancelled");
      expect(codeOf(own.joiner)).toBe("pairing-declined");
      own.inviter.confirm();
      await drainMicrotasks();
      expect(own.admitted).toEqual([]);
    }
    const own = await scanned();
    own.inviter.confirm();
    own.joiner.cancel();
    await drainMicrotasks();
    expect([codeOf(own.inviter), codeOf(own.joiner)]).toEqual(["pairing-declined", "pairing-cancelled"]);
    expect(own.admitted).toEqual([]);
  });

  it("PA3 a code is good for 120 s until it is read, then for as long to compare; after that both say so", async () => {
    const unread = scene();
    await unread.clock.advance(mailboxLifeMs - 1);
    expect(unread.inviter.state().phase).toBe("waiting");
    await unread.clock.advance(1);
    expect(codeOf(unread.inviter)).toBe("pairing-expired");
    const late = unread.scan();
    await drainMicrotasks();
    expect(codeOf(late)).toBe("pairing-expired");

    const own = await scanned();
    await own.clock.advance(compareMsMax);
    expect([codeOf(own.inviter), codeOf(own.joiner)]).toContain("pairing-expired");
    expect([codeOf(own.inviter), codeOf(own.joiner)]).not.toContain(null);
    expect(own.clock.timers).toBe(0);
  });

  it("PA4 a second reader voids the code for all, whoever was first", async () => {
    const own = await scanned();
    const thief = beginJoin({ invitation: own.invitation, device: createDeviceKeys(random), name: "Phone" }, random);
    expect(own.hub.put(pairingMailbox(own.invitation, 1), thief.message)).toBe("used");
    await drainMicrotasks();
    expect([codeOf(own.inviter), codeOf(own.joiner)]).toEqual(["pairing-used-twice", "pairing-used-twice"]);

    const raced = scene();
    await drainMicrotasks();
    const first = beginJoin({ invitation: raced.invitation, device: createDeviceKeys(random), name: "Phone" }, random);
    raced.hub.put(pairingMailbox(raced.invitation, 1), first.message);
    const joiner = raced.scan();
    await drainMicrotasks();
    expect(codeOf(joiner)).toBe("pairing-used");
    expect(codeOf(raced.inviter)).toBe("pairing-used-twice");
    expect([...own.admitted, ...raced.admitted]).toEqual([]);
  });

  it("PA5 a code that did its work does nothing more", async () => {
    const own = await scanned();
    own.inviter.confirm();
    own.joiner.confirm();
    await drainMicrotasks();
    const again = own.scan();
    await drainMicrotasks();
    expect(codeOf(again)).toBe("pairing-expired");
    expect(own.admitted).toHaveLength(1);
    const kept = ([1, 2, 3, 4, 5] as const).filter((step) => own.hub.isOpen(pairingMailbox(own.invitation, step)));
    expect(kept).toEqual([5]);
  });

  it("PA6 a forged yes adds nobody and hurries nobody; a forged no ends it", async () => {
    const own = await scanned();
    const forged = beginJoin({ invitation: own.invitation, device: own.phone, name: "Phone" }, random);
    own.hub.put(pairingMailbox(own.invitation, 4), sealAnswer(forged.joiner, 4, "yes", random));
    await drainMicrotasks();
    expect(codeOf(own.inviter)).toBe("pairing-broken");
    expect(own.admitted).toEqual([]);
  });

  it("PA7 an entry that the host does not take ends both with the reason", async () => {
    const own = await scanned();
    own.admit = () => Promise.reject(new VaultError("no-host", "test"));
    own.joiner.confirm();
    own.inviter.confirm();
    await drainMicrotasks();
    expect([codeOf(own.inviter), codeOf(own.joiner)]).toEqual(["no-host", "pairing-declined"]);
  });

  it("PA8 the inviter's last word may be lost: the roster tells", async () => {
    const hub = createPairingHub();
    const own = scene(hub);
    const last = Buffer.from(pairingMailbox(own.invitation, 5)).toString("hex");
    hub.meddle = (_who, mailbox, message) => (mailbox === last ? null : message);
    const { joiner, inviter } = await scanned(own);
    joiner.confirm();
    inviter.confirm();
    await drainMicrotasks();
    expect(inviter.state().phase).toBe("done");
    expect(joiner.state().phase).toBe("comparing");
    await own.clock.advance(compareMsMax);
    expect(joiner.state().phase).toBe("done");
  });

  it("PA9 a link is read as it was scanned, pasted with spaces or twice, or typed without the address; nothing else is", () => {
    const invitation = invite();
    const link = pairingLink("http://localhost:4242", invitation);
    const broken = `  ${link.slice(0, 60)}\n ${link.slice(60)} `;
    expect(parsePairingLink(link)).toEqual({ invitation, origin: "http://localhost:4242" });
    expect(parsePairingLink(broken)).toEqual({ invitation, origin: "http://localhost:4242" });
    for (const twice of [`${link}${link}`, `${link}\n${link}\n`])
      expect(parsePairingLink(twice)).toEqual({ invitation, origin: "http://localhost:4242" });
    expect(parsePairingLink(link.split("#")[1] ?? "")).toEqual({ invitation, origin: null });
    const foreign = [
      "",
      "otpauth://totp/x",
      "https://example.com/",
      `file:///x#${link.split("#")[1]}`,
      `${link}x`,
      link.repeat(3),
    ];
    for (const other of [...foreign, "http://localhost:4242/#c=AAAA&h=BBBB"])
      expect(parsePairingLink(other)).toBeNull();
  });
});

describe("10,000 attacks on pairing", () => {
  /** Draws repeat with the seed, so a success, which one guess in a million would be, is the same in every run. */
  function createDraws(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  /** What was heard on the wire in earlier pairings. */
  const heard: Uint8Array[] = [];

  /** The relay, or who sits on it: no secret, every message in hand. */
  function meddleBlindly(hub: PairingHub, draw: (below: number) => number): void {
    hub.meddle = (_who, _mailbox, message) => {
      const old = heard[draw(heard.length || 1)];
      heard.push(message);
      if (heard.length > 500) heard.shift();
      switch (draw(6)) {
        case 0:
          return null;
        case 1: {
          const changed = message.slice();
          const at = draw(changed.length);
          changed[at] = (changed[at] ?? 0) ^ (1 << draw(8));
          return changed;
        }
        case 2:
          return old ?? message;
        case 3:
          return message.subarray(0, draw(message.length));
        default:
          return message;
      }
    };
  }

  /** Who photographed the code, and holds the wire as well: a phone to the laptop, and on a wire of its own the laptop to the phone. */
  function standBetween({ clock, invitation, hub }: Scene, thief: DeviceKeys): PairingHub {
    const wire = createPairingHub();
    const shared = { clock, random, invitation, onOver: () => {} };
    const sides = [
      startInviting({ ...shared, post: wire.post("thief"), deviceName: "Laptop", admit: () => Promise.resolve() }),
      startJoining({
        ...shared,
        post: hub.post("thief"),
        deviceName: "Phone",
        keys: thief,
        enter: () => Promise.resolve(false),
      }),
    ];
    // It says yes to everything at once.
    for (const side of sides) side.subscribe(() => side.confirm());
    return wire;
  }

  type Person = (laptop: PairingState, phone: PairingState) => boolean;
  const compares: Person = (laptop, phone) =>
    laptop.phase === "comparing" && phone.phase === "comparing" && laptop.digits === phone.digits;
  const looksAway: Person = (laptop) => laptop.phase === "comparing";

  /** One try; whether somebody else than the phone was let in. */
  async function attack(seed: number, person: Person): Promise<{ readonly isIn: boolean; readonly isHonest: boolean }> {
    const draw = createDraws(seed);
    const hub = createPairingHub();
    const own = scene(hub);
    const thief = createDeviceKeys(random);
    const kind = seed % 4;
    if (kind === 0) meddleBlindly(hub, draw);
    await drainMicrotasks();
    const wire = kind === 1 || kind === 2 ? standBetween(own, thief) : hub;
    await drainMicrotasks();
    if (kind === 3) {
      const { message } = beginJoin({ invitation: own.invitation, device: thief, name: "Phone" }, random);
      if (draw(2) === 0) hub.put(pairingMailbox(own.invitation, 1), message);
    }
    const joiner = own.scan(own.invitation, wire);
    await drainMicrotasks();
    if (person(own.inviter.state(), joiner.state())) {
      own.inviter.confirm();
      joiner.confirm();
    } else {
      own.inviter.cancel();
      joiner.cancel();
    }
    await drainMicrotasks();
    await own.clock.advance(2 * compareMsMax);
    const isHonest = own.admitted.some(({ device }) => isEqualBytes(device.signKey, own.phone.sign.publicKey));
    return { isIn: own.admitted.length > (isHonest ? 1 : 0), isHonest };
  }

  it(
    "PA10 none of 10,000 gets in: a relay that changes, holds back and replays, a photographer in between, a race",
    { timeout: 240_000 },
    async () => {
      // Others and more of them: SOVEREIGN_ATTACKS=FIRST..LAST. The seed of one that got in is what a failure prints.
      const [first, last] = (process.env["SOVEREIGN_ATTACKS"] ?? "1..10000").split("..").map(Number);
      const gotIn: number[] = [];
      let honest = 0;
      for (let seed = first ?? 1; seed <= (last ?? 10_000); seed++) {
        const { isIn, isHonest } = await attack(seed, compares);
        if (isIn) gotIn.push(seed);
        honest += Number(isHonest);
      }
      expect(gotIn, "seeds of attacks that got in").toEqual([]);
      // Where the attacker happened to leave it alone, the phone got in: these were pairings.
      expect(honest).toBeGreaterThan(((last ?? 10_000) - (first ?? 1)) / 100);
    },
  );

  it("PA11 against a person who does not compare, the one in between gets in: the trials can fail", async () => {
    let isIn = 0;
    for (let seed = 1; seed <= 40; seed++) isIn += Number((await attack(seed, looksAway)).isIn);
    expect(isIn).toBeGreaterThan(5);
  });
});
