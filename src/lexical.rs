//! BM25 over the distinct clause texts: who shares the query's words.
//!
//! A derived index beside [`crate::index`], with the same ids; it can be deleted at any time. It knows nothing of the
//! store: [`LexicalIndex::reconcile`] is told which ids there are and given their texts. Only this module names tantivy.
//!
//! # What a term is
//!
//! Overlapping pairs of neighbouring Chinese characters (a character that stands alone is a term by itself),
//! lower-cased words of letters, and whole numbers. Texts have gone through
//! [`normalise_for_search`](crate::document::normalise_for_search) before they come here. Nothing is left out as too
//! frequent: going through all postings of a clause's terms takes a millisecond or two among 200,000 texts.
//!
//! # Why not the obvious other way
//!
//! - *A dictionary (jieba)*: it takes 0.4 s to construct, and it cuts the same phrase differently in a query and in a
//!   clause, so that the two do not meet. Pairs of characters always meet, and ranked better here.
//! - *Block-max pruning (tantivy's own top-k)*: it pays for few terms and few results. A clause has thirty terms of
//!   similar weight, hundreds of candidates are asked for, and little can be skipped: adding up term by term took a
//!   fifth of its time among 213,438 texts, and gives equal texts equal scores.
//! - *The 64 rarest terms of a query*: they find another first hundred (98.5 % of it; with 32 terms 86 %), and adding up
//!   does not need it.
//! - *Durability*: none of its own. A crash leaves the index behind or ahead of the store, and comparing ids when it is
//!   opened mends that; a damaged index is made anew.

mod terms;
#[cfg(test)]
mod tests;

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::query::{Bm25StatisticsProvider, Bm25Weight};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{
    DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, Score, Searcher, TERMINATED, TantivyDocument, Term,
};

use self::terms::{TermTokenizer, distinct_terms};
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::index::VectorId;

/// Stands in the index's schema: an index with terms of another making is not used. Raise the number with every change
/// to what a term is.
const TOKENIZER: &str = "clausewise-terms-1";
/// Memory that new texts may take before they are written out.
const WRITER_BYTES: usize = 32 << 20;
/// Segments of similar size that are merged into one. Each costs a search its share of look-ups.
const MERGED_SEGMENTS: usize = 4;
/// Occurrences of terms that one search goes through: a bound on its time (some 4 ms a million) however long the query
/// and however large the index. Among 213,438 texts, the median clause has 135,000 and one in twenty over 400,000.
const MOST_POSTINGS: u64 = 8 << 20;
/// Texts that are read from the store at a time while the index is reconciled …
const BLOCK: usize = 4096;
/// … and blocks after which they are committed: what was done before a crash is not done again.
const COMMITTED_BLOCKS: usize = 32;

/// BM25 candidates over clause texts.
///
/// May be searched and changed at the same time; a search sees everything whose `insert` or `remove` has returned.
pub struct LexicalIndex {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    access: Access,
    /// `None` after a failed change, so that what it had pending does not come with the next one, and when opened for
    /// reading.
    writer: Mutex<Option<IndexWriter>>,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    text: Field,
}

