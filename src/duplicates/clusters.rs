//! Clusters from the pairs that are kept.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxHashMap;

use super::edges::{Covered, FormKey};
use super::linkage::{Edge, Linkage};
use super::representative::{Candidate, Rule, choose};
use super::{DEFAULT_THRESHOLD, Duplicates, FLOOR, SAME_WORDING, State};
use crate::difference::{differences, edits};
use crate::error::{Error, Result};
use crate::index::VectorId;
use crate::search::{Relation, Wording};
use crate::store::{ArticleRow, ClauseRow, DocumentKey, DocumentRow, Place, Store};

/// Which clusters are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Least score of any two clauses of a cluster, in [[`FLOOR`], 1].
    pub threshold: f32,
    /// Whether clusters of clauses of one document alone are wanted, too.
    pub within: bool,
    /// Only clusters with a clause of this document.
    pub document: Option<String>,
    /// Least clauses of a cluster, at least 2.
    pub min_size: usize,
    /// Clusters to pass over, in the order of size.
    pub offset: usize,
    /// Most clusters, 1 to [`Request::MOST`].
    pub limit: usize,
    /// Most clauses that are listed of a cluster beside its representative, at most [`Request::MOST`].
    pub members: usize,
}

impl Request {
    /// Most clusters of an answer, and most clauses listed of one.
    pub const MOST: usize = 1000;

    /// # Errors
    /// [`Error::Invalid`] for what is out of range.
    pub fn check(&self) -> Result<()> {
        let most = Request::MOST;
        let range = |field: &str, least: usize, value: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::invalid(field, format!("{least} to {most}"), value.to_string()))
        };
        if !(FLOOR..=1.0).contains(&self.threshold) {
            return Err(Error::invalid("threshold", format!("{FLOOR} to 1"), self.threshold.to_string()));
        }
        if self.min_size < 2 {
            return Err(Error::invalid("min_size", "2 or more", self.min_size.to_string()));
        }
        range("limit", 1, self.limit)?;
        range("members", 0, self.members)
    }
}

impl Default for Request {
    fn default() -> Request {
        Request {
            threshold: DEFAULT_THRESHOLD,
            within: false,
            document: None,
            min_size: 2,
            offset: 0,
            limit: 20,
            members: 20,
        }
    }
}

/// A part of the clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Largest first.
    pub clusters: Vec<DuplicateCluster>,
    /// How many there are.
    pub total: usize,
    /// How many clauses all of them have.
    pub clauses: usize,
    /// Whether they are of the documents that are stored now.
    pub state: State,
}

/// Clauses that are near-duplicates of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicateCluster {
    /// Clauses, the representative included.
    pub size: usize,
    /// Documents that they stand in.
    pub documents: usize,
    /// Different texts that they have.
    pub texts: usize,
    /// Lowest score of any two of them.
    pub lowest_score: f32,
    /// The clause that stands for them.
    pub representative: Member,
    /// What decided that.
    pub rule: Rule,
    /// The others, most alike to the representative first; no more than asked for.
    pub members: Vec<Member>,
}

/// A clause of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The clause.
    pub clause: ClauseRow,
    /// Its article.
    pub article: ArticleRow,
    /// Its document.
    pub document: DocumentRow,
    /// Score with the representative, in [threshold, 1]; 1 for wordings that differ in places, numbers and punctuation
    /// alone.
    pub score: f32,
    /// The same in a word: verbatim or edited.
    pub relation: Relation,
    /// How its wording differs from the representative's, which is on the left; none where it does not.
    pub difference: Option<Wording>,
}

/// What clusters are made from, of one state of store and edges.
pub(super) struct Linked {
    generation: i64,
    documents: Vec<DocumentKey>,
    /// In the order of their names: by what they say.
    forms: Vec<FormOfText>,
    linkage: Linkage,
}

/// A form: where it stands, and what it scores with others.
#[derive(Default)]
struct FormOfText {
    places: Vec<Place>,
    /// Forms by place among the forms, ascending, with their score.
    neighbours: Vec<(u32, f32)>,
}

