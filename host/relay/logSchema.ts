/** The tables of the relay's file, as each version of them added to the one before, and how an older file gets what it lacks. */
import type { DatabaseSync } from "node:sqlite";
import { HostError } from "../errors.ts";
import { logSchemaVersion } from "../relayHome.ts";

const SCHEMA = `
  CREATE TABLE roster (
    vault BLOB NOT NULL, seq INTEGER NOT NULL, entry BLOB NOT NULL, claim BLOB,
    PRIMARY KEY (vault, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE doc (
    id INTEGER PRIMARY KEY, doc BLOB NOT NULL UNIQUE, vault BLOB NOT NULL, head INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE tip (
    doc INTEGER NOT NULL, author BLOB NOT NULL, counter INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (doc, author)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE envelope (
    doc INTEGER NOT NULL, seq INTEGER NOT NULL, author BLOB NOT NULL, counter INTEGER NOT NULL, hash BLOB NOT NULL,
    envelope BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX envelope_seq ON envelope (doc, seq);
  CREATE UNIQUE INDEX envelope_counter ON envelope (doc, author, counter);
  CREATE TABLE accepted (
    vault BLOB NOT NULL, run BLOB NOT NULL,
    PRIMARY KEY (vault, run)
  ) STRICT, WITHOUT ROWID;
`;

/** Since version 2: snapshots that count, up to which counter each covers whom, and what the log was up to each seq. */
const SNAPSHOT_SCHEMA = `
  CREATE TABLE snapshot (
    doc INTEGER NOT NULL, seq INTEGER NOT NULL, author BLOB NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (doc, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE coverage (
    doc INTEGER NOT NULL, author BLOB NOT NULL, seq INTEGER NOT NULL, counter INTEGER NOT NULL,
    PRIMARY KEY (doc, author, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mark (
    doc INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (doc, seq)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Since version 3: what each author's envelopes take, for quotas (quota.ts). Kept by triggers, so that nothing that stores
 * or deletes has to think of it; adding up a log of 50 GB instead would take a minute and a half.
 */
const USAGE_SCHEMA = `
  CREATE TABLE usage (
    vault BLOB NOT NULL, author BLOB NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (vault, author)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO usage (vault, author, bytes)
    SELECT vault, author, SUM(LENGTH(envelope)) FROM envelope JOIN doc ON doc.id = envelope.doc GROUP BY vault, author;
  CREATE TRIGGER usage_added AFTER INSERT ON envelope BEGIN
    INSERT INTO usage (vault, author, bytes)
      VALUES ((SELECT vault FROM doc WHERE id = NEW.doc), NEW.author, LENGTH(NEW.envelope))
      ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER usage_changed AFTER UPDATE OF envelope ON envelope BEGIN
    UPDATE usage SET bytes = bytes + LENGTH(NEW.envelope) - LENGTH(OLD.envelope)
      WHERE author = NEW.author AND vault = (SELECT vault FROM doc WHERE id = NEW.doc);
  END;
  CREATE TRIGGER usage_gone AFTER DELETE ON envelope BEGIN
    UPDATE usage SET bytes = bytes - LENGTH(OLD.envelope)
      WHERE author = OLD.author AND vault = (SELECT vault FROM doc WHERE id = OLD.doc);
  END;
`;

/**
 * Since version 4: what the log was up to an envelope stands beside it, and `mark` has only those of envelopes that are older or gone. An append
 * writes a tree less, which was a third of the pages that many docs' appends write.
 */
const MARK_SCHEMA = "ALTER TABLE envelope ADD COLUMN mark BLOB;";

export function prepareSchema(database: DatabaseSync, file: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > logSchemaVersion) {
    throw new HostError(
      "newer",
      `${file} was written by a newer version of Sovereign. Update this one, then start it again.`,
    );
  }
  if (version === logSchemaVersion) return;
  const missing = [SCHEMA, SNAPSHOT_SCHEMA, USAGE_SCHEMA, MARK_SCHEMA].slice(version).join("");
  database.exec(`BEGIN IMMEDIATE; ${missing} PRAGMA user_version = ${logSchemaVersion}; COMMIT;`);
}
