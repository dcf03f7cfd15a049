//! Clause scores rolled up to articles.

use std::collections::{HashMap, HashSet};

use super::Scored;
use super::candidates::Taken;
use super::request::Prepared;
use crate::document;
use crate::embed::Embedding;
use crate::engine::Engine;
use crate::error::Result;
use crate::index::{Filter, VectorId};
use crate::store::{DocumentKey, Place};

/// Neighbors of every part of the query whose articles are looked at, for each hit wanted.
const PER_HIT: usize = 4;
/// The fewest of them.
const LEAST: usize = 100;
/// Articles that late interaction ranks, at the least.
const DEPTH: usize = 150;

/// The clauses of a query that has more than one.
pub(super) fn parts(query: &str) -> Vec<String> {
    let clauses: Vec<String> = document::parse(query)
        .clauses
        .iter()
        .map(|clause| document::normalise_for_search(&clause.text))
        .filter(|text| !text.is_empty())
        .collect();
    if clauses.len() > 1 { clauses } else { Vec::new() }
}

impl Engine {
    /// The best articles in scope, as many as the request wants, ordered.
    ///
    /// Candidates are ordered roughly by how well their clauses answer those of the query (the mean over the query's
    /// clauses of the best cosine in the article, weighted by length); the best of them are ranked by late interaction
    /// with all clauses of the article read as one text.
    pub(super) fn best_articles(&self, prepared: &Prepared<'_>) -> Result<Taken> {
        let wanted = prepared.request.wanted();
        self.best(prepared, LEAST.max(wanted * PER_HIT), |places| {
            let articles: HashSet<(DocumentKey, usize)> =
                places.iter().map(|(place, _)| (place.document, place.article)).collect();
            let articles: Vec<(DocumentKey, usize)> = articles.into_iter().collect();
            let clauses = self.store.article_texts(&articles)?;
            let mut ids: Vec<VectorId> = clauses.iter().flatten().map(|place| place.text_id).collect();
            ids.sort_unstable();
            ids.dedup();
            let cosines = |query: &Embedding| -> Result<HashMap<VectorId, f32>> {
                let found = self.index().search(query, ids.len(), Filter::Only(&ids))?;
                Ok(found.into_iter().map(|n| (n.id, n.similarity)).collect())
            };
            let whole = cosines(&prepared.query.whole)?;
            let parts: Vec<(f32, HashMap<VectorId, f32>)> = prepared
                .query
                .parts
                .iter()
                .map(|(text, embedding)| Ok((text.chars().count() as f32, cosines(embedding)?)))
                .collect::<Result<_>>()?;
            let total: f32 = parts.iter().map(|(weight, _)| weight).sum();
            let mut rough: Vec<(usize, Place, f32, f32)> = clauses
                .iter()
                .enumerate()
                .filter_map(|(article, clauses)| {
                    let of = |cosines: &HashMap<VectorId, f32>| {
                        clauses
                            .iter()
                            .filter_map(|place| Some((*place, *cosines.get(&place.text_id)?)))
                            .max_by(|a, b| a.1.total_cmp(&b.1))
                    };
                    let (best, similarity) = of(&whole)?;
                    let score = if parts.is_empty() {
                        similarity
                    } else {
                        parts.iter().filter_map(|(weight, cosines)| Some(weight * of(cosines)?.1)).sum::<f32>() / total
                    };
                    Some((article, best, similarity, score))
                })
                .collect();
            rough.sort_by(|a, b| b.3.total_cmp(&a.3));
            rough.truncate(DEPTH.max(wanted * PER_HIT));
            let groups: Vec<Vec<VectorId>> = rough
                .iter()
                .map(|(article, ..)| clauses[*article].iter().map(|place| place.text_id).collect())
                .collect();
            let late = self.interact_with_groups(prepared, &groups)?;
            let scored = rough.iter().zip(late).filter_map(|((_, best, similarity, _), late)| {
                Some(Scored { place: *best, similarity: *similarity, late: late?, agreement: 0.0, below: false })
            });
            Ok(scored.collect())
        })
    }
}
