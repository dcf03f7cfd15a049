//! From the query's neighbors, and texts that share its words, to places in documents.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::request::{EncodedQuery, Formulas, Prepared, Request};
use super::surroundings::{Setting, Surroundings};
use super::{GroupBy, LateInteraction, Scored};
use crate::difference::{boilerplate, is_boilerplate};
use crate::document::Region;
use crate::embed::Embedding;
use crate::engine::Engine;
use crate::error::Result;
use crate::index::{Filter, VectorId};
use crate::store::{DocumentKey, Place, Scope};

/// Up to so many clauses in scope, all of them are scanned: that costs less than walking the graph for candidates
/// most of which are out of scope, and it is exact.
const NARROW: usize = 20_000;
/// Nearest texts that late interaction ranks, at the least, and texts that share words.
///
/// Of the ten best that 10,000 of each give among 213,438 texts, 400 of each hold all for clauses, 0.992 for typed queries
/// and 0.985 for questions of laymen, and the best one always; 1,600 hold 1.0, 1.0 and 0.998 and take twice as long.
pub(super) const DEPTH: usize = 400;
/// Candidates beyond the limit in the first round; own-document exclusion rarely takes more.
const OVERFETCH: usize = 40;
/// From so many documents on, a clause that many of them have is a formula.
const MANY_DOCUMENTS: usize = 50;
/// Where more candidates than this are needed, the scope is scanned.
const MOST_CANDIDATES: usize = 2_000;
/// How many times as many candidates are ranked when those before did not fill the answer.
const WIDENING: usize = 4;

/// What was taken for an answer.
pub(super) struct Taken {
    /// In the order of the answer.
    pub(super) hits: Vec<Scored>,
    /// Those that were ranked behind them, or kept back by [`Request::per_document`], in order; none with groups.
    pub(super) behind: Vec<Scored>,
    /// All that was ranked, in order, where the request asks for facets; else none.
    pub(super) ranked: Vec<Scored>,
    /// What a hit has to stand out from.
    pub(super) setting: Setting,
}

/// Where searches look: resolved once for all queries of a kind.
pub(crate) struct Within {
    pub(super) scope: Scope,
    /// The texts in scope, once somebody had to know them: all of them are read for it.
    texts: OnceLock<Vec<VectorId>>,
}

impl Within {
    pub(crate) fn new(scope: Scope) -> Within {
        Within { scope, texts: OnceLock::new() }
    }
}

impl Engine {
    /// The best clauses in scope, as many as the request wants, ordered.
    pub(super) fn best_clauses(&self, prepared: &Prepared<'_>) -> Result<Taken> {
        let mut known: HashMap<VectorId, LateInteraction> = HashMap::new();
        self.best(prepared, DEPTH.max(prepared.request.wanted() + OVERFETCH), |places| {
            self.rank_clauses(prepared, &mut known, places)
        })
    }

    /// Late interaction of the query with the clauses at these places; `known` keeps that of texts met before.
    pub(super) fn rank_clauses(
        &self,
        prepared: &Prepared<'_>,
        known: &mut HashMap<VectorId, LateInteraction>,
        places: &[(Place, f32)],
    ) -> Result<Vec<Scored>> {
        let mut new: Vec<VectorId> =
            places.iter().map(|(place, _)| place.text_id).filter(|id| !known.contains_key(id)).collect();
        new.sort_unstable();
        new.dedup();
        known.extend(self.interact(prepared, &new)?);
        let formulas = self.formulas(prepared, places, |id| known.get(&id).map(LateInteraction::score))?;
        let scored = places.iter().filter_map(|(place, similarity)| {
            let late = *known.get(&place.text_id)?;
            let below = formulas.contains(&place.text_id);
            let omitted = below && prepared.request.formulas == Formulas::Omit;
            (!omitted).then_some(Scored { place: *place, similarity: *similarity, late, agreement: 0.0, below })
        });
        Ok(scored.collect())
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
        if request.formulas == Formulas::Equal || boilerplate(&prepared.query.text).is_some() {
            return Ok(HashSet::new());
        }
        let mut documents: HashMap<VectorId, HashSet<DocumentKey>> = HashMap::new();
        for (place, _) in places {
            documents.entry(place.text_id).or_default().insert(place.document);
        }
        let mut best: Vec<(VectorId, f32)> = documents.keys().filter_map(|id| Some((*id, score(*id)?))).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // Twice what can be shown: were all of these formulas, those after them would be too far off to matter.
        best.truncate(2 * request.wanted() + OVERFETCH);
        let ids: Vec<VectorId> = best.iter().map(|(id, _)| *id).collect();
        let all = self.store.extent()?.0;
        let texts = self.store.texts(&ids)?;
        let share = |id: VectorId| match all {
            0..MANY_DOCUMENTS => 0.0,
            all => documents.get(&id).map_or(0, HashSet::len) as f64 / all as f64,
        };
        Ok(texts.into_iter().filter(|(id, text)| is_boilerplate(text, share(*id))).map(|(id, _)| id).collect())
    }