impl LexicalIndex {
    /// Opens the index in `folder`.
    ///
    /// For [`Access::Change`] it is made when it is not there; whatever else is in the folder, a damaged index or
    /// something foreign, is deleted, with a warning in the log, and an empty index made in its place. The caller holds
    /// the data directory's lock. For [`Access::Read`] nothing is changed, and an index that is absent or damaged is
    /// an empty one: searches then live from the vectors alone.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Index`] when it can neither be opened nor made, or another process is changing it.
    pub fn open(folder: &Path, access: Access) -> Result<LexicalIndex> {
        let (schema, fields) = schema();
        let (index, reader) = match (open_existing(folder, &schema, access), access) {
            (Ok(Some(opened)), _) => opened,
            (Ok(None), Access::Read) => in_memory(schema)?,
            (Err(error), Access::Read) => {
                tracing::warn!(%error, "the lexical index is not usable; searches do without it");
                in_memory(schema)?
            }
            (Ok(None), Access::Change) => create(folder, schema)?,
            (Err(error), Access::Change) => {
                tracing::warn!(%error, "the lexical index is not usable and will be built again from the store");
                delete(folder)?;
                create(folder, schema)?
            }
        };
        let opened = LexicalIndex { index, reader, fields, access, writer: Mutex::default() };
        if access == Access::Change {
            *opened.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened.new_writer()?);
        }
        Ok(opened)
    }

    /// Adds texts. An id that is already there keeps its first text (the store never changes one).
    ///
    /// # Errors
    /// [`Error::Index`] when writing fails or the index was opened for reading; nothing was added.
    pub fn insert(&self, texts: &[(VectorId, &str)]) -> Result<()> {
        if texts.is_empty() {
            return Ok(());
        }
        self.change(|writer| {
            let searcher = self.reader.searcher();
            let mut added = HashSet::with_capacity(texts.len());
            for (id, text) in texts {
                if added.insert(*id) && !self.holds(&searcher, *id)? {
                    self.add(writer, *id, text)?;
                }
            }
            Ok(())
        })
    }

    /// Takes texts out; ids that are not there are passed over.
    ///
    /// # Errors
    /// [`Error::Index`] when writing fails or the index was opened for reading; nothing was taken out.
    pub fn remove(&self, ids: &[VectorId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.change(|writer| {
            for id in ids {
                writer.delete_term(Term::from_field_u64(self.fields.id, *id));
            }
            Ok(())
        })
    }

    /// Makes the index hold `stored` and nothing else. `stored` is sorted and without repetition; `read` gives the
    /// texts of some of them, those that are gone left out.
    ///
    /// # Errors
    /// [`Error::Index`] when writing fails or the index was opened for reading; what `read` returns. A part may be
    /// done; the next call does the rest.
    pub fn reconcile(
        &self,
        stored: &[VectorId],
        mut read: impl FnMut(&[VectorId]) -> Result<Vec<(VectorId, String)>>,
    ) -> Result<()> {
        let held = self.ids()?;
        let superfluous: Vec<VectorId> = held.iter().copied().filter(|id| stored.binary_search(id).is_err()).collect();
        let missing: Vec<VectorId> = stored.iter().copied().filter(|id| held.binary_search(id).is_err()).collect();
        if superfluous.is_empty() && missing.is_empty() {
            return Ok(());
        }
        let started = std::time::Instant::now();
        self.remove(&superfluous)?;
        for part in missing.chunks(BLOCK * COMMITTED_BLOCKS) {
            self.change(|writer| {
                for block in part.chunks(BLOCK) {
                    for (id, text) in read(block)? {
                        self.add(writer, id, &text)?;
                    }
                }
                Ok(())
            })?;
        }
        let seconds = started.elapsed().as_secs_f32();
        tracing::info!(added = missing.len(), removed = superfluous.len(), seconds, "lexical index brought up to date");
        Ok(())
    }

    /// The `k` texts with the highest BM25 scores for the query, best first, ties by id; fewer when fewer share a term
    /// with it. A score is above 0 and has no upper end; it means something only beside others of the same query.
    ///
    /// Of a query whose terms occur more often than can be gone through in time, the rarest are looked for.
    ///
    /// # Errors
    /// [`Error::Index`] when the index cannot be read.
    pub fn search(&self, query: &str, k: usize) -> Result<Vec<(VectorId, f32)>> {
        self.search_within(query, k, MOST_POSTINGS)
    }

    /// [`LexicalIndex::search`], going through so many postings.
    fn search_within(&self, query: &str, k: usize, most: u64) -> Result<Vec<(VectorId, f32)>> {
        let searcher = self.reader.searcher();
        let terms = if k == 0 { Vec::new() } else { self.weighted_terms(&searcher, query, most)? };
        let mut best = Best::new(k);
        if terms.is_empty() {
            return Ok(best.into_sorted());
        }
        for segment in searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.text).map_err(failed)?;
            let lengths = segment.fieldnorms_readers().get_field(self.fields.text).map_err(failed)?;
            let lengths = lengths.ok_or_else(|| failed("expected lengths of texts, received none"))?;
            let mut scores: Vec<Score> = vec![0.0; segment.max_doc() as usize];
            for (term, weight) in &terms {
                let postings = inverted.read_block_postings(term, IndexRecordOption::WithFreqs).map_err(failed)?;
                let Some(mut block) = postings else { continue };
                while !block.docs().is_empty() {
                    for (doc, times) in block.docs().iter().zip(block.freqs()) {
                        scores[*doc as usize] += weight.score(lengths.fieldnorm_id(*doc), *times);
                    }
                    block.advance();
                }
            }
            let ids = segment.fast_fields().u64(ID).map_err(failed)?.first_or_default_col(0);
            for (doc, score) in (0..).zip(scores) {
                if best.may_take(score) && segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                    best.take(Scored { score, id: ids.get_val(doc) });
                }
            }
        }
        Ok(best.into_sorted())
    }

    /// Ids of all texts, sorted.
    ///
    /// # Errors
    /// [`Error::Index`] when the index cannot be read.
    pub fn ids(&self) -> Result<Vec<VectorId>> {
        let searcher = self.reader.searcher();
        let mut ids = Vec::with_capacity(self.len());
        for segment in searcher.segment_readers() {
            let column = segment.fast_fields().u64(ID).map_err(failed)?.first_or_default_col(0);
            ids.extend(segment.doc_ids_alive().map(|doc| column.get_val(doc)));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.reader.searcher().num_docs() as usize
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The query's distinct terms with their weights, rarest first, as many as occur in at most so many texts together
    /// (one term at least); terms that no text has do not count.
    fn weighted_terms(&self, searcher: &Searcher, query: &str, most: u64) -> Result<Vec<(Term, Bm25Weight)>> {
        let mut found = Vec::new();
        for term in distinct_terms(query) {
            let term = Term::from_field_text(self.fields.text, &term);
            let texts = searcher.doc_freq(&term).map_err(failed)?;
            if texts > 0 {
                found.push((texts, term));
            }
        }
        found.sort_unstable();
        let mut postings = 0;
        let kept = found.iter().take_while(|(texts, _)| {
            postings += texts;
            postings <= most
        });
        let kept = kept.count().max(1);
        found.truncate(kept);
        let texts = searcher.total_num_docs().map_err(failed)?;
        let length = searcher.total_num_tokens(self.fields.text).map_err(failed)? as Score / texts.max(1) as Score;
        let weight = |occurs| Bm25Weight::for_one_term_without_explain(occurs, texts, length);
        Ok(found.into_iter().map(|(occurs, term)| (term, weight(occurs))).collect())
    }

    fn holds(&self, searcher: &Searcher, id: VectorId) -> Result<bool> {
        let term = Term::from_field_u64(self.fields.id, id);
        for segment in searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.id).map_err(failed)?;
            let Some(mut docs) = inverted.read_postings(&term, IndexRecordOption::Basic).map_err(failed)? else {
                continue;
            };
            while docs.doc() != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(docs.doc())) {
                    return Ok(true);
                }
                docs.advance();
            }
        }
        Ok(false)
    }

    fn add(&self, writer: &IndexWriter, id: VectorId, text: &str) -> Result<()> {
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.id, id);
        document.add_text(self.fields.text, text);
        writer.add_document(document).map_err(failed)?;
        Ok(())
    }

    /// Makes a change and commits it: when this returns, searches see it.
    fn change(&self, make: impl FnOnce(&IndexWriter) -> Result<()>) -> Result<()> {
        if self.access == Access::Read {
            return Err(Error::Index(
                "expected a lexical index opened for changes, received one for reading".to_owned(),
            ));
        }
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out for the time of the change: after an error or a panic there is no writer with half a change in it.
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.new_writer()?,
        };
        make(&writer)?;
        writer.commit().map_err(failed)?;
        self.reader.reload().map_err(failed)?;
        *slot = Some(writer);
        Ok(())
    }

    fn new_writer(&self) -> Result<IndexWriter> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .num_merge_threads(1)
            .build();
        let writer = self.index.writer_with_options(options).map_err(failed)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_num_segments(MERGED_SEGMENTS);
        writer.set_merge_policy(Box::new(merging));
        Ok(writer)
    }
}

