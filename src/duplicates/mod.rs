//! Near-duplicate clauses over the whole corpus: which clauses are copies of each other, and which of them stands for
//! the rest.
//!
//! ```text
//! clause text -> form -> pairs of forms that score enough -> unions -> clusters, each with a representative
//!                fold    join                                linkage   clusters, representative
//!                        edges (kept, a block at a time: find)
//! ```
//!
//! Two clauses are near-duplicates by their wording alone: the *score* of two texts is the Dice coefficient, in [0, 1],
//! of their pairs of neighbouring characters, after what tells one place from another was folded
//! (`difference/fold.rs`: place names, numbers, dates, references to articles, 本条例 and 本办法, punctuation). It is what
//! [`Common::overlap`](crate::search::Common::overlap) is for hits, on folded texts. No model has a part in it: texts
//! need not be encoded, another model changes nothing, and the cosine would not help: among some 220 pairs that were
//! read, the wrong ones are short clauses that share a formula and differ in the word that counts
//! (公民应当遵守旅游文明行为规范, …社区…), which are near each other in meaning, too.
//!
//! Pairs that score at least [`FLOOR`] are kept, so that another threshold needs no other run. They stay valid as long as
//! their texts are there: a run compares only texts that came since the last one.
//!
//! Clusters are by complete linkage: any two clauses of a cluster score at least the threshold. They depend on what
//! texts say and not on the order in which documents came.

mod clusters;
mod edges;
mod find;
mod join;
mod linkage;
mod representative;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::clusters::Linked;
pub use self::clusters::{Clusters, DuplicateCluster, Member, Request};
use self::edges::Reader;
pub use self::find::{Effort, Found, Progress};
pub use self::representative::Rule;
use crate::error::{Error, Result};
use crate::search::Relation;
use crate::store::Store;

/// The same as [`FLOOR`], in thousandths.
const FLOOR_THOUSANDTHS: usize = 600;
/// Least score of pairs that are kept, and so the least threshold.
pub const FLOOR: f32 = FLOOR_THOUSANDTHS as f32 / 1000.0;
/// The threshold unless another one is asked for. Of pairs of regulations that were read a person would put together 41
/// of 57 that score from here to 0.85, and 49 of 50 above that; of 25 from 0.75 to here 20. What is wrong is mostly short
/// and differs in the one word that counts.
pub const DEFAULT_THRESHOLD: f32 = 0.8;

/// The threshold that is asked for as a number, or as the relation that clauses above it have; without either
/// [`DEFAULT_THRESHOLD`].
///
/// # Errors
/// [`Error::Invalid`] where both are given, and for relations other than verbatim and edited, which are not about
/// wording.
pub fn threshold(threshold: Option<f32>, relation: Option<Relation>) -> Result<f32> {
    match (threshold, relation) {
        (threshold, None) => Ok(threshold.unwrap_or(DEFAULT_THRESHOLD)),
        (None, Some(Relation::Verbatim)) => Ok(SAME_WORDING),
        (None, Some(Relation::Edited)) => Ok(Relation::EDITED_OVERLAP),
        (None, Some(_)) => Err(Error::invalid("relation", "verbatim or edited", "another one")),
        (Some(threshold), Some(_)) => {
            Err(Error::invalid("threshold", "a threshold or a relation", format!("both a relation and {threshold}")))
        }
    }
}

/// The score of texts of the same wording, whose forms are equal; others come near to it at the most.
const SAME_WORDING: f32 = 1.0;

/// How what was compared compares to what is stored now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whether a run has ever ended.
    pub compared: bool,
    /// Documents that came since the last run began; their clauses are in clusters only where other documents have the
    /// same text.
    pub documents_added: usize,
    /// Documents that went since. Their clauses are in no cluster.
    pub documents_removed: usize,
}

impl State {
    /// Whether another run would find nothing new.
    pub fn is_current(&self) -> bool {
        self.compared && self.documents_added == 0 && self.documents_removed == 0
    }
}

/// The near-duplicates of one data directory.
pub struct Duplicates {
    folder: PathBuf,
    /// Held by the run that is under way.
    finding: Mutex<()>,
    /// What clusters were made from last; made anew when what is covered or stored has changed.
    linked: Mutex<Option<Arc<Linked>>>,
}

impl Duplicates {
    /// Those of a data directory. Nothing is opened before it is asked for.
    pub fn new(folder: &Path) -> Duplicates {
        Duplicates { folder: folder.to_owned(), finding: Mutex::default(), linked: Mutex::default() }
    }

    /// How what was compared compares to what is stored now.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn state(&self, store: &Store) -> Result<State> {
        let covered = match Reader::open(&self.folder)? {
            Some(reader) => Some(reader.documents()?),
            None => None,
        };
        let (compared, covered) = (covered.is_some(), covered.unwrap_or_default());
        let stored = store.document_keys()?;
        let missing = |of: &[i64], from: &[i64]| of.iter().filter(|key| from.binary_search(key).is_err()).count();
        Ok(State {
            compared,
            documents_added: missing(&stored, &covered),
            documents_removed: missing(&covered, &stored),
        })
    }

    /// What clusters are made from, of the state that is covered and stored now; `None` when no run has ended yet.
    fn linked(&self, store: &Store) -> Result<Option<Arc<Linked>>> {
        let Some(mut reader) = Reader::open(&self.folder)? else { return Ok(None) };
        // Held while it is made: who else asks meanwhile would only make it once more.
        let mut kept = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        let (generation, documents) = (reader.generation()?, store.document_keys()?);
        if let Some(linked) = kept.as_ref().filter(|linked| linked.is_of(generation, &documents)) {
            return Ok(Some(linked.clone()));
        }
        let linked = Arc::new(Linked::new(reader.covered()?, documents, store)?);
        *kept = Some(linked.clone());
        Ok(Some(linked))
    }
}
