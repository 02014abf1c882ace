/**
 * A PostgreSQL server of its own for `store`: made by the machine's own programs in a folder of its own, reached by a socket in that folder, gone
 * afterwards. Its rules are the shipped ones: `fsync` on, a commit answers when it is on stable storage.
 */
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** @returns {Promise<{ open(bytesEach: number): Promise<import("../store.ts").Store>, end(): Promise<void> } | null>} `null` where PostgreSQL is not installed. */
export async function startPostgres() {
  const programs = findPrograms();
  if (programs === null) return null;
  const folder = mkdtempSync(join(tmpdir(), "sovereign-bench-postgres-"));
  const owner = ownerOf();
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const as = { cwd: folder, ...owner };
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", "bench", "-A", "trust", "--locale=C", "-E", "UTF8"], {
    ...as,
    stdio: "ignore",
  });
  const server = spawn(
    join(programs, "postgres"),
    ["-D", data, "-c", "listen_addresses=", "-c", `unix_socket_directories=${folder}`],
    { ...as, stdio: "ignore" },
  );
  const gone = new Promise((resolve) => server.once("exit", resolve));
  const connect = async () => {
    const client = new pg.Client({ host: folder, user: "bench", database: "postgres" });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  for (let tries = 0; ; tries++) {
    try {
      await (await connect()).end();
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  let tables = 0;
  return {
    open: async (bytesEach) => openTable(await connect(), `log_${(tables += 1)}`, bytesEach),
    end: async () => {
      server.kill("SIGINT");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What came while one statement was on its way goes with the next: one commit for all of them. */
async function openTable(client, table, bytesEach) {
  await client.query(
    `CREATE TABLE ${table} (writer int, counter int, body bytea, PRIMARY KEY (writer, counter)); ALTER TABLE ${table} ALTER body SET STORAGE EXTERNAL`,
  );
  const body = Buffer.alloc(bytesEach, 9);
  const insert = {
    name: table,
    text: `INSERT INTO ${table} SELECT * FROM unnest($1::int[], $2::int[], $3::bytea[])`,
  };
  let waiting = [];
  let isUnderWay = false;
  const write = async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    while (waiting.length > 0) {
      const taken = waiting;
      waiting = [];
      const values = [taken.map(({ writer }) => writer), taken.map(({ counter }) => counter), taken.map(() => body)];
      try {
        await client.query({ ...insert, values });
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    isUnderWay = false;
  };
  return {
    append: (writer, counter) =>
      new Promise((resolve, reject) => {
        waiting.push({ writer, counter, resolve, reject });
        setImmediate(() => void write());
      }),
    readAll: async () => (await client.query(`SELECT writer, counter, body FROM ${table}`)).rows.length,
    close: () => client.end(),
  };
}

/** Debian keeps them beside each other by version, and not on the path. */
function findPrograms() {
  const versions = "/usr/lib/postgresql";
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    ...(existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, "bin")) : []),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) ?? null;
}

/** PostgreSQL does not run as root. */
function ownerOf() {
  if (process.getuid?.() !== 0) return null;
  const idOf = (which) => Number(execFileSync("id", [which, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}
