//! From the query's neighbors, and texts that share its words, to places in documents.

use std::collections::{HashMap, HashSet};

use super::late::background;
use super::request::{Formulas, Prepared};
use super::{GroupBy, LateInteraction, Scored};
use crate::difference::{boilerplate, is_boilerplate};
use crate::embed::Embedding;
use crate::engine::Engine;
use crate::error::Result;
use crate::index::{Filter, VectorId};
use crate::store::{DocumentKey, Place};

/// Up to so many clauses in scope, all of them are scanned: that costs less than walking the graph for candidates
/// most of which are out of scope, and it is exact.
const NARROW: usize = 20_000;
/// Nearest texts that late interaction ranks, at the least, and texts that share words.
const DEPTH: usize = 400;
/// Candidates beyond the limit in the first round; own-document exclusion rarely takes more.
const OVERFETCH: usize = 40;
/// From so many documents on, a clause that many of them have is a formula.
const MANY_DOCUMENTS: usize = 50;
/// When so many candidates did not fill the answer, the scope is scanned.
const MOST_CANDIDATES: usize = 2_000;

impl Engine {
    /// The best clauses in scope, as many as the request wants, ordered.
    pub(super) fn best_clauses(&self, prepared: &Prepared<'_>) -> Result<Vec<Scored>> {
        let wanted = prepared.request.limit * prepared.request.group_by.map_or(1, |_| prepared.request.group_size);
        let mut known: HashMap<VectorId, LateInteraction> = HashMap::new();
        self.widening(prepared, DEPTH.max(wanted + OVERFETCH), |places| {
            let mut new: Vec<VectorId> =
                places.iter().map(|(place, _)| place.text_id).filter(|id| !known.contains_key(id)).collect();
            new.sort_unstable();
            new.dedup();
            known.extend(self.interact(prepared, &new)?);
            let mut texts: Vec<VectorId> = places.iter().map(|(place, _)| place.text_id).collect();
            texts.sort_unstable();
            texts.dedup();
            let background = background(texts.iter().filter_map(|id| Some(known.get(id)?.forward)));
            let formulas = self.formulas(prepared, places, |id| known.get(&id).map(LateInteraction::score))?;
            let scored = places
                .iter()
                .filter_map(|(place, similarity)| {
                    let late = *known.get(&place.text_id)?;
                    let below = formulas.contains(&place.text_id);
                    if below && prepared.request.formulas == Formulas::Omit {
                        return None;
                    }
                    let (document, ordinal) = (place.document, place.ordinal);
                    Some(Scored { document, ordinal, similarity: *similarity, late, background, below })
                })
                .collect();
            self.select(prepared, scored)
        })
    }

    /// Those of the best candidates that are formula clauses, by their shape or because a good part of all documents
    /// has them; none where they are ranked as any other, or the query is one itself.
    fn formulas(
        &self,
        prepared: &Prepared<'_>,
        places: &[(Place, f32)],
        score: impl Fn(VectorId) -> Option<f32>,
    ) -> Result<HashSet<VectorId>> {
        let request = prepared.request;
        if request.formulas == Formulas::Equal || boilerplate(&prepared.text).is_some() {
            return Ok(HashSet::new());
        }
        let mut documents: HashMap<VectorId, HashSet<DocumentKey>> = HashMap::new();
        for (place, _) in places {
            documents.entry(place.text_id).or_default().insert(place.document);
        }
        let mut best: Vec<(VectorId, f32)> = documents.keys().filter_map(|id| Some((*id, score(*id)?))).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // Twice what can be shown: were all of these formulas, those after them would be too far off to matter.
        best.truncate(2 * request.limit * request.group_by.map_or(1, |_| request.group_size) + OVERFETCH);
        let ids: Vec<VectorId> = best.iter().map(|(id, _)| *id).collect();
        let all = self.store.extent()?.0;
        let texts = self.store.texts(&ids)?;
        let share = |id: VectorId| match all {
            0..MANY_DOCUMENTS => 0.0,
            all => documents.get(&id).map_or(0, HashSet::len) as f64 / all as f64,
        };
        Ok(texts.into_iter().filter(|(id, text)| is_boilerplate(text, share(*id))).map(|(id, _)| id).collect())
    }

