//! The only truth: documents, articles, clauses and embeddings in one SQLite database.
//!
//! Indexes are derived from it. What [`Store::put`] returned for is on disk, whole, whatever happens next. One
//! connection writes, under a lock; readers have connections of their own and see the last committed state.

mod facets;
mod families;
mod filter;
mod migration;
mod read;
mod reindex;
mod schema;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::facets::Facets;
pub use self::families::Version;
pub use self::filter::{DocumentFilter, DocumentInScope, Scope, Versions};
pub use self::read::{ArticleRow, ClauseRow, DocumentDetail, DocumentRow, Place};
pub use self::reindex::{Discarded, Plan, Reindexing};
pub use self::write::{Outcome, Prepared, Put, Removed};
use crate::embed::{Embedding, TokenCodes};
use crate::error::{Error, Result};
use crate::index::VectorId;

/// Key under which equal clause texts share one embedding.
pub type TextDigest = [u8; 32];

/// Digest of an embedding input.
pub fn text_digest(input: &str) -> TextDigest {
    Sha256::digest(input.as_bytes()).into()
}

/// Row number of a document; internal, never shown.
pub type DocumentKey = i64;

/// Names a clause: its document and its place in it, from 0. Written `document_id:place`; stable as long as the
/// document's text is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClauseId {
    /// The document.
    pub document_id: String,
    /// Place among the document's clauses, from 0.
    pub ordinal: usize,
}

impl std::fmt::Display for ClauseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.document_id, self.ordinal)
    }
}

impl From<ClauseId> for String {
    fn from(id: ClauseId) -> String {
        id.to_string()
    }
}

impl std::str::FromStr for ClauseId {
    type Err = Error;

    fn from_str(text: &str) -> Result<ClauseId> {
        text.rsplit_once(':')
            .filter(|(document_id, _)| !document_id.is_empty())
            .and_then(|(document_id, n)| Some((document_id, n.parse().ok()?)))
            .map(|(document_id, ordinal)| ClauseId { document_id: document_id.to_owned(), ordinal })
            .ok_or_else(|| Error::invalid("clause_id", "a document id, a colon and a number, as in doc:12", text))
    }
}

impl TryFrom<String> for ClauseId {
    type Error = Error;

    fn try_from(text: String) -> Result<ClauseId> {
        text.parse()
    }
}

/// The file of the database in a data directory.
const DATABASE: &str = "clausewise.sqlite";
/// Most reading connections kept for reuse; more are opened when needed and closed after.
const IDLE_READERS: usize = 8;

/// The database of one data directory.
pub struct Store {
    path: PathBuf,
    model: String,
    dimensions: usize,
    /// `None` when opened for reading.
    writer: Option<Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the store in `folder` for reading and writing, making it when it is not there. The caller holds the
    /// data directory's lock: there is one writing process.
    ///
    /// # Errors
    /// [`Error::DataDirectory`] when it was made with another model or by another version.
    pub fn open(folder: &Path, model: &str, dimensions: usize) -> Result<Store> {
        let path = folder.join(DATABASE);
        let writer = schema::open_for_writing(&path, model, dimensions)?;
        Ok(Store {
            path,
            model: model.to_owned(),
            dimensions,
            writer: Some(Mutex::new(writer)),
            readers: Mutex::default(),
        })
    }

    /// Opens an existing store for reading, beside another process that may be writing it. Should that one put vectors
    /// of another model in the place of these, whatever is asked from then on is refused with
    /// [`Error::DataDirectory`]: vectors and tokens of two models do not go together.
    ///
    /// # Errors
    /// [`Error::DataDirectory`] when there is none, or it was made with another model or by another version.
    pub fn open_for_reading(folder: &Path, model: &str, dimensions: usize) -> Result<Store> {
        Store::expect(folder)?;
        let path = folder.join(DATABASE);
        let store = Store { path, model: model.to_owned(), dimensions, writer: None, readers: Mutex::default() };
        store.read(|_| Ok(()))?;
        Ok(store)
    }

    /// Opens an existing store for reading with the model it was made with, whichever that is: for questions that no
    /// model has a part in.
    ///
    /// # Errors
    /// [`Error::DataDirectory`] when there is none, or it was made by another version.
    pub fn open_of_any_model_for_reading(folder: &Path) -> Result<Store> {
        Store::expect(folder)?;
        let path = folder.join(DATABASE);
        let (model, dimensions) = schema::model_of(&schema::open_for_reading(&path)?, &path)?;
        Ok(Store { path, model, dimensions, writer: None, readers: Mutex::default() })
    }

    /// Opens an existing store for writing with the model it was made with, whichever that is. The caller holds the
    /// data directory's lock.
    fn open_of_any_model(folder: &Path) -> Result<Store> {
        Store::expect(folder)?;
        let path = folder.join(DATABASE);
        let (writer, model, dimensions) = schema::open_of_any_model(&path)?;
        Ok(Store { path, model, dimensions, writer: Some(Mutex::new(writer)), readers: Mutex::default() })
    }

    /// Looks whether there is a store in `folder`.
    ///
    /// # Errors
    /// [`Error::DataDirectory`] when there is none.
    pub(crate) fn expect(folder: &Path) -> Result<()> {
        if folder.join(DATABASE).exists() {
            return Ok(());
        }
        Err(Error::DataDirectory {
            path: folder.to_owned(),
            expected: "a data directory with documents (add some with `clausewise ingest PATH`)".to_owned(),
            received: format!("no {DATABASE} in it"),
        })
    }

