//! One question to many parts of the corpus, each by itself, so that what one part has cannot hide what another has.
//!
//! Probabilities are those that a search of the whole corpus gives: what a hit has to stand out from is measured once,
//! over all documents.

use std::collections::HashMap;

use super::candidates::{DEPTH, Taken, background_of};
use super::evidence::Characters;
use super::request::Prepared;
use super::{Evidence, Hit, Request, Scored};
use crate::engine::Engine;
use crate::error::Result;
use crate::store::{DocumentInScope, DocumentKey, Place};

/// Nearest texts of a part that late interaction ranks, at the least. Of a thousand clauses the nearest 200 hold 99 %
/// of those that answer a clause and 96 % of those that answer a typed query, words in common not counted.
const PART_DEPTH: usize = 200;

/// A question that was checked and encoded.
pub(crate) struct Question<'a> {
    prepared: Prepared<'a>,
    background: f32,
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
    pub(crate) fn text(&self) -> &str {
        &self.prepared.asked
    }
}

impl Engine {
    /// Checks and encodes a request for clauses; of its bounds, `limit` and `min_probability` mean nothing here.
    ///
    /// # Errors
    /// Those of [`Engine::search`].
    pub(crate) fn question<'a>(&self, request: &'a Request) -> Result<Question<'a>> {
        let prepared = self.prepare(request)?;
        let all = prepared.scope.without_restriction().unwrap_or_else(|| prepared.scope.clone());
        let mut known = HashMap::new();
        let (ranked, _) =
            self.ranked(&prepared, &all, DEPTH, &mut |places| self.rank_clauses(&prepared, &mut known, places))?;
        Ok(Question { background: background_of(&ranked), prepared })
    }

    /// The documents that the question is put to.
    pub(crate) fn documents_asked(&self, question: &Question<'_>) -> Result<Vec<DocumentInScope>> {
        self.store.documents_in(&question.prepared.scope)
    }

    /// The clauses of these documents that come nearest to the question, best first.
    pub(crate) fn answers_in(&self, question: &Question<'_>, documents: &[DocumentInScope]) -> Result<Vec<Candidate>> {
        let prepared = &question.prepared;
        let mut known = HashMap::new();
        let (ranked, _) = self.ranked(prepared, &prepared.scope.of(documents), PART_DEPTH, &mut |places| {
            self.rank_clauses(prepared, &mut known, places)
        })?;
        let none = Characters::of("").in_common(&Characters::of(""));
        let candidate = |scored: Scored| {
            // The characters in common are no figure of the calibration, and too dear to look at for every candidate.
            let evidence = Evidence {
                late: scored.late,
                similarity: scored.similarity,
                common: none,
                background: question.background,
            };
            Candidate { scored, probability: self.calibration.probability(&evidence) }
        };
        Ok(ranked.into_iter().map(candidate).collect())
    }

    /// The details of candidates; those that are gone meanwhile are left out.
    pub(crate) fn hits_of(&self, question: &Question<'_>, candidates: &[Candidate]) -> Result<Vec<Hit>> {
        let hits = candidates.iter().map(|candidate| candidate.scored).collect();
        self.describe(&question.prepared, &Taken { hits, background: question.background })
    }
}