    /// The best of what `rank` makes of the places of candidates, as many as the request wants.
    ///
    /// More and more candidates are ranked until they fill the answer, or all in scope were. Groups are not waited for
    /// in this way, since the clauses of one may lie behind all others: those that lack hits are searched by themselves.
    pub(super) fn best(
        &self,
        prepared: &Prepared<'_>,
        first: usize,
        mut rank: impl FnMut(&[(Place, f32)]) -> Result<Vec<Scored>>,
    ) -> Result<Taken> {
        let (within, request) = (prepared.within, prepared.request);
        if within.scope.clauses == 0 {
            let setting = Surroundings::none().setting;
            return Ok(Taken { hits: Vec::new(), behind: Vec::new(), ranked: Vec::new(), setting });
        }
        let mut k = first;
        let (mut ranked, mut exhausted) = self.ranked(prepared, within, k, None, &mut rank)?;
        // What a hit means does not depend on what else was filtered out.
        let surroundings = match within.scope.without_restriction() {
            None => self.surroundings(&ranked),
            Some(all) => self.surroundings(&self.ranked(prepared, &Within::new(all), first, None, &mut rank)?.0),
        };
        self.agree(&surroundings, &mut ranked);
        sort(&mut ranked);
        let (setting, surroundings) = (surroundings.setting, Some(&surroundings));
        let kept = |ranked: &[Scored]| if request.facets { ranked.to_vec() } else { Vec::new() };
        let Some(group_by) = request.group_by else {
            let (mut hits, mut behind) = taken(request, &ranked);
            while hits.len() < request.limit && !exhausted {
                k *= WIDENING;
                (ranked, exhausted) = self.ranked(prepared, within, k, surroundings, &mut rank)?;
                (hits, behind) = taken(request, &ranked);
            }
            return Ok(Taken { hits, behind, ranked: kept(&ranked), setting });
        };
        let mut groups = self.groups(prepared, group_by, &ranked)?;
        while group_by == GroupBy::Document && groups.len() < request.limit && !exhausted {
            k *= WIDENING;
            (ranked, exhausted) = self.ranked(prepared, within, k, surroundings, &mut rank)?;
            groups = self.groups(prepared, group_by, &ranked)?;
        }
        // Each round brings what the groups lacked, or ends the search.
        if !exhausted {
            loop {
                let lacking = Within::new(self.lacking(prepared, group_by, &groups)?);
                let found: HashSet<Place> = ranked.iter().map(|scored| scored.place).collect();
                let (more, _) = self.ranked(prepared, &lacking, first, surroundings, &mut rank)?;
                let more: Vec<Scored> = more.into_iter().filter(|scored| !found.contains(&scored.place)).collect();
                if more.is_empty() {
                    break;
                }
                ranked.extend(more);
                sort(&mut ranked);
                groups = self.groups(prepared, group_by, &ranked)?;
            }
        }
        let hits = groups.into_iter().flat_map(|(_, members)| members).collect();
        Ok(Taken { hits, behind: Vec::new(), ranked: kept(&ranked), setting })
    }