impl Linked {
    pub(super) fn new(covered: Covered, documents: Vec<DocumentKey>, store: &Store) -> Result<Linked> {
        let of_text: FxHashMap<VectorId, FormKey> = covered.texts.into_iter().collect();
        let mut places: FxHashMap<FormKey, Vec<Place>> = FxHashMap::default();
        store.each_place(|place| {
            if let Some(form) = of_text.get(&place.text_id) {
                places.entry(*form).or_default().push(place);
            }
        })?;
        // Of forms that are not there any more nothing is left that could keep clusters apart.
        let mut keys: Vec<FormKey> = places.keys().copied().collect();
        keys.sort_unstable();
        let number = |form: FormKey| keys.binary_search(&form).ok().map(|at| at as u32);
        let edge = |(a, b, score)| Some(Edge { left: number(a)?, right: number(b)?, score });
        let edges: Vec<Edge> = covered.pairs.into_iter().filter_map(edge).collect();
        let mut forms: Vec<FormOfText> = keys
            .iter()
            .map(|key| FormOfText { places: places.remove(key).unwrap_or_default(), neighbours: Vec::new() })
            .collect();
        for Edge { left, right, score } in &edges {
            for (of, other) in [(left, right), (right, left)] {
                if let Some(form) = forms.get_mut(*of as usize) {
                    form.neighbours.push((*other, *score));
                }
            }
        }
        forms.iter_mut().for_each(|form| form.neighbours.sort_unstable_by_key(|(other, _)| *other));
        let linkage = Linkage::new(forms.len(), edges);
        Ok(Linked { generation: covered.generation, documents, forms, linkage })
    }

    /// Whether it is of this state.
    pub(super) fn is_of(&self, generation: i64, documents: &[DocumentKey]) -> bool {
        self.generation == generation && self.documents == documents
    }

    /// The clusters that are wanted, largest first.
    fn clusters(&self, request: &Request, document: Option<DocumentKey>) -> Vec<Cluster> {
        let mut clusters = self.linkage.cut(request.threshold);
        let mut alone: Vec<bool> = vec![true; self.forms.len()];
        for form in clusters.iter().flat_map(|(forms, _)| forms) {
            if let Some(alone) = alone.get_mut(*form as usize) {
                *alone = false;
            }
        }
        // A wording that several clauses have is a cluster, too.
        let several = |(at, form): (usize, &FormOfText)| form.places.len() > 1 && alone.get(at) == Some(&true);
        let exact = self.forms.iter().enumerate().filter(|it| several(*it)).map(|(at, _)| (vec![at as u32], 1.0));
        clusters.extend(exact);
        let mut wanted: Vec<Cluster> = clusters
            .into_iter()
            .map(|(forms, lowest_score)| Cluster { size: self.places(&forms).count(), forms, lowest_score })
            .filter(|cluster| {
                let places = || self.places(&cluster.forms);
                let first = places().next().map(|place| place.document);
                cluster.size >= request.min_size
                    && (request.within || places().any(|place| Some(place.document) != first))
                    && document.is_none_or(|document| places().any(|place| place.document == document))
            })
            .collect();
        wanted.sort_unstable_by(|a, b| b.size.cmp(&a.size).then_with(|| a.forms.cmp(&b.forms)));
        wanted
    }

    fn places(&self, forms: &[u32]) -> impl Iterator<Item = &Place> {
        forms.iter().filter_map(|form| self.forms.get(*form as usize)).flat_map(|form| &form.places)
    }

    /// Score of two forms of a cluster.
    fn score(&self, form: u32, other: u32) -> f32 {
        if form == other {
            return 1.0;
        }
        let neighbours = self.forms.get(form as usize).map(|form| form.neighbours.as_slice()).unwrap_or_default();
        let at = neighbours.binary_search_by_key(&other, |(neighbour, _)| *neighbour);
        at.ok().and_then(|at| neighbours.get(at)).map_or(0.0, |(_, score)| *score)
    }

    /// How near each form of a cluster is to all its clauses, itself included.
    fn centralities(&self, cluster: &Cluster) -> HashMap<u32, f32> {
        let clauses = |form: u32| self.forms.get(form as usize).map_or(0, |form| form.places.len()) as f32;
        let mean = |form: &u32| {
            let sum: f32 = cluster.forms.iter().map(|other| self.score(*form, *other) * clauses(*other)).sum();
            (*form, sum / (cluster.size as f32).max(1.0))
        };
        cluster.forms.iter().map(mean).collect()
    }
}

