//! One data directory, opened: the store, the index over it, and the model that made its vectors.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::embed::{Embedder, Embedding, Statistics, TextVectors};
use crate::error::{Error, Result};
use crate::index::flat::FlatIndex;
use crate::index::hnsw::{HnswIndex, Persistence};
use crate::index::{TokenFrequencies, VectorId, VectorIndex};
use crate::store::{Orphan, Store};

/// What a process is going to do with a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Answer searches and make changes. One process at a time.
    Change,
    /// Answer a question or two and end; works beside another process.
    Read,
}

/// The model, once for each kind of caller, so that a search does not wait behind an ingest.
#[derive(Clone)]
pub struct Embedders {
    /// Encodes queries.
    pub queries: Arc<dyn Embedder>,
    /// Encodes clauses of documents.
    pub passages: Arc<dyn Embedder>,
}

/// An opened data directory.
///
/// All methods block; none may be called from an async task directly.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) embedders: Embedders,
    index: Index,
    /// Derived from the store, as the index is.
    frequencies: RwLock<TokenFrequencies>,
    /// Held while the store and then the index are changed: the index must see changes in the order of the store, or a
    /// vector could be taken out of it before it is put in.
    changing: Mutex<()>,
    /// Held for as long as the engine lives; the operating system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

enum Index {
    Hnsw(HnswIndex),
    /// For one-off commands, which would spend longer loading a graph than scanning.
    Flat(FlatIndex),
}

impl Engine {
    /// Opens a data directory; for [`Access::Change`] it is made when it is not there.
    ///
    /// # Errors
    /// [`Error::DataDirectory`] when another process has it, when it was made with another model or version, or, for
    /// [`Access::Read`], when it is not there.
    pub fn open(folder: &Path, embedders: Embedders, access: Access) -> Result<Engine> {
        let (model, dimensions) = (embedders.queries.model_id().to_owned(), embedders.queries.dimensions());
        if access == Access::Read {
            let store = Store::open_for_reading(folder, &model, dimensions)?;
            let index = FlatIndex::new(dimensions);
            store.each_vectors(|block| index.insert(block))?;
            return Engine::new(store, embedders, Index::Flat(index), None);
        }
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let lock = lock(folder)?;
        let store = Store::open(folder, &model, dimensions)?;
        let index = HnswIndex::new(dimensions, Some(Persistence { folder: folder.join("index"), model }));
        store.each_vectors(|block| index.insert(block))?;
        index.load();
        Engine::new(store, embedders, Index::Hnsw(index), Some(lock))
    }

    fn new(store: Store, embedders: Embedders, index: Index, lock: Option<File>) -> Result<Engine> {
        let mut frequencies = TokenFrequencies::default();
        store.each_tokens(|tokens| frequencies.add(tokens))?;
        let (frequencies, changing) = (RwLock::new(frequencies), Mutex::new(()));
        Ok(Engine { store, embedders, index, frequencies, changing, _lock: lock })
    }

    /// The index that answers searches.
    pub fn index(&self) -> &dyn VectorIndex {
        match &self.index {
            Index::Hnsw(index) => index,
            Index::Flat(index) => index,
        }
    }

    /// Vectors in the graph, removed ones included until it is built anew, and vectors beside it that are scanned.
    pub fn index_size(&self) -> (usize, usize) {
        match &self.index {
            Index::Hnsw(index) => (index.graph_len(), index.delta_len()),
            Index::Flat(index) => (0, index.len()),
        }
    }

    /// What the encoder has done and what waits for it; none where the embedders count nothing.
    pub fn encoder_statistics(&self) -> Option<Statistics> {
        self.embedders.passages.statistics()
    }

    /// Builds and saves the graph when it has fallen behind the store; `true` when it did.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`]. Searches stay right without the graph.
    pub fn build_index(&self) -> Result<bool> {
        match &self.index {
            Index::Hnsw(index) => index.build_if_due(),
            Index::Flat(_) => Ok(false),
        }
    }

    /// From now on, builds the graph in the background whenever it has fallen behind: for a process that stays.
    pub fn build_index_in_background(&self) {
        if let Index::Hnsw(index) = &self.index {
            index.build_in_background();
        }
    }

    /// Takes documents out; for every id, whether there was such a document. What was removed is not found any more
    /// when this returns.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove(&self, document_ids: &[String]) -> Result<Vec<bool>> {
        let _one_at_a_time = self.changing();
        let removed = self.store.remove(document_ids)?;
        self.index_changes(&[], &removed.orphaned)?;
        Ok(removed.found)
    }

    /// The store, for questions that are no searches.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Name and digest of the model.
    pub fn model_id(&self) -> &str {
        self.embedders.queries.model_id()
    }

    /// Waits until no other change is under way.
    pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
        // It guards an order, no value that a panic could have left half changed.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the index up to a change of the store; within [`Engine::changing`].
    pub(crate) fn index_changes(&self, inserted: &[(VectorId, &TextVectors)], orphaned: &[Orphan]) -> Result<()> {
        {
            let mut frequencies = self.frequencies.write().unwrap_or_else(PoisonError::into_inner);
            inserted.iter().for_each(|(_, text)| frequencies.add(&text.tokens.ids));
            orphaned.iter().for_each(|orphan| frequencies.remove(&orphan.tokens));
        }
        let vectors: Vec<(VectorId, Embedding)> =
            inserted.iter().map(|(id, text)| (*id, text.embedding.clone())).collect();
        self.index().insert(&vectors)?;
        let orphaned: Vec<VectorId> = orphaned.iter().map(|orphan| orphan.id).collect();
        self.index().remove(&orphaned)
    }

    /// How many texts each token occurs in.
    pub(crate) fn frequencies(&self) -> RwLockReadGuard<'_, TokenFrequencies> {
        self.frequencies.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the lock of a data directory.
fn lock(folder: &Path) -> Result<File> {
    let path: PathBuf = folder.join("lock");
    let file = File::create(&path).map_err(Error::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::DataDirectory {
            path: folder.to_owned(),
            expected: "a data directory that no other process is changing".to_owned(),
            received: "one that is held by another clausewise (a running server takes documents over HTTP)".to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(Error::Io { path, source }),
    }
}
