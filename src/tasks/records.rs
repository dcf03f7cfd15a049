//! Tasks on disk.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Task, TaskId, TaskKind, TaskState};
use crate::error::{Error, Result};

/// The file in a data directory.
const FILE: &str = "tasks.sqlite";
/// Raised with every change of the tables.
const VERSION: i64 = 1;
/// Tasks that have ended and are kept.
const KEPT: i64 = 100;

const TABLES: &str = "
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, state TEXT NOT NULL,
    done INTEGER NOT NULL, total INTEGER NOT NULL,
    created TEXT NOT NULL, started TEXT, ended TEXT,
    interruptions INTEGER NOT NULL,
    result TEXT, failure TEXT
);
";
const COLUMNS: &str = "id, kind, state, done, total, created, started, ended, interruptions, result, failure";

/// The database, held by the process that has the data directory's lock.
pub(super) struct Records {
    connection: Connection,
}

impl Records {
    /// Whether there have ever been tasks.
    pub(super) fn exist(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Opens the database, making it when it is not there.
    ///
    /// # Errors
    /// [`Error::DataDirectory`] when it was made by a later version; [`Error::Store`].
    pub(super) fn open(folder: &Path) -> Result<Records> {
        let mut connection = Connection::open(folder.join(FILE))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
        if version > VERSION {
            return Err(Error::DataDirectory {
                path: folder.to_owned(),
                expected: format!("tasks of version {VERSION}"),
                received: format!("tasks of version {version}; {FILE} may be deleted"),
            });
        }
        Ok(Records { connection })
    }

    /// A new task, at the end of the queue. Of those that have ended the oldest are let go.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn add(&mut self, kind: TaskKind, created: String) -> Result<Task> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO tasks (kind, state, done, total, created, interruptions) VALUES (?1, ?2, 0, 0, ?3, 0)",
            params![word(&kind)?, word(&TaskState::Queued)?, created],
        )?;
        let id = transaction.last_insert_rowid();
        transaction.execute(
            "DELETE FROM tasks WHERE ended IS NOT NULL AND id NOT IN
                 (SELECT id FROM tasks WHERE ended IS NOT NULL ORDER BY id DESC LIMIT ?1)",
            [KEPT],
        )?;
        transaction.commit()?;
        Ok(Task {
            id,
            kind,
            state: TaskState::Queued,
            done: 0,
            total: 0,
            created,
            started: None,
            ended: None,
            interruptions: 0,
            result: None,
            failure: None,
        })
    }

    /// Writes down what has changed of a task: when this returns it is on disk.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn update(&mut self, task: &Task) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE tasks SET state = ?2, done = ?3, total = ?4, started = ?5, ended = ?6, interruptions = ?7,
                     result = ?8, failure = ?9
                 WHERE id = ?1",
            )?
            .execute(params![
                task.id,
                word(&task.state)?,
                task.done as i64,
                task.total as i64,
                task.started,
                task.ended,
                task.interruptions,
                task.result.as_ref().map(|result| result.to_string()),
                task.failure.as_ref().map(json).transpose()?,
            ])?;
        Ok(())
    }

    /// A task.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn get(&self, id: TaskId) -> Result<Option<Task>> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tasks WHERE id = ?1"))?;
        Ok(statement.query_row([id], task).optional()?)
    }

    /// All tasks, the last one first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn list(&self) -> Result<Vec<Task>> {
        self.select("ORDER BY id DESC")
    }

    /// Tasks that have not ended, in the order in which they were asked for.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn undone(&self) -> Result<Vec<Task>> {
        self.select("WHERE ended IS NULL ORDER BY id")
    }

    fn select(&self, which: &str) -> Result<Vec<Task>> {
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM tasks {which}"))?;
        Ok(statement.query_map([], task)?.collect::<Result<_, _>>()?)
    }
}

fn task(row: &Row<'_>) -> rusqlite::Result<Task> {
    let count = |column: usize| -> rusqlite::Result<usize> { Ok(row.get::<_, i64>(column)?.max(0) as usize) };
    Ok(Task {
        id: row.get(0)?,
        kind: read(1, &format!("{:?}", row.get::<_, String>(1)?))?,
        state: read(2, &format!("{:?}", row.get::<_, String>(2)?))?,
        done: count(3)?,
        total: count(4)?,
        created: row.get(5)?,
        started: row.get(6)?,
        ended: row.get(7)?,
        interruptions: row.get(8)?,
        result: row.get::<_, Option<String>>(9)?.map(|text| read(9, &text)).transpose()?,
        failure: row.get::<_, Option<String>>(10)?.map(|text| read(10, &text)).transpose()?,
    })
}

/// The word that serde has for a value.
fn word(value: &impl Serialize) -> Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::Store(rusqlite::Error::ToSqlConversionFailure(Box::new(e))))
}

fn read<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e)))
}