    /// Brings a store of an earlier version in `folder` to this one; `lock` takes the data directory's lock, and is asked
    /// for it only where there is something to do.
    ///
    /// # Errors
    /// What `lock` returns; [`Error::DataDirectory`] when there is no store; [`Error::Store`]: it is as it was.
    pub(crate) fn bring_up_to_date<L>(folder: &Path, lock: impl FnOnce() -> Result<L>) -> Result<()> {
        Store::expect(folder)?;
        let path = folder.join(DATABASE);
        if schema::is_of_earlier_version(&path)? {
            let _lock = lock()?;
            schema::open_of_any_model(&path)?;
        }
        Ok(())
    }

    fn write(&self) -> Result<MutexGuard<'_, Connection>> {
        match &self.writer {
            // A panic while the lock was held rolled its transaction back; the connection is sound.
            Some(writer) => Ok(writer.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Err(Error::DataDirectory {
                path: self.path.clone(),
                expected: "a store opened for writing".to_owned(),
                received: "one opened for reading".to_owned(),
            }),
        }
    }

    /// Runs `query` on a reading connection, inside one transaction: it sees one state of the store throughout.
    fn read<T>(&self, query: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => schema::open_for_reading(&self.path)?,
        };
        let transaction = connection.transaction()?;
        if self.writer.is_none() {
            // Within the transaction: another process may have changed the model since. It cannot while this one has
            // the data directory to itself.
            schema::check_model(&transaction, &self.path, &self.model)?;
        }
        let answer = query(&transaction)?;
        transaction.commit()?;
        let mut idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        Ok(answer)
    }

    /// The folder it is in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Name and digest of the model that made its vectors.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Bytes of the database on disk, its log included.
    pub fn bytes(&self) -> u64 {
        ["", "-wal"]
            .iter()
            .map(|suffix| {
                let mut path = self.path.clone().into_os_string();
                path.push(suffix);
                std::fs::metadata(path).map_or(0, |m| m.len())
            })
            .sum()
    }
}

/// Embeddings are stored as little-endian half floats: half the size, and the cosine of two vectors moves by less
/// than 1e-5 (tested below).
fn to_blob(vector: &Embedding) -> Vec<u8> {
    vector.as_slice().iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect()
}

fn from_blob(blob: &[u8], dimensions: usize) -> Result<Embedding> {
    let (values, rest) = blob.as_chunks::<2>();
    if values.len() != dimensions || !rest.is_empty() {
        return Err(Error::Encoder(format!(
            "expected a stored vector of {dimensions} dimensions, received {} bytes",
            blob.len()
        )));
    }
    Embedding::normalised(values.iter().map(|v| half::f16::from_le_bytes(*v).to_f32()).collect())
}

/// A text that no clause uses any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Its id.
    pub id: VectorId,
    /// Its digest.
    pub digest: TextDigest,
    /// Its tokens, as rows of the model's vocabulary.
    pub tokens: Vec<u32>,
}

fn ids_to_blob(ids: &[u32]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.to_le_bytes()).collect()
}

fn ids_from_blob(blob: &[u8]) -> Result<Vec<u32>> {
    match blob.as_chunks::<4>() {
        (ids, []) => Ok(ids.iter().map(|id| u32::from_le_bytes(*id)).collect()),
        _ => Err(Error::Encoder(format!("expected stored tokens of four bytes each, received {} bytes", blob.len()))),
    }
}

/// The levels of all tokens, then their scales.
fn codes_to_blob(codes: &TokenCodes) -> Vec<u8> {
    let mut blob = codes.levels.clone();
    blob.extend(codes.scales.iter().flat_map(|scale| scale.to_le_bytes()));
    blob
}

fn codes_from_blob(ids: &[u8], blob: &[u8]) -> Result<TokenCodes> {
    let ids = ids_from_blob(ids)?;
    let (levels, scales) = blob.split_at_checked(blob.len().saturating_sub(2 * ids.len())).unwrap_or_default();
    let scales: Vec<half::f16> = scales.as_chunks::<2>().0.iter().map(|s| half::f16::from_le_bytes(*s)).collect();
    if scales.len() != ids.len() || (!ids.is_empty() && levels.len() % ids.len() != 0) {
        return Err(Error::Encoder(format!("expected codes of {} tokens, received {} bytes", ids.len(), blob.len())));
    }
    Ok(TokenCodes { ids, levels: levels.to_vec(), scales })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storing_a_vector_moves_its_cosine_by_less_than_1e_5() {
        let vector = Embedding::normalised((0..384).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect()).unwrap();
        let stored = from_blob(&to_blob(&vector), 384).unwrap();
        assert!(vector.similarity(&stored) > 1.0 - 1e-5);
        assert!(from_blob(&to_blob(&vector), 383).is_err());
    }

    #[test]
    fn token_codes_are_read_back_as_they_were_stored() {
        let codes = TokenCodes {
            ids: vec![7, 70_000],
            levels: vec![0x10, 0xf3, 0x88, 0x01],
            scales: vec![half::f16::from_f32(0.5), half::f16::from_f32(0.25)],
        };
        let (ids, blob) = (ids_to_blob(&codes.ids), codes_to_blob(&codes));
        assert_eq!(codes_from_blob(&ids, &blob).unwrap(), codes);
        assert!(codes_from_blob(&ids, &blob[1..]).is_err());
        assert!(codes_from_blob(&ids[1..], &blob).is_err());
        assert!(codes_from_blob(&ids, &[]).is_err());
    }

    #[test]
    fn a_clause_id_is_read_back_from_its_text_even_with_colons_in_the_document_id() {
        let id = ClauseId { document_id: "省:通知".to_owned(), ordinal: 12 };
        assert_eq!(id.to_string(), "省:通知:12");
        assert_eq!(id.to_string().parse::<ClauseId>().unwrap(), id);
        for wrong in ["", "12", ":12", "doc:", "doc:x", "doc:-1"] {
            assert!(wrong.parse::<ClauseId>().is_err(), "{wrong}");
        }
    }
}
