//! What each part of the ranking brings: the same search with parts left out.

use std::collections::{HashMap, HashSet};

use super::request::{Prepared, Request, Unit};
use crate::engine::Engine;
use crate::error::Result;
use crate::index::{Filter, VectorId};
use crate::store::{DocumentKey, Place};

/// Ways of ranking, from the least to the one in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ranker {
    /// The lexical index alone.
    Bm25,
    /// Cosine of the embeddings alone.
    Dense,
    /// Both, by reciprocal ranks (Cormack, Clarke & Büttcher 2009) with k = 60.
    Fusion,
    /// The candidates of both by the forward figure of late interaction alone.
    Late,
    /// The search as it is.
    Full,
}

impl Ranker {
    /// All of them, the least first.
    pub const ALL: [Ranker; 5] = [Ranker::Bm25, Ranker::Dense, Ranker::Fusion, Ranker::Late, Ranker::Full];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Ranker::Bm25 => "bm25",
            Ranker::Dense => "dense",
            Ranker::Fusion => "fusion",
            Ranker::Late => "late",
            Ranker::Full => "full",
        }
    }
}

/// Candidates of either list, as many as the search takes.
const DEPTH: usize = 400;
/// The constant of reciprocal rank fusion.
const RRF: f32 = 60.0;

impl Engine {
    /// The best clauses or articles by a way of ranking, best first: document id and text of each. Of an article its
    /// best clause counts, but for [`Ranker::Full`], which is [`Engine::search`]. Groups and [`Request::formulas`] are
    /// for that one alone.
    ///
    /// # Errors
    /// As [`Engine::search`].
    pub fn search_by(&self, request: &Request, ranker: Ranker) -> Result<Vec<(String, String)>> {
        if ranker == Ranker::Full {
            return Ok(self.search(request)?.hits.into_iter().map(|h| (h.document.document_id, h.text)).collect());
        }
        request.check()?;
        let (asked, filter) = self.resolve(request)?;
        let query = self.encode_query(asked, Vec::new())?;
        let within = self.within(&filter)?;
        let prepared = Prepared { request, within: &within, query: &query };
        let scores = self.scores(&prepared, ranker)?;
        let mut ids: Vec<VectorId> = scores.keys().copied().collect();
        ids.sort_unstable();
        let mut places: Vec<Place> = self.store.places(ids.into_iter(), &prepared.within.scope)?;
        let score = |place: &Place| scores.get(&place.text_id).copied().unwrap_or(f32::MIN);
        places
            .sort_by(|a, b| score(b).total_cmp(&score(a)).then((a.document, a.ordinal).cmp(&(b.document, b.ordinal))));
        if request.unit == Unit::Article {
            let mut seen = HashSet::new();
            places.retain(|place| seen.insert((place.document, place.article)));
        }
        places.truncate(request.limit);
        let wanted: Vec<(DocumentKey, usize)> = places.iter().map(|p| (p.document, p.ordinal)).collect();
        let rows = self.store.clauses(&wanted)?.into_iter().map(|(clause, article, document)| {
            let text = match request.unit {
                Unit::Clause => clause.text,
                Unit::Article => article.text,
            };
            (document.document_id, text)
        });
        Ok(rows.collect())
    }

    /// Texts in scope with what orders them, larger first.
    fn scores(&self, prepared: &Prepared<'_>, ranker: Ranker) -> Result<HashMap<VectorId, f32>> {
        let texts = self.store.text_ids(&prepared.within.scope)?;
        let in_scope: HashSet<VectorId> = texts.iter().copied().collect();
        let lexical = || -> Result<Vec<(VectorId, f32)>> {
            let mut found = self.lexical().search(&prepared.query.text, self.lexical().len().max(1))?;
            found.retain(|(id, _)| in_scope.contains(id));
            found.truncate(DEPTH);
            Ok(found)
        };
        let dense = || -> Result<Vec<(VectorId, f32)>> {
            let found = self.index().search(&prepared.query.whole, DEPTH, Filter::Only(&texts))?;
            Ok(found.into_iter().map(|neighbor| (neighbor.id, neighbor.similarity)).collect())
        };
        Ok(match ranker {
            Ranker::Bm25 => lexical()?.into_iter().collect(),
            Ranker::Dense => dense()?.into_iter().collect(),
            Ranker::Fusion => {
                let mut fused: HashMap<VectorId, f32> = HashMap::new();
                for list in [lexical()?, dense()?] {
                    for (rank, (id, _)) in list.into_iter().enumerate() {
                        *fused.entry(id).or_default() += 1.0 / (RRF + rank as f32 + 1.0);
                    }
                }
                fused
            }
            Ranker::Late | Ranker::Full => {
                let both = lexical()?.into_iter().chain(dense()?);
                let mut ids: Vec<VectorId> = both.map(|(id, _)| id).collect();
                ids.sort_unstable();
                ids.dedup();
                self.interact(prepared, &ids)?.into_iter().map(|(id, late)| (id, late.forward)).collect()
            }
        })
    }
}
