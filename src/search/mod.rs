//! Text in, hits out: candidates from the index, placed in documents, ranked by late interaction, grouped.
//!
//! The index knows texts, the store knows where they stand; a filter on documents is therefore applied after the
//! index, over more candidates than were asked for. Where few clauses pass the filter, exactly those are scanned
//! instead, so that a narrow filter gives exact results.

mod articles;
mod calibration;
mod candidates;
mod evidence;
mod late;
mod request;

use std::collections::HashMap;
use std::time::Instant;

pub use self::calibration::{Calibration, Relation};
use self::evidence::Characters;
pub(crate) use self::evidence::longest_common_run;
pub use self::evidence::{Common, Evidence};
pub use self::late::LateInteraction;
use self::late::LateQuery;
use self::request::Prepared;
pub use self::request::{GroupBy, Query, Request, Unit};
use crate::document::Span;
use crate::embed::{Role, Want};
use crate::engine::Engine;
use crate::error::Result;
use crate::store::{ArticleRow, ClauseId, ClauseRow, DocumentKey, DocumentRow};

/// A clause or article of another document that resembles the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The clause; for [`Unit::Article`] the best one of the article.
    pub clause_id: ClauseId,
    /// The document it stands in.
    pub document: DocumentRow,
    /// The article it stands in.
    pub article: ArticleRow,
    /// The clause itself; for [`Unit::Article`] the best one of the article.
    pub clause: ClauseRow,
    /// What was ranked: the clause's text, or the article's for [`Unit::Article`].
    pub text: String,
    /// Where that stands in the document.
    pub span: Span,
    /// What speaks for it.
    pub evidence: Evidence,
    /// The value that orders hits; larger is better, 1 for a hit equal to the query.
    pub score: f32,
    /// Calibrated chance in [0, 1] that the hit is an equivalent measure.
    pub probability: f32,
    /// How the hit relates to the query.
    pub relation: Relation,
}

/// What a search gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first; with groups, the hits of a group stand together, groups in the order of their best hit.
    pub hits: Vec<Hit>,
    /// Time taken, encoding included, in milliseconds.
    pub took_ms: f64,
}

/// A place in the corpus with its scores, before its details are read.
#[derive(Debug, Clone, Copy)]
struct Scored {
    document: DocumentKey,
    ordinal: usize,
    similarity: f32,
    late: LateInteraction,
    background: f32,
}

impl Engine {
    /// Finds the most similar clauses or articles.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a request outside its bounds, [`crate::Error::NotFound`] for a query by an
    /// unknown clause id, [`crate::Error::Busy`] when the encoder's queue is full.
    pub fn search(&self, request: &Request) -> Result<Answer> {
        let started = Instant::now();
        let prepared = self.prepare(request)?;
        let taken = match request.unit {
            Unit::Clause => self.best_clauses(&prepared)?,
            Unit::Article => self.best_articles(&prepared)?,
        };
        let mut hits = self.describe(&prepared, &taken)?;
        hits.retain(|hit| hit.probability >= request.min_probability);
        Ok(Answer { hits, took_ms: started.elapsed().as_secs_f64() * 1e3 })
    }

    /// Checks a request, resolves its query and encodes it.
    fn prepare<'a>(&self, request: &'a Request) -> Result<Prepared<'a>> {
        request.check()?;
        let mut filter = request.filter.clone();
        let text = match &request.query {
            Query::Text(text) => text.clone(),
            Query::Clause { id, own_document } => {
                let (clause, article, document) = self.store.clause(id)?;
                if !own_document {
                    filter.excluded.push(document.document_id);
                }
                match request.unit {
                    Unit::Clause => clause.text,
                    Unit::Article => article.text,
                }
            }
        };
        let text = crate::document::normalise_for_search(&text);
        let parts = match request.unit {
            Unit::Clause => Vec::new(),
            Unit::Article => articles::parts(&text),
        };
        let queries = &self.embedders.queries;
        let missing = || crate::Error::Encoder("expected an embedding of the query, received none".to_owned());
        let whole = queries.encode(&[&text], Role::Query, Want::Tokens)?.pop().ok_or_else(missing)?;
        let tokens = queries.codec().query(&whole.tokens.ok_or_else(missing)?)?;
        let late = LateQuery::new(tokens, &self.frequencies());
        let inputs: Vec<&str> = parts.iter().map(String::as_str).collect();
        let embeddings = queries.encode(&inputs, Role::Query, Want::Sentence)?;
        let parts = parts.into_iter().zip(embeddings.into_iter().map(|encoded| encoded.embedding)).collect();
        Ok(Prepared { request, scope: self.store.scope(&filter)?, text, whole: whole.embedding, late, parts })
    }

    /// Reads the details of what was taken.
    fn describe(&self, prepared: &Prepared<'_>, taken: &[Scored]) -> Result<Vec<Hit>> {
        let places: Vec<(DocumentKey, usize)> = taken.iter().map(|s| (s.document, s.ordinal)).collect();
        let scores: HashMap<(DocumentKey, usize), Scored> = places.iter().copied().zip(taken.iter().copied()).collect();
        let rows = self.store.clauses(&places)?;
        let query = Characters::of(&prepared.text);
        Ok(rows
            .into_iter()
            .filter_map(|(clause, article, document)| {
                let scored = scores.get(&(document.key, clause.place.ordinal))?;
                let (text, span) = match prepared.request.unit {
                    Unit::Clause => (clause.text.clone(), clause.span),
                    Unit::Article => (article.text.clone(), article.span),
                };
                let evidence = Evidence {
                    late: scored.late,
                    similarity: scored.similarity,
                    common: query.in_common(&Characters::of(&text)),
                    background: scored.background,
                };
                let probability = Calibration::shipped().probability(&evidence);
                Some(Hit {
                    clause_id: ClauseId { document_id: document.document_id.clone(), ordinal: clause.place.ordinal },
                    evidence,
                    score: scored.late.score(),
                    probability,
                    relation: Relation::of(&evidence, probability),
                    text,
                    span,
                    document,
                    article,
                    clause,
                })
            })
            .collect())
    }
}
