import { describe, expect, test } from "vitest";
import { openAnnouncement } from "#crypto/announcement.ts";
import { boxKeyFromSeed, createDeviceKeys } from "#crypto/device.ts";
import { bootIdFromBytes } from "#crypto/ids.ts";
import { announcementBytesMax } from "#crypto/limits.ts";
import { systemRandom } from "#crypto/random.ts";
import { openHealth } from "#crypto/sealedHealth.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createAnnouncer } from "./announcer.ts";
import { createGuideBackend } from "../backends/guide/guide.ts";
import { unknownModel, type ModelInfo } from "../backends/backend.ts";
import { factsWithin } from "./announcedFacts.ts";

const backendOf = (infos: readonly Partial<ModelInfo>[], whereIs?: (model: string) => string | null) => ({
  kind: "model" as const,
  where: "Ollama at 127.0.0.1:11434",
  describe: (id: string) => ({ ...unknownModel(id), ...infos[Number(id)] }),
  ...(whereIs === undefined ? {} : { whereIs }),
});

describe("what an announcement says of models", () => {
  test("says what is known and nothing of what is not", () => {
    const known = {
      contextTokens: 8_192,
      sizeBytes: 5e9,
      isLoaded: false,
      vision: true,
      tools: true,
      reasoning: false,
    };
    expect(factsWithin(backendOf([known, {}]), ["0", "1"], 3_072)).toEqual({
      facts: [{ ...known, server: 0 }, { server: 0 }],
      servers: ["Ollama at 127.0.0.1:11434"],
    });
  });

  test("names each place once, and each model by its own", () => {
    const places = ["vLLM at far:8000", "Ollama at near:11434", "vLLM at far:8000", null];
    const { facts, servers } = factsWithin(
      backendOf([], (model) => places[Number(model)] ?? null),
      ["0", "1", "2", "3"],
      3_072,
    );
    expect(servers).toEqual(["vLLM at far:8000", "Ollama at near:11434"]);
    expect(facts.map(({ server }) => server)).toEqual([0, 1, 0, undefined]);
  });

  test("keeps to its room, and leaves out the end of the list and not its middle", () => {
    const models = Array.from({ length: 256 }, (_, index) => String(index));
    const whole = Array.from(models, (): Partial<ModelInfo> => ({
      contextTokens: 131_072,
      sizeBytes: 40e9,
      tools: true,
    }));
    const told = factsWithin(backendOf(whole), models, 3_072);
    expect(Buffer.byteLength(JSON.stringify(told.facts) + JSON.stringify(told.servers))).toBeLessThan(3_072 + 8);
    expect(told.facts.length).toBeGreaterThan(30);
    expect(
      factsWithin(
        backendOf(whole, () => "x".repeat(5_000)),
        ["0"],
        150,
      ),
    ).toEqual({ facts: [], servers: [] });
  });

  test("of the guide there is nothing to say", () => {
    expect(factsWithin({ ...backendOf([]), kind: "guide" }, ["guide"], 3_072)).toEqual({ facts: [], servers: [] });
  });

  test("never makes an announcement too large, whatever the models are called", () => {
    const told: Uint8Array[] = [];
    // Each of these signs is two bytes once it is written down, and one of the remark is six.
    const models = Array.from({ length: 250 }, (_, at) => '"'.repeat(20) + at);
    const [host, phone] = [createDeviceKeys(systemRandom), createDeviceKeys(systemRandom)];
    let devices = 0;
    const announcer = createAnnouncer({
      clock: systemClock,
      keys: host,
      random: systemRandom,
      readers: () => Array.from({ length: devices }, () => ({ id: phone.id, boxKey: phone.box.publicKey })),
      boot: bootIdFromBytes(systemRandom(16)),
      bootBox: boxKeyFromSeed(systemRandom(32)),
      backend: () => ({
        ...createGuideBackend(0),
        ...backendOf([]),
        models,
        label: "l".repeat(200),
        remark: "\u0001".repeat(600),
        defaultModel: models[0] ?? "",
        describe: (id) => ({ ...unknownModel(id), contextTokens: 131_072, sizeBytes: 40e9, tools: true, vision: true }),
      }),
      tooLarge: (named) => named,
      waiting: () => [],
      send: (announcement) => told.push(announcement),
    });
    announcer.announce();
    const [announcement = new Uint8Array()] = told;
    expect(announcement.length).toBeGreaterThan(announcementBytesMax / 2);
    expect(announcement.length).toBeLessThanOrEqual(announcementBytesMax);
    expect(openAnnouncement(announcement).info.facts?.length).toBeGreaterThan(0);
    // How the host is stands sealed to each device beside all that, also where there are as many as a vault may have.
    const incidents = Array.from({ length: 16 }, (_, from) => ({ kind: "relay", trouble: "hung", from }) as const);
    const services = Array.from({ length: 40 }, () => ({ kind: "backend", state: "well", since: 1 }) as const);
    const share = { bytes: 5, bytesMax: 9 };
    announcer.setHealth({ services, incidents, share });
    const heard = [1, 5, 20, 64].map((count) => {
      devices = count;
      announcer.announce();
      const bytes = told.at(-1) ?? announcement;
      expect(bytes.length, `${count} devices`).toBeLessThanOrEqual(announcementBytesMax);
      const { health } = openAnnouncement(bytes).info;
      return health === undefined ? null : openHealth(health, host.id, phone);
    });
    announcer.stop();
    expect(heard[0]?.services.length).toBeGreaterThan(0);
    // How full the vault is comes before all of it.
    expect(heard[1]?.share).toEqual(share);
    expect(heard[1]?.services.length).toBeGreaterThan(0);
    for (const each of heard) expect(each?.services.length).toBeGreaterThan(0);
    expect(heard[3]?.share).toEqual(share);
  });
});
