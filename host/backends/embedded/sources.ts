/**
 * From what the owner types to an address with a hash. There is no table of models in this program: the person gives an address and its
 * SHA-256, or the name of a Hugging Face repository, whose own metadata names each file's SHA-256 and the commit it belongs to. The first
 * pull trusts that metadata; it is pinned, and every later pull of the same name must bring the same bytes.
 *
 *   owner/repo:Q4_K_M     owner/repo/file.gguf     owner/repo     https://…/file.gguf with a hash
 */
import { HostError } from "../../errors.ts";
import { field, isCount, readList, readText } from "../fields.ts";
import type { PinnedSource } from "./integrity.ts";
import { metadataBytesMax, metadataMs, modelBytesMax } from "./limits.ts";
import { openFollowing } from "./following.ts";

const defaultHub = "https://huggingface.co";
/** Taken when a repository has several and none is named: the usual balance of size and quality. */
const usualForms = ["Q4_K_M", "Q4_0", "Q8_0"];

export interface FindSourceOptions {
  readonly sha256?: string;
  /** For tests and mirrors. */
  readonly hub?: string;
  readonly signal: AbortSignal;
}

/** Throws `HostError("engine")` with what to do. */
export async function findSource(
  name: string,
  { sha256, hub = defaultHub, signal }: FindSourceOptions,
): Promise<PinnedSource> {
  if (/^https?:\/\//.test(name)) return fromUrl(name, sha256);
  const { repository, wanted } = parseName(name);
  const url = `${hub}/api/models/${repository}?blobs=true`;
  const about = await readAbout(url, AbortSignal.any([signal, AbortSignal.timeout(metadataMs)]), repository);
  const revision = readText(field(about, "sha"), 64);
  if (!/^[0-9a-f]{40,64}$/.test(revision)) throw failure(`${repository} does not say which commit it is at.`);
  const files = readList(field(about, "siblings"), 20_000).flatMap(readSibling);
  const chosen = choose(files, wanted, repository);
  if (sha256 !== undefined && sha256 !== chosen.sha256) {
    throw failure(`${repository} names another SHA-256 for ${chosen.path} than you gave. Check both.`);
  }
  const path = chosen.path.split("/").map(encodeURIComponent).join("/");
  const file = toFileName(`${repository.replace("/", "--")}--${chosen.path}`);
  return { url: `${hub}/${repository}/resolve/${revision}/${path}`, sha256: chosen.sha256, bytes: chosen.bytes, file };
}

interface RepositoryFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

function fromUrl(name: string, sha256: string | undefined): PinnedSource {
  if (sha256 === undefined)
    throw failure("An address needs the SHA-256 of its file, so that you get what you meant. Give both.");
  const url = URL.parse(name);
  const file = toFileName(decodeURIComponent(url?.pathname.split("/").at(-1) ?? ""));
  if (url === null || !/\.gguf$/i.test(file))
    throw failure(`${name.slice(0, 200)} is not the address of a .gguf file.`);
  return { url: url.href, sha256, bytes: 0, file };
}

function parseName(name: string): { repository: string; wanted: string | null } {
  const match =
    /^(?:hf\.co\/|huggingface\.co\/)?([\w.-]{1,96}\/[\w.-]{1,96})(?::([\w.-]{1,64})|\/([\w./ -]{1,400}\.gguf))?$/.exec(
      name,
    );
  if (match?.[1] === undefined || match[1].includes("..")) {
    throw failure(
      `"${name.slice(0, 200)}" is no name of a model. Give a Hugging Face name such as owner/repo:Q4_K_M, or an address with its SHA-256.`,
    );
  }
  return { repository: match[1], wanted: match[2] ?? match[3] ?? null };
}

function readSibling(entry: unknown): RepositoryFile[] {
  const path = readText(field(entry, "rfilename"), 500);
  const stored = field(entry, "lfs");
  const sha256 = readText(field(stored, "sha256"), 64);
  const bytes = field(stored, "size");
  if (
    !/\.gguf$/i.test(path) ||
    path.split("/").includes("..") ||
    !/^[0-9a-f]{64}$/.test(sha256) ||
    !isCount(bytes) ||
    bytes > modelBytesMax
  )
    return [];
  return [{ path, sha256, bytes }];
}

function choose(files: readonly RepositoryFile[], wanted: string | null, repository: string): RepositoryFile {
  // A projector for pictures is no model by itself.
  const models = files.filter(({ path }) => !/mmproj/i.test(path));
  const isForm = (form: string) => (file: RepositoryFile) =>
    file.path === form ||
    new RegExp(`(^|[-._/])${form.replaceAll(".", "\\.")}([-._]|$)`, "i").test(file.path.replace(/\.gguf$/i, ""));
  const forms = wanted === null ? usualForms : [wanted];
  const found =
    forms.map((form) => models.filter(isForm(form))).find((matching) => matching.length > 0) ??
    (wanted === null ? models : []);
  const [first] = found;
  if (first === undefined || (found.length > 1 && wanted === null && models.length > 1 && found === models)) {
    const names = models
      .map(({ path }) => path)
      .slice(0, 12)
      .join(", ");
    throw failure(`${repository} has no file of that name. It has: ${names === "" ? "no .gguf file" : names}.`);
  }
  if (found.some(({ path }) => /-\d{5}-of-\d{5}\.gguf$/i.test(path))) {
    throw failure(`${first.path} is cut into several files, which cannot be pulled yet. Choose a smaller form.`);
  }
  if (found.length > 1)
    throw failure(
      `Several files match: ${found
        .map(({ path }) => path)
        .slice(0, 12)
        .join(", ")}. Name one.`,
    );
  return first;
}

async function readAbout(url: string, signal: AbortSignal, repository: string): Promise<unknown> {
  const response = await openFollowing(url, {}, signal).catch((cause: unknown) => {
    if (cause instanceof HostError) throw cause;
    throw new HostError("engine", `${new URL(url).host} does not answer. Check the network, then try again.`, {
      cause,
    });
  });
  if (response.status === 401 || response.status === 404) {
    await response.body?.cancel();
    throw failure(
      `There is no open repository named ${repository}. Check the name; ones that need an account cannot be pulled.`,
    );
  }
  if (!response.ok || response.body === null)
    throw failure(`${new URL(url).host} answered ${response.status}. Try again later.`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > metadataBytesMax) throw failure(`${repository} says far too much about itself.`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch (cause) {
    throw new HostError("engine", `${new URL(url).host} sent something that cannot be read. Try again later.`, {
      cause,
    });
  }
}

/** One name in one folder, whatever the other side calls it. */
function toFileName(text: string): string {
  return text
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(-200);
}

function failure(says: string): HostError {
  return new HostError("engine", says);
}
