/** What this machine has for a model: its cards by their makers' own tools, memory that is shared, or memory alone. Tools that are not there, or talk nonsense, are no cards. */
import type { Machine } from "../doctor/machine.ts";
import type { Memory } from "./fit.ts";

export interface Card {
  readonly name: string;
  readonly bytes: number;
  /** `null`: the tool does not say. */
  readonly freeBytes: number | null;
}

export interface Hardware {
  readonly cards: readonly Card[];
  readonly memory: Memory;
  /** For a person: "NVIDIA GeForce RTX 5090, 32 GB". */
  readonly says: string;
}

const MIB = 1_048_576;
const GIB = 1_073_741_824;
/** A card that claims more is a tool gone wrong. */
const cardBytesMax = 1_024 * GIB;
const cardsMax = 16;
/** What the system needs beside a model, where the two share. */
const systemBytesMin = 2 * GIB;
const systemShare = 1 / 8;

export async function findHardware(
  machine: Pick<Machine, "run" | "platform" | "ramBytes" | "arch">,
): Promise<Hardware> {
  const [nvidia, rocm] = await Promise.all([
    machine.run("nvidia-smi", ["--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]),
    machine.run("rocm-smi", ["--showproductname", "--showmeminfo", "vram", "--json"]),
  ]);
  const cards = [...parseNvidia(nvidia ?? ""), ...parseRocm(rocm ?? "")].slice(0, cardsMax);
  const { platform, arch, ramBytes: ram } = machine;
  const rest = Math.max(0, ram - Math.max(systemBytesMin, ram * systemShare));
  if (cards.length > 0)
    return {
      cards,
      memory: { kind: "gpu", bytes: cards.map(({ bytes }) => bytes), ramBytes: rest },
      says: `${cards.map(({ name, bytes }) => `${name}, ${Math.round(bytes / GIB)} GB`).join("; ")}; ${Math.round(ram / GIB)} GB of memory`,
    };
  const isUnified = platform === "darwin" && arch === "arm64";
  return {
    cards: [],
    memory: { kind: isUnified ? "unified" : "ram", bytes: [rest], ramBytes: rest },
    says: isUnified
      ? `${Math.round(ram / GIB)} GB of memory that system and graphics share`
      : `no graphics card that was found; ${Math.round(ram / GIB)} GB of memory`,
  };
}

/** One line a card: "NVIDIA GeForce RTX 5090, 32607, 31500"; MiB. */
export function parseNvidia(text: string): readonly Card[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", total = "", free = ""] = line.split(",").map((part) => part.trim());
    return toCard(name, Number(total || Number.NaN) * MIB, Number(free || Number.NaN) * MIB);
  });
}

/** {"card0": {"Card Series": "…", "VRAM Total Memory (B)": "…", "VRAM Total Used Memory (B)": "…"}} */
export function parseRocm(text: string): readonly Card[] {
  let cards: unknown;
  try {
    cards = JSON.parse(text);
  } catch {
    // reason: no tool, or nonsense.
    return [];
  }
  if (typeof cards !== "object" || cards === null) return [];
  return Object.values(cards).flatMap((card: unknown) => {
    const fields: Readonly<Record<string, unknown>> = typeof card === "object" && card !== null ? { ...card } : {};
    const total = Number(fields["VRAM Total Memory (B)"] ?? Number.NaN);
    const name = fields["Card Series"] ?? fields["Card series"] ?? "AMD card";
    return toCard(
      typeof name === "string" ? name : "AMD card",
      total,
      total - Number(fields["VRAM Total Used Memory (B)"] ?? Number.NaN),
    );
  });
}

function toCard(name: string, bytes: number, free: number): readonly Card[] {
  if (!(bytes > 0 && bytes <= cardBytesMax)) return [];
  const plain = name.replace(/\p{C}/gu, "").slice(0, 80);
  return [{ name: plain === "" ? "a card" : plain, bytes, freeBytes: free >= 0 && free <= bytes ? free : null }];
}