    /// Candidates in a scope, ranked, with their agreement where the surroundings are known; and whether there are no
    /// more in it.
    pub(super) fn ranked(
        &self,
        prepared: &Prepared<'_>,
        within: &Within,
        k: usize,
        surroundings: Option<&Surroundings>,
        rank: &mut impl FnMut(&[(Place, f32)]) -> Result<Vec<Scored>>,
    ) -> Result<(Vec<Scored>, bool)> {
        if within.scope.clauses == 0 {
            return Ok((Vec::new(), true));
        }
        let (places, exhausted) = self.candidates(prepared, within, k)?;
        let mut ranked = rank(&places)?;
        if let Some(surroundings) = surroundings {
            self.agree(surroundings, &mut ranked);
        }
        sort(&mut ranked);
        Ok((ranked, exhausted))
    }

    /// Places of the `k` nearest texts in a scope, at least, and of texts there that share rare words with the query,
    /// with their cosines; and whether all that is in scope is near.
    fn candidates(&self, prepared: &Prepared<'_>, within: &Within, k: usize) -> Result<(Vec<(Place, f32)>, bool)> {
        let scope = &within.scope;
        // Part of what an index gives is out of scope; as much more is asked for. A scan gives what is in scope alone.
        let in_scope = scope.clauses as f64 / self.store.extent()?.1.max(1) as f64;
        let widened = ((k as f64 / in_scope.min(1.0)) as usize).clamp(k, MOST_CANDIDATES.max(k));
        let only = match scope.clauses <= NARROW || widened > MOST_CANDIDATES {
            true => Some(self.texts_within(within)?),
            false => None,
        };
        let (filter, nearest_wanted) = match only {
            Some(ids) => (Filter::Only(ids), k),
            None => (Filter::All, widened),
        };
        let mut nearest: HashMap<VectorId, f32> = HashMap::new();
        let mut exhausted = true;
        for query in prepared.query.vectors() {
            let found = self.index().search(query, nearest_wanted, filter)?;
            exhausted &= found.len() < nearest_wanted;
            for neighbor in found {
                let similarity = nearest.entry(neighbor.id).or_insert(neighbor.similarity);
                *similarity = similarity.max(neighbor.similarity);
            }
        }
        let mut shares_words: Vec<VectorId> =
            self.lexical().search(&prepared.query.text, widened)?.into_iter().map(|(id, _)| id).collect();
        shares_words.retain(|id| !nearest.contains_key(id));
        shares_words.sort_unstable();
        let found = self.index().search(&prepared.query.whole, shares_words.len(), Filter::Only(&shares_words))?;
        nearest.extend(found.into_iter().map(|neighbor| (neighbor.id, neighbor.similarity)));
        let mut texts: Vec<VectorId> = nearest.keys().copied().collect();
        texts.sort_unstable();
        let places = self.store.places(texts.into_iter(), scope)?;
        Ok((places.into_iter().map(|place| (place, nearest[&place.text_id])).collect(), exhausted))
    }

