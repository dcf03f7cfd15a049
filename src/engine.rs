//! One data directory, opened: the store, the indexes over it, and the model that made its vectors.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::document::{Metadata, normalise_for_search};
use crate::duplicates::Duplicates;
use crate::embed::{Embedder, Embedding, Encoded, Role, Statistics, TextVectors, TokenCentre, TokenSum, Want};
use crate::error::{Error, Result};
use crate::index::flat::FlatIndex;
use crate::index::hnsw::{HnswIndex, Persistence};
use crate::index::{CENTRE_TEXTS, CentreSample, TokenFrequencies, VectorId, VectorIndex};
use crate::lexical::LexicalIndex;
use crate::search::Calibration;
use crate::store::{DocumentRow, Orphan, Store, TextDigest};
use crate::tasks::Tasks;

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

/// Folder of the saved graphs in a data directory.
pub(crate) const INDEX: &str = "index";
/// Folder of the lexical index in a data directory.
const LEXICAL: &str = "lexical";

/// An opened data directory.
///
/// All methods block; none may be called from an async task directly.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) embedders: Embedders,
    index: Index,
    lexical: LexicalIndex,
    /// Derived from the store, as the indexes are.
    frequencies: RwLock<TokenFrequencies>,
    centre: RwLock<CentreSample>,
    pub(crate) calibration: Calibration,
    duplicates: Duplicates,
    tasks: Tasks,
    /// Held while the store and then the indexes are changed: they must see changes in the order of the store, or a
    /// vector could be taken out of one before it is put in.
    changing: Mutex<()>,
    /// Held for as long as the engine lives; the operating system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

