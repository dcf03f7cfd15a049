//! One question to many parts of the corpus, each by itself, so that what one part has cannot hide what another has.
//!
//! Probabilities are those that a search of the whole corpus gives: what a hit has to stand out from is measured once,
//! over all documents.

use std::collections::HashMap;

use super::candidates::{DEPTH, Within};
use super::request::{EncodedQuery, Prepared};
use super::surroundings::Surroundings;
use super::{Hit, Request, Scored};
use crate::engine::Engine;
use crate::error::Result;
use crate::store::{DocumentInScope, DocumentKey, Place};

/// Nearest texts of a part that late interaction ranks, at the least. Of a thousand clauses the nearest 200 hold 99 %
/// of those that answer a clause and 96 % of those that answer a typed query, words in common not counted.
const PART_DEPTH: usize = 200;
/// Where many texts of a part answer the question, so many times more are ranked …
const WIDENING: usize = 4;
/// … until there are so many.
const MOST_DEPTH: usize = 3_200;

/// A question that was checked and encoded.
pub(crate) struct Question<'a> {
    request: &'a Request,
    query: EncodedQuery,
    within: Within,
    surroundings: Surroundings,
}

/// A clause that may answer a question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    scored: Scored,
    /// Calibrated chance in [0, 1] that it is an equivalent measure.
    pub(crate) probability: f32,
}

impl Candidate {
    /// Its document.
    pub(crate) fn document(&self) -> DocumentKey {
        self.scored.place.document
    }

    /// Where it stands.
    pub(crate) fn place(&self) -> Place {
        self.scored.place
    }
}

impl Question<'_> {
    /// The text that is asked for.
    pub(crate) fn asked(&self) -> &str {
        &self.query.asked
    }

    fn prepared(&self) -> Prepared<'_> {
        Prepared { request: self.request, within: &self.within, query: &self.query }
    }
}

impl Engine {
    /// Checks and encodes a request for clauses; of its bounds, `limit` and `min_probability` mean nothing here.
    ///
    /// # Errors
    /// Those of [`Engine::search`].
    pub(crate) fn question<'a>(&self, request: &'a Request) -> Result<Question<'a>> {
        request.check()?;
        let (asked, filter) = self.resolve(request)?;
        let query = self.encode_query(asked, Vec::new())?;
        let within = self.within(&filter)?;
        let mut question = Question { request, query, within, surroundings: Surroundings::none() };
        let prepared = question.prepared();
        let scope = &question.within.scope;
        let all = Within::new(scope.without_restriction().unwrap_or_else(|| scope.clone()));
        let mut known = HashMap::new();
        let (ranked, _) =
            self.ranked(&prepared, &all, DEPTH, None, &mut |places| self.rank_clauses(&prepared, &mut known, places))?;
        question.surroundings = self.surroundings(&ranked);
        Ok(question)
    }

    /// The documents that the question is put to.
    pub(crate) fn documents_asked(&self, question: &Question<'_>) -> Result<Vec<DocumentInScope>> {
        self.store.documents_in(&question.within.scope)
    }

    /// The clauses of these documents that come nearest to the question, best first. Where most of those that were
    /// ranked are as probable as `wanted`, there may be more behind them, and more are ranked.
    pub(crate) fn answers_in(
        &self,
        question: &Question<'_>,
        documents: &[DocumentInScope],
        wanted: f32,
    ) -> Result<Vec<Candidate>> {
        let prepared = question.prepared();
        let mut known = HashMap::new();
        let scope = Within::new(question.within.scope.of(documents));
        let candidate = |scored: Scored| {
            let probability = self.calibration.probability_of(scored.late, question.surroundings.setting);
            Candidate { scored, probability }
        };
        let mut depth = PART_DEPTH;
        loop {
            let (ranked, exhausted) =
                self.ranked(&prepared, &scope, depth, Some(&question.surroundings), &mut |places| {
                    self.rank_clauses(&prepared, &mut known, places)
                })?;
            let candidates: Vec<Candidate> = ranked.into_iter().map(candidate).collect();
            let having = candidates.iter().filter(|candidate| candidate.probability >= wanted).count();
            if exhausted || depth >= MOST_DEPTH || 2 * having < candidates.len() {
                return Ok(candidates);
            }
            depth *= WIDENING;
        }
    }

    /// The details of candidates; those that are gone meanwhile are left out.
    pub(crate) fn hits_of(&self, question: &Question<'_>, candidates: &[Candidate]) -> Result<Vec<Hit>> {
        let hits: Vec<Scored> = candidates.iter().map(|candidate| candidate.scored).collect();
        self.describe(&question.prepared(), &hits, question.surroundings.setting)
    }
}
