import { describe, expect, test } from "vitest";
import { createAnnouncement, openAnnouncement, type HostInfo } from "./announcement.ts";
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createWriter } from "./codec.ts";
import { boxKeyFromSeed, createDeviceKeys, sign } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { bootIdFromBytes, idToBytes } from "./ids.ts";
import { announcementBytesMax } from "./limits.ts";
import { openHealth, sealHealth } from "./sealedHealth.ts";
import { createSeededRandom, flipped } from "./testing/fixtures.ts";

const random = createSeededRandom(7);
const info: HostInfo = { kind: "model", label: "Qwen 3", models: ["qwen3:8b", "llama3"], defaultModel: "qwen3:8b" };
const boot = bootIdFromBytes(random(16));

const host = createDeviceKeys(random);
const bootBox = boxKeyFromSeed(random(32));
const phone = createDeviceKeys(random);
const readers = [{ id: phone.id, boxKey: phone.box.publicKey }];

/** Signed by the host, but with any bytes for info. */
const withInfo = (encoded: Uint8Array): Uint8Array => {
  const unsigned = createWriter()
    .u8(1)
    .fixed(host.sign.publicKey)
    .fixed(host.box.publicKey)
    .fixed(idToBytes(boot))
    .fixed(bootBox.publicKey)
    .u64(1)
    .long(encoded)
    .finish();
  return concatBytes(unsigned, sign("sovereign/boot/v1", unsigned, host.sign));
};

