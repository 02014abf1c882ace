import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { mailboxLifeMs } from "#sync/limits.ts";
import {
  claimHost,
  connectPeer,
  createTestVault,
  startTestRelay,
  type TestLink,
  type TestRelay,
} from "../testing/testRelay.ts";
import { mailboxesPerDeviceMax, strangerFramesBurst } from "./limits.ts";
import { authorIdFromBytes } from "#crypto/ids.ts";
import { OWN_PLACE } from "./places.ts";
import { createMailboxes, type MailboxTaker } from "./mailboxes.ts";

const relays: TestRelay[] = [];
beforeAll(() => sodiumReady);
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.dispose();
});

const name = (): Uint8Array => systemRandom(16);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

interface Scene {
  readonly relay: TestRelay;
  readonly member: TestLink;
  stranger(): Promise<TestLink>;
}

async function scene(): Promise<Scene> {
  const relay = await startTestRelay();
  relays.push(relay);
  const member = await claimHost(relay, createTestVault());
  return { relay, member, stranger: () => connectPeer(relay, createDeviceKeys(systemRandom), null) };
}

async function ask(link: TestLink, frame: Parameters<TestLink["send"]>[0]): Promise<string> {
  link.send(frame);
  const answer = await link.next("ack", "nack");
  return answer.type === "ack" ? "ack" : answer.code;
}

describe("mailboxes at a real relay", () => {
  it("MB1 a stranger and a member leave each other one message a box, in either order", async () => {
    const { member, stranger } = await scene();
    const [first, second] = [name(), name()];
    expect(await ask(member, { type: "mailboxOpen", request: 1, mailboxes: [first, second] })).toBe("ack");
    const phone = await stranger();
    expect(await ask(phone, { type: "mailboxPut", request: 1, mailbox: first, message: text("hello") })).toBe("ack");
    expect(await ask(phone, { type: "mailboxTake", request: 2, mailbox: second })).toBe("ack");
    expect(await ask(member, { type: "mailboxTake", request: 2, mailbox: first })).toBe("ack");
    expect((await member.next("mailbox")).message).toEqual(text("hello"));
    expect(await ask(member, { type: "mailboxPut", request: 3, mailbox: second, message: text("yes") })).toBe("ack");
    expect(await phone.next("mailbox")).toMatchObject({ mailbox: second, message: text("yes") });
  });

  it("MB2 only members open them; what nobody opened takes nothing and gives nothing", async () => {
    const { stranger } = await scene();
    const phone = await stranger();
    const box = name();
    expect(await ask(phone, { type: "mailboxOpen", request: 1, mailboxes: [box] })).toBe("not-allowed");
    expect(await ask(phone, { type: "mailboxPut", request: 2, mailbox: box, message: text("x") })).toBe("not-allowed");
    expect(await ask(phone, { type: "mailboxTake", request: 3, mailbox: box })).toBe("not-allowed");
  });

  it("MB3 a second message is refused and told to who waits; a repeated one is taken for what it is", async () => {
    const { member, stranger } = await scene();
    const box = name();
    await ask(member, { type: "mailboxOpen", request: 1, mailboxes: [box] });
    await ask(member, { type: "mailboxTake", request: 2, mailbox: box });
    const [phone, thief] = [await stranger(), await stranger()];
    const put = { type: "mailboxPut", request: 1, mailbox: box, message: text("one") } as const;
    expect(await ask(phone, put)).toBe("ack");
    expect(await ask(phone, put)).toBe("ack");
    expect((await member.next("mailbox")).message).toEqual(text("one"));
    expect(await ask(thief, { ...put, message: text("two") })).toBe("conflict");
    expect((await member.next("mailbox")).message).toBeNull();
  });

  it("MB4 one key takes from a box: another one is refused, the same one on a new link is served again", async () => {
    const { relay, member } = await scene();
    const box = name();
    await ask(member, { type: "mailboxOpen", request: 1, mailboxes: [box] });
    const keys = createDeviceKeys(systemRandom);
    const first = await connectPeer(relay, keys, null);
    expect(await ask(first, { type: "mailboxTake", request: 1, mailbox: box })).toBe("ack");
    first.close();
    await first.closed;
    await ask(member, { type: "mailboxPut", request: 2, mailbox: box, message: text("kept") });
    const thief = await connectPeer(relay, createDeviceKeys(systemRandom), null);
    expect(await ask(thief, { type: "mailboxTake", request: 1, mailbox: box })).toBe("conflict");
    const again = await connectPeer(relay, keys, null);
    expect(await ask(again, { type: "mailboxTake", request: 1, mailbox: box })).toBe("ack");
    expect((await again.next("mailbox")).message).toEqual(text("kept"));
  });

  it("MB5 one that its owner closed is gone, and nobody else can close it", async () => {
    const { member, stranger } = await scene();
    const box = name();
    await ask(member, { type: "mailboxOpen", request: 1, mailboxes: [box] });
    const phone = await stranger();
    phone.send({ type: "mailboxClose", mailboxes: [box] });
    expect(await ask(phone, { type: "mailboxTake", request: 1, mailbox: box })).toBe("ack");
    member.send({ type: "mailboxClose", mailboxes: [box] });
    member.send({ type: "ping" });
    await member.next("pong");
    expect(await ask(phone, { type: "mailboxPut", request: 2, mailbox: box, message: text("x") })).toBe("not-allowed");
  });

  it("MB6 a message over 4 KiB ends the link, and a stranger in a hurry is shown the door", async () => {
    const { member, stranger } = await scene();
    const box = name();
    await ask(member, { type: "mailboxOpen", request: 1, mailboxes: [box] });
    const large = await stranger();
    large.send({ type: "mailboxPut", request: 1, mailbox: box, message: new Uint8Array(4_097) });
    expect((await large.next("error")).code).toBe("malformed");
    const hasty = await stranger();
    for (let tries = 0; tries < strangerFramesBurst + 10; tries++)
      hasty.send({ type: "mailboxTake", request: tries, mailbox: name() });
    expect((await hasty.next("error")).code).toBe("too-fast");
    for (let tries = 0; tries < strangerFramesBurst + 10; tries++) member.send({ type: "ping" });
    await member.next("pong");
  });

  it("MB7 a stranger of a claimed host learns nothing of it, and has mailboxes and nothing else", async () => {
    const { stranger } = await scene();
    const phone = await stranger();
    phone.send({ type: "rosterGet", from: 0 });
    expect(await ask(phone, { type: "append", request: 1, envelope: new Uint8Array(300) })).toBe("not-allowed");
    expect(
      await ask(phone, { type: "rosterCas", request: 2, prevSeq: 0, entry: new Uint8Array(300), claim: null }),
    ).toBe("not-allowed");
    phone.send({ type: "ping" });
    await phone.next("pong");
    expect(phone.waiting).toEqual([]);
  });
});

