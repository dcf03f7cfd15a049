//! The layout of the database, and opening it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{families, migration};
use crate::error::{Error, Result};

/// Raised with every change of the tables, together with a way from the version before (`migration.rs`). A store of
/// another version is refused, not guessed at.
pub(super) const SCHEMA_VERSION: i64 = 3;

/// Tables.
///
/// - `texts` holds one embedding for each distinct clause text (exact duplicates break a graph index, and encoding
///   them again is waste). Its ids are never reused (`AUTOINCREMENT`): an index built earlier knows what it lacks by
///   comparing ids.
/// - `token_codes` is apart from `texts`: it is thirty times as large, and opening a store reads all of `texts`.
/// - `document_texts` is apart from `documents`, so that a filter over all documents reads small rows only.
/// - `clauses.text` and `articles.text` repeat pieces of the document's text: cutting them out by character offsets
///   would cost a walk through the document for every hit.
/// - Values a caller gave stand beside those that were read from the text (`extracted`, and `sources` for where each was
///   read); the plain columns are the ones in force.
/// - Documents of one `family` are versions of one document; NULL where nothing tells which (`families.rs`).
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    source TEXT,
    added TEXT NOT NULL,
    title TEXT, document_number TEXT, issuer TEXT,
    province TEXT, city TEXT, county TEXT,
    level TEXT, kind TEXT, date TEXT, published TEXT, effective TEXT, validity TEXT, family TEXT,
    given TEXT NOT NULL,
    extracted TEXT NOT NULL,
    sources TEXT NOT NULL DEFAULT '{}',
    clause_count INTEGER NOT NULL
);
CREATE TABLE document_texts (
    document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    headings TEXT NOT NULL, skipped TEXT NOT NULL, warnings TEXT NOT NULL
);
CREATE INDEX documents_digest ON documents (digest);
CREATE INDEX documents_family ON documents (family);
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

/// Side tables, there only from the beginning of a reindexing to its end: what another model made of the texts so far.
/// The meta key [`REINDEX_MODEL`] says which model.
///
/// They are no new version of the layout: who does not know them leaves them alone, and texts that are removed
/// meanwhile take their rows along. `next_token_codes` is made as `token_codes` is, for it will take its place.
pub(super) const NEXT_TABLES: &str = "
CREATE TABLE next_vectors (
    text_id INTEGER PRIMARY KEY REFERENCES texts (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    tokens BLOB NOT NULL
);
CREATE TABLE next_token_codes (
    text_id INTEGER PRIMARY KEY REFERENCES texts (id) ON DELETE CASCADE,
    codes BLOB NOT NULL
);
";

/// Key in `meta`: the model that the side tables are for; there as long as they are.
pub(super) const REINDEX_MODEL: &str = "reindex_model";

/// Opens the database at `path` for writing, making it when it is not there.
///
/// # Errors
/// [`Error::DataDirectory`] when it belongs to another model or another version.
pub(super) fn open_for_writing(path: &Path, model: &str, dimensions: usize) -> Result<Connection> {
    let mut connection = Connection::open(path)?;
    // Most bytes are token codes, some 6 KB a text: with pages of 16 KB few of them are spread over several.
    connection.pragma_update(None, "page_size", 16_384)?;
    configure_for_writing(&connection)?;
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
    check_model(&connection, path, model)?;
    migration::migrate(&mut connection, path)?;
    check_version(&connection, path)?;
    families::derive_if_due(&mut connection)?;
    Ok(connection)
}

/// Opens the database at `path`, which must be there, for writing, whatever its model; the model and its dimensions.
///
/// # Errors
/// [`Error::DataDirectory`] when it belongs to another version.
pub(super) fn open_of_any_model(path: &Path) -> Result<(Connection, String, usize)> {
    let mut connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure_for_writing(&connection)?;
    migration::migrate(&mut connection, path)?;
    check_version(&connection, path)?;
    families::derive_if_due(&mut connection)?;
    let (model, dimensions) = model_of(&connection, path)?;
    Ok((connection, model, dimensions))
}

/// The model that a database is of, and its dimensions.
///
/// # Errors
/// [`Error::DataDirectory`] when it does not say.
pub(super) fn model_of(connection: &Connection, path: &Path) -> Result<(String, usize)> {
    let model = value(connection, "model")?.unwrap_or_default();
    let dimensions = value(connection, "dimensions")?.unwrap_or_default();
    match dimensions.parse() {
        Ok(dimensions) => Ok((model, dimensions)),
        Err(_) => Err(refused(path, "a number of dimensions", format!("{dimensions:?}"))),
    }
}

/// Whether the database at `path`, which must be there, is of an earlier version that opening it for writing brings to
/// this one.
///
/// # Errors
/// [`Error::Store`].
pub(super) fn is_of_earlier_version(path: &Path) -> Result<bool> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection)?;
    migration::is_due(&connection)
}

/// Opens the database at `path` for reading; it must be there. Which model it is of is not looked at: that may change
/// while the connection is open ([`check_model`]).
///
/// # Errors
/// [`Error::DataDirectory`] when it belongs to another version.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection> {
    // Not SQLITE_OPEN_READ_ONLY: the first reader of a WAL database after a crash has to recover its log.
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection)?;
    connection.pragma_update(None, "query_only", "ON")?;
    check_version(&connection, path)?;
    Ok(connection)
}

fn configure_for_writing(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: an acknowledged document survives a power cut, not only a crash of the process.
    connection.pragma_update(None, "synchronous", "FULL")?;
    configure(connection)
}

fn configure(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    // The most that SQLite maps as it is built; what is past it is read page by page.
    connection.pragma_update(None, "mmap_size", 0x7fff_0000_i64)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// A value of `meta`.
pub(super) fn value(connection: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

fn refused(path: &Path, expected: impl Into<String>, received: impl Into<String>) -> Error {
    let path = path.parent().unwrap_or(path).to_path_buf();
    Error::DataDirectory { path, expected: expected.into(), received: received.into() }
}

fn check_version(connection: &Connection, path: &Path) -> Result<()> {
    let version = value(connection, "schema_version")?.unwrap_or_default();
    if version == SCHEMA_VERSION.to_string() {
        return Ok(());
    }
    let what_to_do = match version.parse::<i64>() {
        Ok(version) if version > SCHEMA_VERSION => "a later clausewise made it: use that one",
        _ if migration::is_due(connection)? => {
            "open it once for writing (`clausewise serve`), which brings it to this one"
        }
        _ => "take its documents in again, with another --data-dir",
    };
    Err(refused(
        path,
        format!("a store of version {SCHEMA_VERSION}"),
        format!("one of version {version}; {what_to_do}"),
    ))
}

/// Refuses a database whose vectors another model made.
///
/// # Errors
/// [`Error::DataDirectory`], which names both models and says what to do.
pub(super) fn check_model(connection: &Connection, path: &Path, model: &str) -> Result<()> {
    let stored = value(connection, "model")?.unwrap_or_default();
    if stored == model {
        return Ok(());
    }
    Err(refused(
        path,
        format!("embeddings of the model {model}"),
        format!(
            "embeddings of the model {stored}; run `clausewise reindex` to encode the documents again with the model \
             at hand, or use the model they were made with"
        ),
    ))
}