const ID: &str = "id";

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // Indexed for removal, fast for reading it from what was found.
    let id = schema.add_u64_field(ID, INDEXED | FAST);
    let indexing = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(IndexRecordOption::WithFreqs);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    (schema.build(), Fields { id, text })
}

/// Opens what is in the folder; `None` when there is nothing.
fn open_existing(folder: &Path, schema: &Schema, access: Access) -> Result<Option<(Index, IndexReader)>> {
    if !folder.exists() || (folder.is_dir() && is_empty(folder)?) {
        return Ok(None);
    }
    let open = || -> Result<(Index, IndexReader)> {
        let index = Index::open_in_dir(folder).map_err(failed)?;
        if index.schema() != *schema {
            return Err(Error::Index(format!(
                "{}: expected a lexical index with {TOKENIZER}, received one with another schema",
                folder.display()
            )));
        }
        // Before anything is read from the files: tantivy takes what they say on trust.
        let damaged = index.validate_checksum().map_err(failed)?;
        if !damaged.is_empty() {
            return Err(Error::Index(format!(
                "{}: expected files as they were written, received damage in {damaged:?}",
                folder.display()
            )));
        }
        with_reader(index)
    };
    let mut opened = open();
    if access == Access::Read && opened.is_err() {
        // The process that changes the index may just have replaced the files that were about to be read.
        opened = open();
    }
    opened.map(Some)
}