    fn texts_within<'a>(&self, within: &'a Within) -> Result<&'a [VectorId]> {
        if let Some(texts) = within.texts.get() {
            return Ok(texts);
        }
        // Two queries that come here at once read the same.
        let texts = self.store.text_ids(&within.scope)?;
        Ok(within.texts.get_or_init(|| texts))
    }

    /// The groups of an answer, in the order of their best hit, from hits in order.
    fn groups(
        &self,
        prepared: &Prepared<'_>,
        group_by: GroupBy,
        ranked: &[Scored],
    ) -> Result<Vec<(Group, Vec<Scored>)>> {
        let request = prepared.request;
        let documents: HashSet<DocumentKey> = ranked.iter().map(|s| s.place.document).collect();
        let (regions, families) = match group_by {
            GroupBy::Document => (HashMap::new(), self.store.families(documents.into_iter())?),
            GroupBy::Region | GroupBy::City => (self.store.regions(documents.into_iter())?, HashMap::new()),
        };
        let mut groups: Vec<(Group, Vec<Scored>)> = Vec::new();
        let mut numbers: HashMap<Group, usize> = HashMap::new();
        for scored in ranked {
            let document = scored.place.document;
            let group = Group::of(group_by, document, families.get(&document), regions.get(&document));
            let number = match numbers.get(&group) {
                Some(number) => *number,
                None if groups.len() == request.limit => continue,
                None => {
                    numbers.insert(group.clone(), groups.len());
                    groups.push((group, Vec::new()));
                    groups.len() - 1
                }
            };
            let members = groups[number].1.len();
            // Which version of a family is shown is decided when all of its hits are known.
            if members < request.group_size || matches!(groups[number].0, Group::Family(_)) {
                groups[number].1.push(*scored);
            }
        }
        self.choose_versions(&mut groups, &prepared.within.scope, request.group_size)?;
        Ok(groups)
    }

    /// The documents of groups that lack hits: of those in the answer, and, while there is room for more, of those
    /// that are not.
    fn lacking(&self, prepared: &Prepared<'_>, group_by: GroupBy, groups: &[(Group, Vec<Scored>)]) -> Result<Scope> {
        let request = prepared.request;
        let is_full =
            |group: &Group| groups.iter().any(|(g, members)| g == group && members.len() >= request.group_size);
        let is_there = |group: &Group| groups.iter().any(|(g, _)| g == group);
        let room = groups.len() < request.limit;
        let mut documents = self.store.documents_in(&prepared.within.scope)?;
        documents.retain(|document| {
            let group = Group::of(group_by, document.key, document.family.as_ref(), Some(&document.region));
            !is_full(&group) && (is_there(&group) || room && group_by != GroupBy::Document)
        });
        Ok(prepared.within.scope.of(&documents))
    }
}

fn sort(scored: &mut [Scored]) {
    scored.sort_by(order);
}

/// Formulas last, then by score; ties by document and place, so that the same question gives the same answer.
pub(super) fn order(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    a.below
        .cmp(&b.below)
        .then(b.score().total_cmp(&a.score()))
        .then((a.place.document, a.place.ordinal).cmp(&(b.place.document, b.place.ordinal)))
}

/// What an answer without groups takes of hits in order, and what is left.
fn taken(request: &Request, ranked: &[Scored]) -> (Vec<Scored>, Vec<Scored>) {
    let mut of_document: HashMap<DocumentKey, usize> = HashMap::new();
    let (mut hits, mut behind) = (Vec::new(), Vec::new());
    for scored in ranked {
        let count = of_document.entry(scored.place.document).or_default();
        if hits.len() < request.limit && request.per_document.is_none_or(|most| *count < most) {
            *count += 1;
            hits.push(*scored);
        } else {
            behind.push(*scored);
        }
    }
    (hits, behind)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Group {
    /// A document that is of no family.
    Document(DocumentKey),
    /// The versions of one document.
    Family(String),
    Region(Region),
}

impl Group {
    /// The group of a document.
    fn of(group_by: GroupBy, document: DocumentKey, family: Option<&String>, region: Option<&Region>) -> Group {
        let region = region.cloned().unwrap_or_default();
        match group_by {
            GroupBy::Document => family.map_or(Group::Document(document), |family| Group::Family(family.clone())),
            GroupBy::Region => Group::Region(Region { province: region.province, ..Region::default() }),
            GroupBy::City => Group::Region(Region { county: None, ..region }),
        }
    }
}

impl EncodedQuery {
    /// The vectors to look for: the whole query, and its clauses where it has several.
    fn vectors(&self) -> impl Iterator<Item = &Embedding> {
        std::iter::once(&self.whole).chain(self.parts.iter().map(|(_, embedding)| embedding))
    }
}