describe("announcement", () => {
  test("AN1 says what the host said", () => {
    expect(openAnnouncement(createAnnouncement({ host, boot, bootBox, time: 1_790_000_000_000, info }))).toEqual({
      host: host.id,
      signKey: host.sign.publicKey,
      boxKey: host.box.publicKey,
      boot,
      bootBoxKey: bootBox.publicKey,
      time: 1_790_000_000_000,
      info,
    });
  });

  test("AN2 one changed, missing or added byte anywhere is refused", () => {
    const bytes = createAnnouncement({ host, boot, bootBox, time: 1, info });
    for (let at = 0; at < bytes.length; at++) {
      expect(() => openAnnouncement(flipped(bytes, at)), `byte ${at}`).toThrow(CryptoError);
      expect(() => openAnnouncement(bytes.subarray(0, at)), `${at} bytes`).toThrow(CryptoError);
    }
    expect(() => openAnnouncement(concatBytes(bytes, Uint8Array.of(0)))).toThrow(CryptoError);
  });

  test("AN3 info that is not what it should be is refused although the host signed it", () => {
    const json = (value: unknown) => utf8ToBytes(JSON.stringify(value));
    const wrong = [
      Uint8Array.of(0xff),
      utf8ToBytes("{"),
      json(null),
      json([]),
      json({ ...info, kind: "oracle" }),
      json({ ...info, label: 1 }),
      json({ ...info, models: "qwen3" }),
      json({ ...info, models: [1] }),
      json({ ...info, defaultModel: "m".repeat(257) }),
      json({ ...info, remark: 1 }),
      json({ ...info, tooLarge: "qwen3" }),
      json({ ...info, tooLarge: [1] }),
      json({ ...info, tooLarge: Array.from({ length: 257 }, () => "m") }),
      json({ ...info, remark: "m".repeat(601) }),
      json({ ...info, facts: {} }),
      json({ ...info, facts: [null] }),
      json({ ...info, facts: [{ contextTokens: -1 }] }),
      json({ ...info, facts: [{ sizeBytes: 1.5 }] }),
      json({ ...info, facts: [{ isLoaded: "yes" }] }),
      json({ ...info, facts: Array.from({ length: 257 }, () => ({})) }),
      json({ ...info, servers: [1] }),
      json({ ...info, services: {} }),
      json({ ...info, services: [null] }),
      json({ ...info, services: [{ kind: "relay", state: "well", since: -1 }] }),
      json({ ...info, services: [{ kind: "relay", state: "well" }] }),
      json({ ...info, services: [{ kind: "backend", name: "m".repeat(201), state: "well", since: 1 }] }),
      json({ ...info, services: [{ kind: "relay", state: "well", since: 1, waiting: "many" }] }),
      json({ ...info, services: Array.from({ length: 41 }, () => ({ kind: "relay", state: "well", since: 1 })) }),
      json({ ...info, incidents: [{ kind: "host", trouble: "gone" }] }),
      json({ ...info, incidents: Array.from({ length: 17 }, () => ({})) }),
      json({ ...info, servers: ["m".repeat(201)] }),
      json({ ...info, servers: Array.from({ length: 33 }, () => "m") }),
      json({ ...info, models: Array.from({ length: 257 }, () => "m") }),
    ];
    for (const encoded of wrong) {
      expect(() => openAnnouncement(withInfo(encoded))).toThrow(expect.objectContaining({ code: "malformed" }));
    }
    expect(openAnnouncement(withInfo(json({ ...info, later: true }))).info).toEqual(info);
    const remarked = { ...info, remark: "The file has changed." };
    expect(openAnnouncement(withInfo(json(remarked))).info).toEqual(remarked);
    const large = { ...info, tooLarge: ["qwen3"] };
    expect(openAnnouncement(createAnnouncement({ host, boot, bootBox, time: 1, info: large })).info).toEqual(large);
    const facts = [{ contextTokens: 8_192, sizeBytes: 5_000_000_000, isLoaded: true, vision: false, server: 0 }, {}];
    const known = { ...info, facts, servers: ["Ollama at 127.0.0.1:11434"] };
    expect(openAnnouncement(createAnnouncement({ host, boot, bootBox, time: 1, info: known })).info).toEqual(known);
    const later = { ...known, facts: [{ ...facts[0], languages: ["de"] }, {}] };
    expect(openAnnouncement(withInfo(json(later))).info, "what is not known here is passed over").toEqual(known);
  });

  test("AN5 how its parts are comes sealed to its readers; of a host from before that, a part, a state or a trouble that only later versions know is passed over", () => {
    const services = [
      { kind: "relay", state: "well", since: 5, restarts: 2 },
      { kind: "backend", name: "Ollama at 127.0.0.1:11434", state: "trouble", trouble: "unreachable", since: 9 },
      { kind: "agent", state: "well", since: 5, waiting: 3 },
    ] as const;
    const incidents = [{ kind: "host", trouble: "gone", from: 3, to: 4, times: 2 }] as const;
    const told = { ...info, services, incidents };
    const health = sealHealth({ health: { services, incidents }, host: host.id, to: readers, random });
    const sealed = createAnnouncement({ host, boot, bootBox, time: 1, info: { ...told, health } });
    expect(openAnnouncement(sealed).info, "nothing of it is said in the clear").toEqual({ ...info, health });
    expect(new TextDecoder("latin1").decode(sealed)).not.toContain("unreachable");
    expect(openHealth(openAnnouncement(sealed).info.health ?? health, host.id, phone)).toEqual({ services, incidents });
    const later = {
      ...told,
      services: [
        ...services,
        { kind: "telescope", state: "well", since: 1 },
        { kind: "relay", state: "dizzy", since: 1 },
      ],
      incidents: [...incidents, { kind: "relay", trouble: "bored", from: 1 }],
    };
    expect(openAnnouncement(withInfo(utf8ToBytes(JSON.stringify(later)))).info).toEqual(told);
  });

  test("AN4 a size beyond the limit is refused on both sides", () => {
    const models = Array.from({ length: 256 }, () => "m".repeat(100));
    expect(() => createAnnouncement({ host, boot, bootBox, time: 1, info: { ...info, models } })).toThrow(CryptoError);
    expect(() => openAnnouncement(new Uint8Array(announcementBytesMax + 1))).toThrow(CryptoError);
  });
});
