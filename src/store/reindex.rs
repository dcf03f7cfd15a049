//! Vectors of another model, beside those in force and then in their place.
//!
//! What the other model makes of the texts goes to side tables, a transaction a batch. The vectors in force stay as
//! they are, so that until the switch the store is what it was before, and a reindexing that was interrupted goes on
//! where it stopped. The switch is one transaction: the store is of one model or of the other, never of both.
//!
//! # Why not the obvious other way
//!
//! - *A second database that is renamed over the first*: it would copy all documents, and between the file and its log
//!   there is no rename of both at once.
//! - *Copying the token codes in the switch*: they are most of the database, and all of them would go through its log.
//!   Dropping a table and renaming another writes a few pages. Vectors are copied: `texts` is what clauses refer to,
//!   and they are a seventh of it. With 60,000 texts of the usual size the statements of the switch took less than a
//!   second and 62 MB of log.
//! - *Giving the space of the dropped codes back (`VACUUM`)*: it copies the database once more. The pages are free for
//!   the next documents, and for the next reindexing.

use std::path::Path;

use rusqlite::{TransactionBehavior, params};

use super::schema::{self, NEXT_TABLES, REINDEX_MODEL};
use super::{Store, codes_to_blob, ids_to_blob, to_blob};
use crate::embed::TextVectors;
use crate::error::Result;
use crate::index::VectorId;

/// What there is to do before a store is of another model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The model that the store is of.
    pub from: String,
    /// The model that it will be of.
    pub to: String,
    /// Distinct clause texts.
    pub texts: usize,
    /// Those of them that earlier runs have encoded with the new model already.
    pub kept: usize,
    /// What earlier runs had encoded with a third model, and what was let go therefore.
    pub discarded: Option<Discarded>,
}

/// Encoded texts that were let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discarded {
    /// The model that had encoded them.
    pub model: String,
    /// Their number.
    pub texts: usize,
}

/// A store that is going over to another model. Dropping it before [`Reindexing::switch`] leaves the store of the model
/// it is of, and what was encoded for the next time.
pub struct Reindexing {
    store: Store,
    plan: Plan,
}

impl Reindexing {
    /// Opens the store in `folder`, whatever its model, and makes the side tables ready for vectors of `model`: those
    /// that hold such vectors already are kept, others emptied. `None` when the store is of that model; nothing is
    /// changed then. The caller holds the data directory's lock.
    ///
    /// # Errors
    /// [`Error::DataDirectory`](crate::Error::DataDirectory) when there is no store, or it was made by another version;
    /// [`Error::Store`](crate::Error::Store).
    pub fn begin(folder: &Path, model: &str) -> Result<Option<Reindexing>> {
        let store = Store::open_of_any_model(folder)?;
        if store.model == model {
            return Ok(None);
        }
        let mut connection = store.write()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count =
            |sql: &str| -> Result<usize> { Ok(transaction.query_row(sql, [], |row| row.get::<_, i64>(0))? as usize) };
        let begun = schema::value(&transaction, REINDEX_MODEL)?;
        let found = if begun.is_some() { count("SELECT count(*) FROM next_vectors")? } else { 0 };
        let (kept, discarded) = match begun {
            Some(before) if before == model => (found, None),
            before => {
                if before.is_some() {
                    transaction.execute_batch("DROP TABLE next_vectors; DROP TABLE next_token_codes;")?;
                }
                transaction.execute_batch(NEXT_TABLES)?;
                transaction
                    .execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", (REINDEX_MODEL, model))?;
                (0, before.map(|model| Discarded { model, texts: found }))
            }
        };
        let texts = count("SELECT count(DISTINCT text_id) FROM clauses")?;
        transaction.commit()?;
        drop(connection);
        let plan = Plan { from: store.model.clone(), to: model.to_owned(), texts, kept, discarded };
        Ok(Some(Reindexing { store, plan }))
    }

    /// What there was to do when it began.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// At most `limit` texts with ids above `after` that the new model has not encoded, in the order of their ids and
    /// in the form to be encoded. Empty when there is none left.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store).
    pub fn texts_left(&self, after: VectorId, limit: usize) -> Result<Vec<(VectorId, String)>> {
        let ids: Vec<VectorId> = self.store.read(|t| {
            let mut statement = t.prepare_cached(
                "SELECT id FROM texts
                 WHERE id > ?1 AND NOT EXISTS (SELECT 1 FROM next_vectors WHERE text_id = id)
                     AND EXISTS (SELECT 1 FROM clauses WHERE clauses.text_id = texts.id)
                 ORDER BY id LIMIT ?2",
            )?;
            let ids = statement.query_map(params![after as i64, limit as i64], |row| row.get::<_, i64>(0))?;
            Ok(ids.map(|id| id.map(|id| id as VectorId)).collect::<Result<_, _>>()?)
        })?;
        self.store.texts(&ids)
    }

    /// Keeps what the new model made of some texts, in one transaction: when this returns it is on disk.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store): nothing of it was kept.
    pub fn put(&self, encoded: &[(VectorId, TextVectors)]) -> Result<()> {
        let mut connection = self.store.write()?;
        let transaction = connection.transaction()?;
        {
            let mut add_vector = transaction
                .prepare_cached("INSERT OR REPLACE INTO next_vectors (text_id, vector, tokens) VALUES (?1, ?2, ?3)")?;
            let mut add_codes = transaction
                .prepare_cached("INSERT OR REPLACE INTO next_token_codes (text_id, codes) VALUES (?1, ?2)")?;
            for (id, text) in encoded {
                add_vector.execute(params![*id as i64, to_blob(&text.embedding), ids_to_blob(&text.tokens.ids)])?;
                add_codes.execute(params![*id as i64, codes_to_blob(&text.tokens)])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Puts the vectors of the new model, of so many dimensions, in the place of those in force, in one transaction:
    /// when this returns the store is of the new model. Indexes of vectors that were made before are of no use any
    /// more; ids and texts are as they were.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store), also when a clause's text has not been encoded: the store is of the old
    /// model then, and nothing is lost.
    pub fn switch(self, dimensions: usize) -> Result<()> {
        let mut connection = self.store.write()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Texts without a clause, if there ever are any, have nothing to be encoded. Should a clause's text be missing,
        // the clause refers to it, and the deletion fails.
        transaction.execute("DELETE FROM texts WHERE id NOT IN (SELECT text_id FROM next_vectors)", [])?;
        transaction.execute(
            "UPDATE texts SET (vector, tokens) = (SELECT vector, tokens FROM next_vectors WHERE text_id = texts.id)",
            [],
        )?;
        transaction.execute_batch(
            "DROP TABLE next_vectors;
             DROP TABLE token_codes;
             ALTER TABLE next_token_codes RENAME TO token_codes;",
        )?;
        for (key, value) in [("model", self.plan.to.as_str()), ("dimensions", &dimensions.to_string())] {
            transaction.execute("UPDATE meta SET value = ?2 WHERE key = ?1", (key, value))?;
        }
        transaction.execute("DELETE FROM meta WHERE key = ?1", [REINDEX_MODEL])?;
        transaction.commit()?;
        Ok(())
    }
}
