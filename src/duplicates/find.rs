//! A run: compares the texts that were not compared before with all others, a block of forms at a time.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::edges::{Edges, FormKey};
use super::join::{Corpus, Index, Met, Pair};
use super::{Duplicates, FLOOR_THOUSANDTHS};
use crate::difference::fold;
use crate::document::normalise_for_search;
use crate::error::Result;
use crate::index::VectorId;
use crate::store::{DocumentKey, Store};
use crate::tasks::step_back;

/// Forms of a block, which is one transaction. What a kill costs is the block at hand, a fraction of a second.
const BLOCK: usize = 1024;
/// Forms that a thread takes at once.
const SHARE: usize = 32;

/// How much of the machine a run takes.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Threads that compare.
    pub workers: std::num::NonZeroUsize,
    /// Whether they give way to everything else that the machine has to do.
    pub background: bool,
}

/// How far a run is, in distinct wordings: texts that differ in places, numbers and punctuation alone are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Compared, by earlier runs as well.
    pub done: usize,
    /// To be compared in all.
    pub total: usize,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Distinct texts that it compared with all others; those of earlier runs are not among them. 0 when it was stopped.
    pub compared: usize,
    /// Pairs of wordings that are kept, with those of earlier runs.
    pub pairs: usize,
    /// Whether it was stopped before its end. The next run goes on from there.
    pub stopped: bool,
}

/// A form with the texts that have it.
struct Form {
    key: FormKey,
    letters: Vec<char>,
    /// Whether none of its texts was compared before.
    fresh: bool,
}

/// The clauses of the store at one instant.
#[derive(Default)]
struct Snapshot {
    documents: Vec<DocumentKey>,
    forms: FxHashMap<VectorId, (FormKey, Vec<char>)>,
}

impl Snapshot {
    fn of(store: &Store) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        store.each_clause(|place, text| {
            if snapshot.documents.last() != Some(&place.document) {
                snapshot.documents.push(place.document);
            }
            snapshot.forms.entry(place.text_id).or_insert_with(|| {
                let letters = fold(&normalise_for_search(text));
                (key(&letters), letters)
            });
            Ok(())
        })?;
        Ok(snapshot)
    }
}

fn key(letters: &[char]) -> FormKey {
    let text: String = letters.iter().collect();
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    FormKey::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Duplicates {
    /// Compares all texts of the store that were not compared yet with all others, and lets go of what concerns texts
    /// that are gone. `report` is told how far it is; when it breaks, the run stops, and the next one goes on from there.
    /// The caller holds the data directory's lock.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store), [`Error::Io`](crate::Error::Io). What was reported is kept.
    pub fn find(
        &self,
        store: &Store,
        effort: Effort,
        mut report: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Found> {
        let _one_at_a_time = self.finding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut edges = Edges::open(&self.folder)?;
        let mut compared = 0;
        loop {
            let snapshot = Snapshot::of(store)?;
            edges.prune(|id| snapshot.forms.contains_key(&id))?;
            let documents = snapshot.documents.clone();
            let resumed = edges.position()?.is_some();
            if !resumed {
                let known = edges.texts()?;
                let new = snapshot.forms.iter().filter(|(id, _)| !known.contains_key(id));
                let new: Vec<(VectorId, FormKey)> = new.map(|(id, (form, _))| (*id, *form)).collect();
                if new.is_empty() {
                    edges.cover(&documents)?;
                    return Ok(Found { compared, pairs: edges.pairs()?, stopped: false });
                }
                edges.begin(&new)?;
            }
            compared += edges.texts()?.values().filter(|(_, covered)| !covered).count();
            if run(&mut edges, snapshot, effort, &mut report)?.is_break() {
                return Ok(Found { compared: 0, pairs: edges.pairs()?, stopped: true });
            }
            // One that was begun earlier may lack what came since; another round finds out.
            if !resumed {
                edges.cover(&documents)?;
                if store.document_keys()? == documents {
                    return Ok(Found { compared, pairs: edges.pairs()?, stopped: false });
                }
            }
        }
    }
}

/// Does what is left of the run that is under way.
fn run(
    edges: &mut Edges,
    snapshot: Snapshot,
    effort: Effort,
    report: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let forms = forms(edges, snapshot)?;
    let corpus = Corpus::new(forms.iter().map(|form| form.letters.as_slice()), FLOOR_THOUSANDTHS);
    let all = corpus.index(|_| true);
    let fresh = corpus.index(|place| forms.get(place).is_some_and(|form| form.fresh));
    let position: Vec<char> = edges.position()?.unwrap_or_default().chars().collect();
    let mut done = match position.is_empty() {
        true => 0,
        false => forms.partition_point(|form| order(&form.letters) <= order(&position)),
    };
    if report(Progress { done, total: forms.len() }).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    while done < forms.len() {
        let block = done..(done + BLOCK).min(forms.len());
        let index = |place: usize| if forms.get(place).is_some_and(|form| form.fresh) { &all } else { &fresh };
        let found = pairs(&corpus, block.clone(), index, effort);
        let name = |place: usize| forms.get(place).map_or(0, |form| form.key);
        let found: Vec<_> = found.iter().map(|pair| (name(pair.left), name(pair.right), pair.score)).collect();
        let last: String = forms.get(block.end - 1).map(|form| form.letters.iter().collect()).unwrap_or_default();
        edges.put(&found, &last)?;
        done = block.end;
        if report(Progress { done, total: forms.len() }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    edges.end()?;
    Ok(ControlFlow::Continue(()))
}

/// The forms that the run is about, in an order that is the same whenever it goes on.
fn forms(edges: &Edges, mut snapshot: Snapshot) -> Result<Vec<Form>> {
    let mut covered: FxHashSet<FormKey> = FxHashSet::default();
    let mut forms: FxHashMap<FormKey, Vec<char>> = FxHashMap::default();
    // Texts that came since the run began are left to the next one.
    for (id, (form, is_covered)) in edges.texts()? {
        if let Some((_, letters)) = snapshot.forms.remove(&id) {
            forms.insert(form, letters);
            if is_covered {
                covered.insert(form);
            }
        }
    }
    let mut forms: Vec<Form> =
        forms.into_iter().map(|(key, letters)| Form { key, letters, fresh: !covered.contains(&key) }).collect();
    forms.sort_unstable_by(|a, b| order(&a.letters).cmp(&order(&b.letters)));
    Ok(forms)
}

fn order(letters: &[char]) -> (usize, &[char]) {
    (letters.len(), letters)
}

/// The pairs of a block, in no order.
fn pairs<'a>(
    corpus: &Corpus,
    block: Range<usize>,
    index: impl Fn(usize) -> &'a Index + Sync,
    effort: Effort,
) -> Vec<Pair> {
    let next = AtomicUsize::new(block.start);
    let all = Mutex::new(Vec::new());
    let work = || {
        if effort.background {
            step_back();
        }
        let (mut met, mut found) = (Met::default(), Vec::new());
        loop {
            let from = next.fetch_add(SHARE, Ordering::Relaxed);
            if from >= block.end {
                break;
            }
            for place in from..(from + SHARE).min(block.end) {
                corpus.join(place, index(place), &mut met, &mut found);
            }
        }
        all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut found);
    };
    // Threads of its own, so that the caller's keeps its priority.
    std::thread::scope(|scope| (0..effort.workers.get()).for_each(|_| drop(scope.spawn(work))));
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}
