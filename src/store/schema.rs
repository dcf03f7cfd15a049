//! The layout of the database, and opening it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::error::{Error, Result};

/// Raised with every change of the tables. A store of another version is refused, not guessed at.
pub(super) const SCHEMA_VERSION: i64 = 2;

/// Tables.
///
/// - `texts` holds one embedding for each distinct clause text (exact duplicates break a graph index, and encoding
///   them again is waste). Its ids are never reused (`AUTOINCREMENT`): an index built earlier knows what it lacks by
///   comparing ids.
/// - `token_codes` is apart from `texts`: it is thirty times as large, and opening a store reads all of `texts`.
/// - `document_texts` is apart from `documents`, so that a filter over all documents reads small rows only.
/// - `clauses.text` and `articles.text` repeat pieces of the document's text: cutting them out by character offsets
///   would cost a walk through the document for every hit.
/// - Values a caller gave stand beside those that were read from the text; the plain columns are the ones in force.
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    source TEXT,
    added TEXT NOT NULL,
    title TEXT, document_number TEXT, issuer TEXT, province TEXT, place TEXT,
    level TEXT, kind TEXT, date TEXT, published TEXT, effective TEXT,
    given TEXT NOT NULL,
    extracted TEXT NOT NULL,
    clause_count INTEGER NOT NULL
);
CREATE TABLE document_texts (
    document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    headings TEXT NOT NULL, skipped TEXT NOT NULL, warnings TEXT NOT NULL
);
CREATE INDEX documents_digest ON documents (digest);
CREATE TABLE articles (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL, label TEXT NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL, responsible TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (document, ordinal)
) WITHOUT ROWID;
CREATE TABLE texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL,
    tokens BLOB NOT NULL
);
CREATE TABLE token_codes (
    text_id INTEGER PRIMARY KEY REFERENCES texts (id) ON DELETE CASCADE,
    codes BLOB NOT NULL
);
CREATE TABLE clauses (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    article INTEGER NOT NULL,
    text_id INTEGER NOT NULL REFERENCES texts (id),
    label TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    lead_in_start INTEGER, lead_in_end INTEGER,
    text TEXT NOT NULL,
    PRIMARY KEY (document, ordinal)
) WITHOUT ROWID;
CREATE INDEX clauses_text_id ON clauses (text_id);
";

/// Opens the database at `path` for writing, making it when it is not there.
///
/// # Errors
/// [`Error::DataDirectory`] when it belongs to another model or another version.
pub(super) fn open_for_writing(path: &Path, model: &str, dimensions: usize) -> Result<Connection> {
    let mut connection = Connection::open(path)?;
    // FULL: an acknowledged document survives a power cut, not only a crash of the process.
    // Most bytes are token codes, some 6 KB a text: with pages of 16 KB few of them are spread over several.
    connection.pragma_update(None, "page_size", 16_384)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    configure(&connection)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let fresh =
        transaction.query_row("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", [], |_| Ok(())).optional()?.is_none();
    if fresh {
        transaction.execute_batch(TABLES)?;
        for (key, value) in [
            ("schema_version", SCHEMA_VERSION.to_string()),
            ("model", model.to_owned()),
            ("dimensions", dimensions.to_string()),
        ] {
            transaction.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (key, value))?;
        }
    }
    transaction.commit()?;
    check(&connection, path, model)?;
    Ok(connection)
}

/// Opens the database at `path` for reading; it must be there.
pub(super) fn open_for_reading(path: &Path, model: &str) -> Result<Connection> {
    // Not SQLITE_OPEN_READ_ONLY: the first reader of a WAL database after a crash has to recover its log.
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection)?;
    connection.pragma_update(None, "query_only", "ON")?;
    check(&connection, path, model)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn check(connection: &Connection, path: &Path, model: &str) -> Result<()> {
    let value = |key: &str| -> Result<Option<String>> {
        Ok(connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
    };
    let wrong = |expected: String, received: String| {
        let path = path.parent().unwrap_or(path).to_path_buf();
        Err(Error::DataDirectory { path, expected, received })
    };
    let version = value("schema_version")?.unwrap_or_default();
    if version != SCHEMA_VERSION.to_string() {
        return wrong(
            format!("a store of version {SCHEMA_VERSION}"),
            format!("one of version {version}; take its documents in again, with another --data-dir"),
        );
    }
    let stored = value("model")?.unwrap_or_default();
    if stored != model {
        return wrong(
            format!("embeddings of the model {model}"),
            format!("embeddings of the model {stored}; use that model, or another --data-dir"),
        );
    }
    Ok(())
}