describe("mailboxes by a clock", () => {
  const owner = createOwner();
  function createOwner() {
    return { author: authorIdFromBytes(new Uint8Array(16).fill(1)), place: OWN_PLACE };
  }
  const taker = (): MailboxTaker & { readonly got: (Uint8Array | null)[] } => {
    const got: (Uint8Array | null)[] = [];
    return { key: "key", got, deliver: (_name, message) => got.push(message) };
  };

  it("MB8 a box is gone after its time, full or empty, and opening it again does not lengthen it", () => {
    const boxes = createMailboxes();
    const box = name();
    expect(boxes.open(owner, [box], 0)).toBeNull();
    expect(boxes.put(box, text("late"), mailboxLifeMs - 2)).toBeNull();
    expect(boxes.open(owner, [box], mailboxLifeMs - 1)).toBeNull();
    const reader = taker();
    expect(boxes.take(box, reader, mailboxLifeMs)).toBe("not-allowed");
    expect(boxes.put(box, text("late"), mailboxLifeMs)).toBe("not-allowed");
    expect(reader.got).toEqual([]);
  });

  it("MB9 a device has so many and no more, until they are over", () => {
    const boxes = createMailboxes();
    const names = Array.from({ length: mailboxesPerDeviceMax }, name);
    expect(boxes.open(owner, names, 0)).toBeNull();
    expect(boxes.open(owner, [name()], 1)).toBe("full");
    expect(boxes.open(owner, [name()], mailboxLifeMs)).toBeNull();
  });

  it("MB9 one vault's devices together leave room for another's", () => {
    const boxes = createMailboxes();
    const place = OWN_PLACE;
    const from = (byte: number) => ({ author: authorIdFromBytes(new Uint8Array(16).fill(byte)), place });
    const names = () => Array.from({ length: mailboxesPerDeviceMax }, name);
    for (let device = 1; device <= 4; device += 1) expect(boxes.open(from(device), names(), 0)).toBeNull();
    expect(boxes.open(from(5), [name()], 0)).toBe("full");
    expect(boxes.open({ ...from(6), place: "0f".repeat(32) as typeof place }, names(), 0)).toBeNull();
  });
});