/// A cluster without its details.
struct Cluster {
    /// By place among the forms, ascending.
    forms: Vec<u32>,
    /// Clauses.
    size: usize,
    lowest_score: f32,
}

impl Duplicates {
    /// The clusters of what was compared, without what is gone since.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is out of range; [`Error::NotFound`] for a document that is not there;
    /// [`Error::Store`].
    pub fn clusters(&self, store: &Store, request: &Request) -> Result<Clusters> {
        request.check()?;
        let document = match &request.document {
            Some(id) => Some(store.document_key(id)?),
            None => None,
        };
        let state = self.state(store)?;
        let Some(linked) = self.linked(store)? else {
            return Ok(Clusters { clusters: Vec::new(), total: 0, clauses: 0, state });
        };
        let all = linked.clusters(request, document);
        let (total, clauses) = (all.len(), all.iter().map(|cluster| cluster.size).sum());
        let page: Vec<Cluster> = all.into_iter().skip(request.offset).take(request.limit).collect();
        let places = page.iter().flat_map(|cluster| linked.places(&cluster.forms));
        let documents = store.document_rows(places.map(|place| place.document))?;
        let mut clusters = Vec::with_capacity(page.len());
        for cluster in &page {
            clusters.extend(details(&linked, cluster, &documents, store, request.members)?);
        }
        Ok(Clusters { clusters, total, clauses, state })
    }
}

/// A cluster with its representative and members; `None` when they are gone meanwhile.
fn details(
    linked: &Linked,
    cluster: &Cluster,
    documents: &HashMap<DocumentKey, DocumentRow>,
    store: &Store,
    members: usize,
) -> Result<Option<DuplicateCluster>> {
    let centralities = linked.centralities(cluster);
    let mut clauses: Vec<(u32, &Place, &DocumentRow)> = Vec::with_capacity(cluster.size);
    for form in &cluster.forms {
        for place in linked.places(std::slice::from_ref(form)) {
            clauses.extend(documents.get(&place.document).map(|document| (*form, place, document)));
        }
    }
    let candidates: Vec<Candidate<'_>> = clauses
        .iter()
        .map(|(form, place, document)| Candidate {
            level: document.metadata.level,
            validity: document.metadata.validity,
            date: document.metadata.date.as_deref(),
            centrality: centralities.get(form).copied().unwrap_or(0.0),
            document_id: &document.document_id,
            ordinal: place.ordinal,
        })
        .collect();
    let Some((chosen, rule)) = choose(&candidates) else { return Ok(None) };
    let (size, texts) =
        (clauses.len(), clauses.iter().map(|(_, place, _)| place.text_id).collect::<HashSet<_>>().len());
    let of_documents = clauses.iter().map(|(_, place, _)| place.document).collect::<HashSet<_>>().len();
    let (chosen_form, chosen_place, _) = clauses.swap_remove(chosen);
    let mut others: Vec<(f32, &Place, &DocumentRow)> =
        clauses.into_iter().map(|(form, place, document)| (linked.score(chosen_form, form), place, document)).collect();
    others.sort_unstable_by(|(a, at_a, of_a), (b, at_b, of_b)| {
        b.total_cmp(a).then_with(|| (&of_a.document_id, at_a.ordinal).cmp(&(&of_b.document_id, at_b.ordinal)))
    });
    let rows = |place: &Place| -> Result<_> { Ok(store.clauses(&[(place.document, place.ordinal)])?.pop()) };
    let Some((clause, article, document)) = rows(chosen_place)? else { return Ok(None) };
    let representative =
        Member { clause, article, document, score: 1.0, relation: Relation::Verbatim, difference: None };
    let mut listed = Vec::with_capacity(others.len().min(members));
    for (score, place, _) in others.into_iter().take(members) {
        let Some((clause, article, document)) = rows(place)? else { continue };
        let relation = if score >= SAME_WORDING { Relation::Verbatim } else { Relation::Edited };
        let (left, right) = (&representative.clause.text, &clause.text);
        let difference =
            (left != right).then(|| Wording { edits: edits(left, right), measures: differences(left, right) });
        listed.push(Member { clause, article, document, score, relation, difference });
    }
    Ok(Some(DuplicateCluster {
        size,
        documents: of_documents,
        texts,
        lowest_score: cluster.lowest_score,
        representative,
        rule,
        members: listed,
    }))
}