/// A text that is new in the store.
pub(crate) struct Inserted<'a> {
    pub(crate) id: VectorId,
    pub(crate) digest: TextDigest,
    pub(crate) vectors: &'a TextVectors,
    /// As it was encoded.
    pub(crate) text: &'a str,
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
        if access == Access::Read {
            let dimensions = embedders.queries.dimensions();
            Store::bring_up_to_date(folder, || lock(folder))?;
            let store = Store::open_for_reading(folder, embedders.queries.model_id(), dimensions)?;
            let index = FlatIndex::new(dimensions);
            store.each_vectors(|block| index.insert(block))?;
            let lexical = LexicalIndex::open(&folder.join(LEXICAL), access)?;
            return Engine::new(folder, store, embedders, Index::Flat(index), lexical, None);
        }
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        Engine::open_locked(folder, embedders, lock(folder)?)
    }

    /// Opens a data directory for changes whose lock was taken before.
    pub(crate) fn open_locked(folder: &Path, embedders: Embedders, lock: File) -> Result<Engine> {
        let (model, dimensions) = (embedders.queries.model_id().to_owned(), embedders.queries.dimensions());
        let store = Store::open(folder, &model, dimensions)?;
        let index = HnswIndex::new(dimensions, Some(Persistence { folder: folder.join(INDEX), model }));
        let mut ids = Vec::new();
        store.each_vectors(|block| {
            ids.extend(block.iter().map(|(id, _)| *id));
            index.insert(block)
        })?;
        index.load();
        let lexical = LexicalIndex::open(&folder.join(LEXICAL), Access::Change)?;
        lexical.reconcile(&ids, |some| store.texts(some))?;
        Engine::new(folder, store, embedders, Index::Hnsw(index), lexical, Some(lock))
    }

    fn new(
        folder: &Path,
        store: Store,
        embedders: Embedders,
        index: Index,
        lexical: LexicalIndex,
        lock: Option<File>,
    ) -> Result<Engine> {
        let mut frequencies = TokenFrequencies::default();
        store.each_tokens(|tokens| frequencies.add(tokens))?;
        let mut centre = CentreSample::default();
        let sample = sums_after(&store, &embedders, None, CENTRE_TEXTS)?;
        let sample = sample.into_iter().map(|(digest, sum)| (digest, || Ok(sum)));
        centre.change(std::iter::empty(), sample, |_, _| Ok::<_, Error>(Vec::new()))?;
        let (frequencies, centre, changing) = (RwLock::new(frequencies), RwLock::new(centre), Mutex::new(()));
        let calibration = Calibration::shipped().clone();
        let (duplicates, tasks) = (Duplicates::new(folder), Tasks::new(folder));
        Ok(Engine {
            store,
            embedders,
            index,
            lexical,
            frequencies,
            centre,
            calibration,
            duplicates,
            tasks,
            changing,
            _lock: lock,
        })
    }

    /// With another calibration than the shipped one, which is the shipped model's.
    pub fn calibrated(mut self, calibration: Calibration) -> Engine {
        self.calibration = calibration;
        self
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

    /// The index of the words of clause texts. Beside another process that changes the data directory it is as it was
    /// when this one opened it, and it may be empty.
    pub fn lexical(&self) -> &LexicalIndex {
        &self.lexical
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

    /// Sets what the caller says about a document, which wins over what its text says; what was said before is forgotten.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value, [`Error::NotFound`], [`Error::Store`]: nothing was changed.
    pub fn correct(&self, document_id: &str, given: Metadata) -> Result<DocumentRow> {
        given.check()?;
        let _one_at_a_time = self.changing();
        self.store.correct(document_id, &given)
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

    /// Near-duplicate clauses.
    pub fn duplicates(&self) -> &Duplicates {
        &self.duplicates
    }

    /// Long work. Only a process that has the data directory to itself may ask for any.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Name and digest of the model.
    pub fn model_id(&self) -> &str {
        self.embedders.queries.model_id()
    }

    /// Components of its sentence embeddings.
    pub fn dimensions(&self) -> usize {
        self.embedders.queries.dimensions()
    }

    /// Encodes texts as searches and stored clauses are, one entry a text, in order. One text does not wait for long
    /// work; several are such work, and wait for what is before them.
    ///
    /// # Errors
    /// As [`Embedder::encode`]; for one text [`Error::Busy`] when too much waits for the
    /// encoder.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Encoded>> {
        let embedder = if texts.len() == 1 { &self.embedders.queries } else { &self.embedders.passages };
        let texts: Vec<String> = texts.iter().map(|text| normalise_for_search(text)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        embedder.encode(&texts, Role::Query, Want::Sentence)
    }

    /// Waits until no other change is under way.
    pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
        // It guards an order, no value that a panic could have left half changed.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings what is derived from the store up to a change of it, which inserted texts and let others go; within
    /// [`Engine::changing`].
    pub(crate) fn index_changes(&self, inserted: &[Inserted<'_>], orphaned: &[Orphan]) -> Result<()> {
        {
            let mut frequencies = self.frequencies.write().unwrap_or_else(PoisonError::into_inner);
            inserted.iter().for_each(|text| frequencies.add(&text.vectors.tokens.ids));
            orphaned.iter().for_each(|orphan| frequencies.remove(&orphan.tokens));
        }
        if let Err(error) = self.follow_with_centre(inserted, orphaned) {
            // The change is stored and will be found; what all texts have in common moves little with one of them.
            tracing::error!(%error, "could not bring the centre up to date; that is done when the store is opened next");
        }
        let vectors: Vec<(VectorId, Embedding)> =
            inserted.iter().map(|text| (text.id, text.vectors.embedding.clone())).collect();
        self.index().insert(&vectors)?;
        let orphaned: Vec<VectorId> = orphaned.iter().map(|orphan| orphan.id).collect();
        self.index().remove(&orphaned)?;
        let texts: Vec<(VectorId, &str)> = inserted.iter().map(|text| (text.id, text.text)).collect();
        let lexical = self.lexical.insert(&texts).and_then(|()| self.lexical.remove(&orphaned));
        if let Err(error) = lexical {
            // The change is stored and its vectors are found; to call it failed would be untrue.
            tracing::error!(%error, "could not bring the lexical index up to date; that is done when it is opened next");
        }
        Ok(())
    }

    fn follow_with_centre(&self, inserted: &[Inserted<'_>], orphaned: &[Orphan]) -> Result<()> {
        let codec = self.embedders.passages.codec();
        let added = inserted.iter().map(|text| (text.digest, || codec.sum(&text.vectors.tokens)));
        let refill = |after: Option<TextDigest>, most| sums_after(&self.store, &self.embedders, after, most);
        let mut centre = self.centre.write().unwrap_or_else(PoisonError::into_inner);
        centre.change(orphaned.iter().map(|orphan| orphan.digest), added, refill)
    }

    /// What the tokens of the corpus have in common.
    pub(crate) fn centre(&self) -> TokenCentre {
        self.centre.read().unwrap_or_else(PoisonError::into_inner).centre().clone()
    }

    /// How many texts each token occurs in.
    pub(crate) fn frequencies(&self) -> RwLockReadGuard<'_, TokenFrequencies> {
        self.frequencies.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The added-up tokens of texts in the order of their digests, from the first or from the one after this on.
fn sums_after(
    store: &Store,
    embedders: &Embedders,
    digest: Option<TextDigest>,
    most: usize,
) -> Result<Vec<(TextDigest, TokenSum)>> {
    let mut sums = Vec::new();
    store.token_codes_after(digest.as_ref(), most, |digest, codes| {
        sums.push((digest, embedders.passages.codec().sum(&codes)?));
        Ok(())
    })?;
    Ok(sums)
}

/// Takes the lock of a data directory.
///
/// # Errors
/// [`Error::DataDirectory`] when another process has it; [`Error::Io`].
pub(crate) fn lock(folder: &Path) -> Result<File> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{Encoded, Role, Token, TokenCodec, TokenEmbeddings, Want};
    use crate::ingest::NewDocument;

    /// Gives every text a vector of its own without a model.
    struct Sums(TokenCodec);

    impl Sums {
        fn new() -> Arc<Sums> {
            Arc::new(Sums(TokenCodec::new(vec![0.0; 3], vec![1.0, 0.0, 0.0, 1.0, 0.5, 0.5]).unwrap()))
        }
    }

    impl Embedder for Sums {
        fn model_id(&self) -> &str {
            "sums"
        }

        fn dimensions(&self) -> usize {
            3
        }

        fn codec(&self) -> &TokenCodec {
            &self.0
        }

        fn encode(&self, texts: &[&str], _: Role, _: Want) -> Result<Vec<Encoded>> {
            let vector = |text: &&str| {
                let sum = |step| text.bytes().step_by(step).map(f32::from).sum::<f32>();
                let embedding = Embedding::normalised(vec![sum(1), sum(2), sum(3)])?;
                let tokens = TokenEmbeddings {
                    tokens: vec![Token { id: sum(1) as u32, start: 0, end: text.chars().count() }],
                    values: vec![1.0, sum(1).sin(), sum(2).sin()],
                    dimensions: 3,
                };
                Ok(Encoded { embedding, tokens: Some(tokens), token_count: text.len() })
            };
            texts.iter().map(vector).collect()
        }
    }

    fn open(folder: &Path, access: Access) -> Engine {
        let embedders = Embedders { queries: Sums::new(), passages: Sums::new() };
        Engine::open(folder, embedders, access).unwrap()
    }

    fn ingest(engine: &Engine, id: &str, text: &str) {
        let document = NewDocument { document_id: id.to_owned(), text: text.to_owned(), ..NewDocument::default() };
        engine.ingest(vec![document]).unwrap().remove(0).unwrap();
    }

    /// The clauses that share words with the query, read back from the store.
    fn lexical(engine: &Engine, query: &str) -> Vec<String> {
        let ids: Vec<VectorId> = engine.lexical().search(query, 10).unwrap().into_iter().map(|(id, _)| id).collect();
        engine.store().texts(&ids).unwrap().into_iter().map(|(_, text)| text).collect()
    }

    const DOGS: &str = "甲市养犬条例\n第一条　养犬人应当及时清除犬只粪便。\n第二条　本条例自公布之日起施行。\n";
    const WASTE: &str = "乙市垃圾分类条例\n第一条　生活垃圾应当分类投放。\n第二条　本条例自公布之日起施行。\n";

    #[test]
    fn the_words_of_a_document_are_found_once_it_is_stored_and_no_more_when_it_is_replaced_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path(), Access::Change);
        ingest(&engine, "a", DOGS);
        ingest(&engine, "b", WASTE);
        assert_eq!(lexical(&engine, "犬只粪便"), ["养犬人应当及时清除犬只粪便。"]);
        assert_eq!(lexical(&engine, "公布之日").len(), 1, "equal texts are one");
        assert_eq!(lexical(&open(folder.path(), Access::Read), "犬只粪便").len(), 1);
        ingest(&engine, "a", "甲市养犬条例\n第一条　携犬出户应当使用牵引带。\n");
        assert!(lexical(&engine, "犬只粪便").is_empty());
        assert_eq!(lexical(&engine, "牵引带"), ["携犬出户应当使用牵引带。"]);
        engine.remove(&["a".to_owned()]).unwrap();
        assert!(lexical(&engine, "牵引带").is_empty());
        assert_eq!(engine.lexical().len(), engine.index().len());
    }

    #[test]
    fn the_centre_follows_what_comes_and_goes_and_is_the_same_after_opening_anew() {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path(), Access::Change);
        assert_eq!(engine.centre(), TokenCentre::default());
        ingest(&engine, "a", DOGS);
        ingest(&engine, "b", WASTE);
        let both = engine.centre();
        assert_ne!(both, TokenCentre::default());
        assert_eq!(open(folder.path(), Access::Read).centre(), both);
        engine.remove(&["b".to_owned()]).unwrap();
        let one = engine.centre();
        assert_ne!(one, both);
        assert_eq!(open(folder.path(), Access::Read).centre(), one);
        ingest(&engine, "b", WASTE);
        assert_eq!(engine.centre(), both);
    }

    #[test]
    fn a_lexical_index_that_is_lost_behind_or_ahead_is_mended_at_opening() {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path(), Access::Change);
        ingest(&engine, "a", DOGS);
        ingest(&engine, "b", WASTE);
        let ids = engine.lexical().ids().unwrap();
        engine.lexical().remove(&ids[..2]).unwrap();
        engine.lexical().insert(&[(1000, "从未存入的条款")]).unwrap();
        drop(engine);
        let engine = open(folder.path(), Access::Change);
        assert_eq!(engine.lexical().ids().unwrap(), ids);
        assert_eq!(lexical(&engine, "犬只粪便"), ["养犬人应当及时清除犬只粪便。"]);
        drop(engine);
        std::fs::remove_dir_all(folder.path().join(LEXICAL)).unwrap();
        assert!(open(folder.path(), Access::Read).lexical().is_empty());
        let engine = open(folder.path(), Access::Change);
        assert_eq!(engine.lexical().ids().unwrap(), ids);
    }
}