fn is_empty(folder: &Path) -> Result<bool> {
    Ok(std::fs::read_dir(folder).map_err(Error::io(folder))?.next().is_none())
}

fn create(folder: &Path, schema: Schema) -> Result<(Index, IndexReader)> {
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    with_reader(Index::create_in_dir(folder, schema).map_err(failed)?)
}

fn in_memory(schema: Schema) -> Result<(Index, IndexReader)> {
    with_reader(Index::create_in_ram(schema))
}

fn delete(folder: &Path) -> Result<()> {
    let deleted = if folder.is_dir() { std::fs::remove_dir_all(folder) } else { std::fs::remove_file(folder) };
    deleted.map_err(Error::io(folder))
}

fn with_reader(index: Index) -> Result<(Index, IndexReader)> {
    index.tokenizers().register(TOKENIZER, TermTokenizer);
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
    Ok((index, reader))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Index(format!("lexical: {error}"))
}

/// The best texts so far.
struct Best {
    k: usize,
    /// The worst on top.
    heap: BinaryHeap<Reverse<Scored>>,
    /// What a score has to reach: ties with the worst are taken, since the smaller id wins.
    least: Score,
}

impl Best {
    fn new(k: usize) -> Best {
        Best { k, heap: BinaryHeap::new(), least: Score::MIN_POSITIVE }
    }

    fn may_take(&self, score: Score) -> bool {
        score >= self.least
    }

    fn take(&mut self, found: Scored) {
        self.heap.push(Reverse(found));
        if self.heap.len() > self.k {
            self.heap.pop();
        }
        if self.heap.len() == self.k
            && let Some(Reverse(worst)) = self.heap.peek()
        {
            self.least = worst.score;
        }
    }

    fn into_sorted(self) -> Vec<(VectorId, f32)> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(found)| (found.id, found.score)).collect()
    }
}

/// A text and its score; the better one is the greater.
#[derive(PartialEq)]
struct Scored {
    score: Score,
    id: VectorId,
}

impl Eq for Scored {}

impl Ord for Scored {
    fn cmp(&self, other: &Scored) -> Ordering {
        self.score.total_cmp(&other.score).then(other.id.cmp(&self.id))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Scored) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