    /// Calls `choose` with the places of candidates, the nearest texts and those that share rare words with the query,
    /// of more and more of them until it says that the answer is full or everything in scope was offered.
    pub(super) fn widening(
        &self,
        prepared: &Prepared<'_>,
        first: usize,
        mut choose: impl FnMut(&[(Place, f32)]) -> Result<(Vec<Scored>, bool)>,
    ) -> Result<Vec<Scored>> {
        let scope = &prepared.scope;
        if scope.clauses == 0 {
            return Ok(Vec::new());
        }
        let mut only: Option<Vec<VectorId>> = None;
        // Part of what an index gives is out of scope; as much more is asked for. A scan gives what is in scope alone.
        let in_scope = scope.clauses as f64 / self.store.extent()?.1.max(1) as f64;
        let widened = ((first as f64 / in_scope) as usize).clamp(first, MOST_CANDIDATES.max(first));
        let mut k = if scope.clauses <= NARROW { first } else { widened };
        loop {
            if only.is_none() && (scope.clauses <= NARROW || k > MOST_CANDIDATES) {
                only = Some(self.store.text_ids(scope)?);
            }
            let filter = only.as_deref().map_or(Filter::All, Filter::Only);
            let mut nearest: HashMap<VectorId, f32> = HashMap::new();
            let mut exhausted = true;
            for query in prepared.queries() {
                let found = self.index().search(query, k, filter)?;
                exhausted &= found.len() < k;
                for neighbor in found {
                    let similarity = nearest.entry(neighbor.id).or_insert(neighbor.similarity);
                    *similarity = similarity.max(neighbor.similarity);
                }
            }
            let mut shares_words: Vec<VectorId> =
                self.lexical().search(&prepared.text, k.max(widened))?.into_iter().map(|(id, _)| id).collect();
            shares_words.retain(|id| !nearest.contains_key(id));
            shares_words.sort_unstable();
            let found = self.index().search(&prepared.whole, shares_words.len(), Filter::Only(&shares_words))?;
            nearest.extend(found.into_iter().map(|neighbor| (neighbor.id, neighbor.similarity)));
            let mut texts: Vec<VectorId> = nearest.keys().copied().collect();
            texts.sort_unstable();
            let places = self.store.places(texts.into_iter(), scope)?;
            let places: Vec<(Place, f32)> = places.into_iter().map(|p| (p, nearest[&p.text_id])).collect();
            let (taken, full) = choose(&places)?;
            if full || exhausted {
                return Ok(taken);
            }
            k *= 4;
        }
    }

    /// Orders what was scored and takes what the request wants of it; and whether that is all it wants.
    pub(super) fn select(&self, prepared: &Prepared<'_>, mut scored: Vec<Scored>) -> Result<(Vec<Scored>, bool)> {
        let request = prepared.request;
        // Ties by document and place: the same question gives the same answer.
        scored.sort_by(|a, b| {
            a.below
                .cmp(&b.below)
                .then(b.late.score().total_cmp(&a.late.score()))
                .then(a.document.cmp(&b.document))
                .then(a.ordinal.cmp(&b.ordinal))
        });
        let Some(group_by) = request.group_by else {
            scored.truncate(request.limit);
            let full = scored.len() == request.limit;
            return Ok((scored, full));
        };
        let groups = match group_by {
            GroupBy::Document => HashMap::new(),
            GroupBy::Region => {
                let documents: HashSet<DocumentKey> = scored.iter().map(|s| s.document).collect();
                self.store.provinces(documents.into_iter())?
            }
        };
        let mut order: Vec<Group> = Vec::new();
        let mut members: HashMap<Group, Vec<Scored>> = HashMap::new();
        for s in scored {
            let group = match group_by {
                GroupBy::Document => Group::Document(s.document),
                GroupBy::Region => Group::Province(groups.get(&s.document).cloned().flatten()),
            };
            let known = members.contains_key(&group);
            if !known && order.len() == request.limit {
                continue;
            }
            if !known {
                order.push(group.clone());
            }
            let group = members.entry(group).or_default();
            if group.len() < request.group_size {
                group.push(s);
            }
        }
        let full = order.len() == request.limit && members.values().all(|m| m.len() == request.group_size);
        Ok((order.iter().flat_map(|group| members.remove(group).unwrap_or_default()).collect(), full))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Group {
    Document(DocumentKey),
    Province(Option<String>),
}

impl Prepared<'_> {
    /// The vectors to look for: the whole query, and its clauses where it has several.
    fn queries(&self) -> impl Iterator<Item = &Embedding> {
        std::iter::once(&self.whole).chain(self.parts.iter().map(|(_, embedding)| embedding))
    }
}
