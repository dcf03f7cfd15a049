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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::super::edges::Reader;
    use super::super::{Clusters, FLOOR, Request};
    use super::*;
    use crate::document::{self, Metadata};
    use crate::embed::{Embedding, TextVectors, TokenCodes};
    use crate::store::{Prepared, text_digest};

    const ONE: Effort = Effort { workers: std::num::NonZeroUsize::MIN, background: false };
    const SAMPLES: [&str; 5] = ["huairen-2023", "neimenggu-2023", "taian-2018", "xianning-2016", "zaozhuang-2024"];

    /// The sample documents, and one of them in other words.
    fn samples() -> Vec<(String, String)> {
        let sample = |name: &str| {
            let text = std::fs::read_to_string(format!("{}/corpus/{name}.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
            (name.to_owned(), text)
        };
        let mut documents: Vec<_> = SAMPLES.map(sample).into();
        let edited = documents[2].1.replace("质量", "品质").replace("建设", "打造").replace("推进", "促进");
        documents.push(("edited".to_owned(), edited));
        documents
    }

    /// Stores documents in this order, with vectors that nobody looks at, and compares their clauses.
    fn compared(documents: &[(String, String)]) -> (tempfile::TempDir, Store, Duplicates) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "no model", 3).unwrap();
        let tokens = TokenCodes { ids: vec![1], levels: vec![1, 2], scales: vec![half::f16::from_f32(0.5)] };
        let vectors = TextVectors { embedding: Embedding::normalised(vec![1.0, 2.0, 3.0]).unwrap(), tokens };
        for (id, text) in documents {
            let document = document::parse(text);
            let clause_texts: Vec<_> =
                document.clauses.iter().map(|clause| text_digest(&normalise_for_search(&clause.text))).collect();
            let vectors: HashMap<_, _> = clause_texts.iter().map(|digest| (*digest, vectors.clone())).collect();
            let prepared = Prepared {
                document_id: id.clone(),
                source: None,
                digest: text_digest(&document.text),
                given: Metadata::default(),
                document,
                clause_texts,
            };
            store.put(&[prepared], &vectors).unwrap();
        }
        let duplicates = Duplicates::new(folder.path());
        duplicates.find(&store, ONE, |_| ControlFlow::Continue(())).unwrap();
        (folder, store, duplicates)
    }

    /// The definition: twice the pairs of neighbouring characters that two forms have in common, over all they have.
    fn score(left: &[(char, char)], right: &[(char, char)]) -> f32 {
        let (mut i, mut j, mut common) = (0, 0, 0);
        while i < left.len() && j < right.len() {
            common += u32::from(left[i] == right[j]);
            let (a, b) = (left[i], right[j]);
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        2.0 * common as f32 / (left.len() + right.len()).max(1) as f32
    }

    #[test]
    fn of_the_sample_documents_every_pair_of_wordings_is_found_that_a_comparison_of_all_with_all_finds() {
        let documents = samples();
        let (folder, ..) = compared(&documents);
        let mut forms: BTreeMap<FormKey, Vec<(char, char)>> = BTreeMap::new();
        for clause in documents.iter().flat_map(|(_, text)| document::parse(text).clauses) {
            let letters = fold(&normalise_for_search(&clause.text));
            let mut pairs: Vec<_> = letters.windows(2).map(|pair| (pair[0], pair[1])).collect();
            pairs.sort_unstable();
            forms.insert(key(&letters), pairs);
        }
        let forms: Vec<_> = forms.into_iter().collect();
        let mut truth = Vec::new();
        for (at, (left, left_pairs)) in forms.iter().enumerate() {
            for (right, right_pairs) in &forms[at + 1..] {
                let score = score(left_pairs, right_pairs);
                if score >= FLOOR {
                    truth.push((*left, *right, score));
                }
            }
        }
        let mut found = Reader::open(folder.path()).unwrap().unwrap().covered().unwrap().pairs;
        found.sort_by_key(|(left, right, _)| (*left, *right));
        assert_eq!(found, truth);
        for (threshold, least) in [(0.6, 100), (0.7, 60), (0.8, 30), (0.9, 10)] {
            let pairs = truth.iter().filter(|(.., score)| *score >= threshold).count();
            assert!(pairs >= least, "{pairs} pairs at {threshold} prove little");
        }
    }

    #[test]
    fn clusters_of_the_sample_documents_are_the_same_in_whatever_order_they_came() {
        let mut documents = samples();
        let clusters = |documents: &[(String, String)]| -> Vec<_> {
            let (_folder, store, duplicates) = compared(documents);
            let of = |threshold| {
                let request = Request { threshold, within: true, limit: 1000, members: 1000, ..Request::default() };
                let Clusters { clusters, .. } = duplicates.clusters(&store, &request).unwrap();
                let id = |member: &super::super::Member| {
                    (member.document.document_id.clone(), member.clause.place.ordinal, member.score)
                };
                let told = clusters.iter().map(|cluster| {
                    let members: Vec<_> = cluster.members.iter().map(id).collect();
                    (id(&cluster.representative), cluster.rule, cluster.lowest_score, members)
                });
                told.collect::<Vec<_>>()
            };
            [0.6, 0.8, 0.9].map(of).into()
        };
        let first = clusters(&documents);
        documents.reverse();
        assert_eq!(clusters(&documents), first);
        documents.rotate_left(2);
        assert_eq!(clusters(&documents), first);
        assert!(
            first.iter().all(|clusters| clusters.len() > 30),
            "{:?}",
            first.iter().map(Vec::len).collect::<Vec<_>>()
        );
    }
}
