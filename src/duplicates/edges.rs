//! What was found, in a database of its own: which texts were compared, and the pairs that score enough.
//!
//! It is derived from the store and can be deleted at any time. A run is a transaction a block, so that one that was
//! interrupted at any instant goes on after the last block.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};
use rustc_hash::FxHashMap;

use crate::difference::FOLD_VERSION;
use crate::error::{Error, Result};
use crate::index::VectorId;
use crate::store::DocumentKey;

/// The file in a data directory.
const FILE: &str = "duplicates.sqlite";

/// - `documents`: those whose clauses all were compared.
/// - `texts`: the form of every text; `covered` when it was compared with all others that are.
/// - `pairs` of forms, `a < b`.
/// - `meta`: `version` of forms and scores; `generation`, raised when what is covered changes; `position`, there while a
///   run is under way: the last form that it has compared.
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (key INTEGER PRIMARY KEY);
CREATE TABLE texts (text_id INTEGER PRIMARY KEY, form INTEGER NOT NULL, covered INTEGER NOT NULL);
CREATE INDEX texts_form ON texts (form);
CREATE TABLE pairs (a INTEGER NOT NULL, b INTEGER NOT NULL, score REAL NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE INDEX pairs_b ON pairs (b);
INSERT INTO meta (key, value) VALUES ('generation', '0');
";

/// Names a form by what it says: the first 64 bits of its digest. Of a million forms two have the same name with a
/// chance of one in 37 million.
pub(super) type FormKey = i64;

/// A pair of forms, the lower name first, with its score.
pub(super) type KeyedPair = (FormKey, FormKey, f32);

/// The database, opened for writing. The caller holds the data directory's lock.
pub(super) struct Edges {
    connection: Connection,
}

/// What is covered, as clusters are made from it.
pub(super) struct Covered {
    pub(super) generation: i64,
    pub(super) texts: Vec<(VectorId, FormKey)>,
    pub(super) pairs: Vec<KeyedPair>,
}

impl Edges {
    /// Opens the database, making it when it is not there, is damaged, or is of other forms or scores.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`].
    pub(super) fn open(folder: &Path) -> Result<Edges> {
        let path = folder.join(FILE);
        match Edges::open_file(&path) {
            Ok(Some(edges)) => return Ok(edges),
            Ok(None) => {}
            Err(Error::Store(error)) if is_damaged(&error) => {
                tracing::warn!(%error, "{} is damaged and made anew", path.display());
            }
            Err(error) => return Err(error),
        }
        for suffix in ["", "-wal", "-shm"] {
            let file = PathBuf::from(format!("{}{suffix}", path.display()));
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Io { path: file, source: error });
                }
                _ => {}
            }
        }
        Edges::open_file(&path)?.ok_or_else(|| Error::Index(format!("{} could not be made anew", path.display())))
    }

    /// `None` when it is of another version.
    fn open_file(path: &Path) -> Result<Option<Edges>> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if transaction.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(())).optional()?.is_none() {
            transaction.execute_batch(TABLES)?;
            transaction.execute("INSERT INTO meta (key, value) VALUES ('version', ?1)", [FOLD_VERSION])?;
        }
        transaction.commit()?;
        Ok((value(&connection, "version")?.as_deref() == Some(FOLD_VERSION)).then_some(Edges { connection }))
    }

    /// Lets go of texts that are not there any more, and of pairs of forms that no text has.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn prune(&mut self, is_there: impl Fn(VectorId) -> bool) -> Result<()> {
        let gone: Vec<i64> = {
            let mut statement = self.connection.prepare("SELECT text_id FROM texts")?;
            let ids = statement.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
            ids.into_iter().filter(|id| !is_there(*id as VectorId)).collect()
        };
        if gone.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        {
            let mut delete = transaction.prepare("DELETE FROM texts WHERE text_id = ?1 RETURNING form")?;
            let mut left = transaction.prepare("SELECT 1 FROM texts WHERE form = ?1 LIMIT 1")?;
            let mut delete_pairs = [
                transaction.prepare("DELETE FROM pairs WHERE a = ?1")?,
                transaction.prepare("DELETE FROM pairs WHERE b = ?1")?,
            ];
            for id in gone {
                let form: Option<FormKey> = delete.query_row([id], |row| row.get(0)).optional()?;
                if let Some(form) = form
                    && !left.exists([form])?
                {
                    for statement in &mut delete_pairs {
                        statement.execute([form])?;
                    }
                }
            }
            raise_generation(&transaction)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The form of every text, and whether it is covered.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn texts(&self) -> Result<FxHashMap<VectorId, (FormKey, bool)>> {
        let mut statement = self.connection.prepare("SELECT text_id, form, covered FROM texts")?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)? as VectorId, (row.get(1)?, row.get(2)?))))?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// The last form that was compared by the run that is under way, empty at its beginning; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn position(&self) -> Result<Option<String>> {
        value(&self.connection, "position")
    }

    /// Begins a run that compares these texts.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn begin(&mut self, texts: &[(VectorId, FormKey)]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut add = transaction.prepare("INSERT INTO texts (text_id, form, covered) VALUES (?1, ?2, 0)")?;
            for (id, form) in texts {
                add.execute(params![*id as i64, form])?;
            }
            set(&transaction, "position", "")?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Keeps pairs, and the last form that was compared: when this returns they are on disk.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn put(&mut self, pairs: &[KeyedPair], position: &str) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut add =
                transaction.prepare_cached("INSERT OR REPLACE INTO pairs (a, b, score) VALUES (?1, ?2, ?3)")?;
            for (a, b, score) in pairs {
                add.execute(params![a.min(b), a.max(b), f64::from(*score)])?;
            }
            set(&transaction, "position", position)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Ends a run: what it compared is covered.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn end(&mut self) -> Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute("UPDATE texts SET covered = 1 WHERE covered = 0", [])?;
        transaction.execute("DELETE FROM meta WHERE key = 'position'", [])?;
        raise_generation(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Notes that the clauses of these documents, and of no others, are covered.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn cover(&mut self, documents: &[DocumentKey]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            transaction.execute("DELETE FROM documents", [])?;
            let mut add = transaction.prepare("INSERT INTO documents (key) VALUES (?1)")?;
            for key in documents {
                add.execute([key])?;
            }
            set(&transaction, "covered", "yes")?;
            raise_generation(&transaction)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Number of pairs.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn pairs(&self) -> Result<usize> {
        Ok(self.connection.query_row("SELECT count(*) FROM pairs", [], |row| row.get::<_, i64>(0))? as usize)
    }
}

/// Reads beside whoever writes; `None` when no run has ended yet.
pub(super) struct Reader {
    connection: Connection,
}

impl Reader {
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn open(folder: &Path) -> Result<Option<Reader>> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let connection =
            Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "query_only", "ON")?;
        let made = connection.query_row("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", [], |_| Ok(())).optional();
        match made {
            Ok(Some(())) => {}
            Ok(None) => return Ok(None),
            // The next run makes it anew.
            Err(error) if is_damaged(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let usable =
            value(&connection, "version")?.as_deref() == Some(FOLD_VERSION) && value(&connection, "covered")?.is_some();
        Ok(usable.then_some(Reader { connection }))
    }

    /// Raised whenever what is covered changes.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn generation(&self) -> Result<i64> {
        generation(&self.connection)
    }

    /// The documents whose clauses are covered, ascending.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn documents(&self) -> Result<Vec<DocumentKey>> {
        let mut statement = self.connection.prepare("SELECT key FROM documents ORDER BY key")?;
        let keys = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(keys)
    }

    /// Everything that is covered, of one state.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn covered(&mut self) -> Result<Covered> {
        let transaction = self.connection.transaction()?;
        let covered = Covered {
            generation: generation(&transaction)?,
            texts: transaction
                .prepare("SELECT text_id, form FROM texts WHERE covered = 1")?
                .query_map([], |row| Ok((row.get::<_, i64>(0)? as VectorId, row.get(1)?)))?
                .collect::<Result<_, _>>()?,
            pairs: transaction
                .prepare("SELECT a, b, score FROM pairs")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, f64>(2)? as f32)))?
                .collect::<Result<_, _>>()?,
        };
        transaction.commit()?;
        Ok(covered)
    }
}

fn value(connection: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

fn set(connection: &Connection, key: &str, value: &str) -> Result<()> {
    connection.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?.execute([key, value])?;
    Ok(())
}

fn generation(connection: &Connection) -> Result<i64> {
    let value = value(connection, "generation")?.unwrap_or_default();
    value.parse().map_err(|_| Error::Index(format!("{FILE}: expected a number as its generation, received {value:?}")))
}

fn raise_generation(connection: &Connection) -> Result<()> {
    set(connection, "generation", &(generation(connection)? + 1).to_string())
}

/// Whether SQLite says that a file is none of its own, or not whole.
fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}
