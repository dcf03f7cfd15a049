//! Text in, hits out: candidates from the index, placed in documents, ranked by late interaction, grouped.
//!
//! The index knows texts, the store knows where they stand; a filter on documents is therefore applied after the
//! index, over more candidates than were asked for. Where few clauses pass the filter, exactly those are scanned
//! instead, so that a narrow filter gives exact results.

mod articles;
mod calibration;
mod candidates;
mod evidence;
mod explanation;
mod late;
mod request;
mod versions;

use std::collections::HashMap;
use std::time::Instant;

pub use self::calibration::{Calibration, Relation};
use self::candidates::Taken;
use self::evidence::Characters;
pub(crate) use self::evidence::longest_common_run;
pub use self::evidence::{Common, Evidence};
pub use self::explanation::Highlight;
use self::explanation::{Pointed, highlights};
pub use self::late::LateInteraction;
use self::late::LateQuery;
use self::request::Prepared;
pub use self::request::{Formulas, GroupBy, Query, Request, Unit};
use crate::difference::{Difference, Edit, Formula, boilerplate, differences, edits};
use crate::document::Span;
use crate::embed::{Role, Want};
use crate::engine::Engine;
use crate::error::Result;
use crate::index::VectorId;
use crate::store::{ArticleRow, ClauseId, ClauseRow, DocumentKey, DocumentRow, Place};

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
    /// The formula that the hit consists of, if it is one: 本条例自…起施行 and the like.
    pub formula: Option<Formula>,
    /// Whether it is a formula, by its shape or, unless formulas are ranked as any other clause, because a good part of
    /// all documents has it.
    pub boilerplate: bool,
    /// Which parts of query and hit answer each other, heaviest first; of an article, in its best clause.
    pub highlights: Vec<Highlight>,
    /// How the wordings differ; only when the request asks for it.
    pub difference: Option<Wording>,
    /// How many versions of its document are stored, itself included.
    pub versions: usize,
    /// Whether its document is the newest of them.
    pub newest: bool,
}

/// How the wordings of query and hit differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Wording {
    /// Runs of characters, of the query as it was asked on the left and of the hit's text on the right; for verbatim
    /// and edited hits, empty for others, which have little more than single characters in common.
    pub edits: Vec<Edit>,
    /// Figures, deadlines, actors, obligations and scope that differ, the query on the left.
    pub measures: Vec<Difference>,
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
    /// The clause; of an article its best one.
    place: Place,
    similarity: f32,
    late: LateInteraction,
    /// Ranked after all that are not.
    below: bool,
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
        let hits = self.describe(&prepared, &taken)?;
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
        let asked = text;
        let text = crate::document::normalise_for_search(&asked);
        let parts = match request.unit {
            Unit::Clause => Vec::new(),
            Unit::Article => articles::parts(&text),
        };
        let queries = &self.embedders.queries;
        let missing = || crate::Error::Encoder("expected an embedding of the query, received none".to_owned());
        // The tokens of the parts are not needed, but one call keeps all workers busy.
        let inputs: Vec<&str> = std::iter::once(&text).chain(&parts).map(String::as_str).collect();
        let mut encoded = queries.encode(&inputs, Role::Query, Want::Tokens)?.into_iter();
        let whole = encoded.next().ok_or_else(missing)?;
        let tokens = queries.codec().query(&whole.tokens.ok_or_else(missing)?)?;
        let late = LateQuery::new(tokens, &self.frequencies());
        let parts = parts.into_iter().zip(encoded.map(|encoded| encoded.embedding)).collect();
        let scope = self.store.scope(&filter)?;
        Ok(Prepared { request, scope, asked, text, whole: whole.embedding, late, parts })
    }

    /// Reads the details of what was taken, and leaves out what is too improbable for the request.
    fn describe(&self, prepared: &Prepared<'_>, taken: &Taken) -> Result<Vec<Hit>> {
        let places: Vec<(DocumentKey, usize)> =
            taken.hits.iter().map(|s| (s.place.document, s.place.ordinal)).collect();
        let scores: HashMap<(DocumentKey, usize), &Scored> = places.iter().copied().zip(&taken.hits).collect();
        let rows = self.store.clauses(&places)?;
        let families = rows.iter().filter_map(|(_, _, document)| document.metadata.family.as_deref());
        let families = self.store.versions(families)?;
        let query = Characters::of(&prepared.text);
        let mut hits: Vec<Hit> = rows
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
                    background: taken.background,
                };
                let probability = self.calibration.probability(&evidence);
                let formula = boilerplate(&text);
                let versions = document.metadata.family.as_ref().and_then(|family| families.get(family));
                Some(Hit {
                    clause_id: ClauseId { document_id: document.document_id.clone(), ordinal: clause.place.ordinal },
                    evidence,
                    score: scored.late.score(),
                    probability,
                    relation: Relation::of(&evidence, probability),
                    formula,
                    boilerplate: formula.is_some() || scored.below,
                    highlights: Vec::new(),
                    difference: None,
                    versions: versions.map_or(1, Vec::len),
                    newest: versions.and_then(|v| v.first()).is_none_or(|newest| newest.key == document.key),
                    text,
                    span,
                    document,
                    article,
                    clause,
                })
            })
            .collect();
        hits.retain(|hit| hit.probability >= prepared.request.min_probability);
        self.explain(prepared, &mut hits)?;
        Ok(hits)
    }

    /// Points out in every hit what answers the query, and how the wordings differ when that was asked for.
    fn explain(&self, prepared: &Prepared<'_>, hits: &mut [Hit]) -> Result<()> {
        let asked = Pointed::new(&prepared.asked, prepared.late.tokens.tokens.clone(), 0);
        let mut of_text: HashMap<VectorId, Vec<usize>> = HashMap::new();
        for (i, hit) in hits.iter().enumerate() {
            of_text.entry(hit.clause.place.text_id).or_default().push(i);
        }
        let ids: Vec<VectorId> = of_text.keys().copied().collect();
        self.store.token_codes(ids.into_iter(), |id, codes| {
            for i in &of_text[&id] {
                let hit = &mut hits[*i];
                // A clause stands in its article as it is, but for line breaks in the latter.
                let Some(at) = hit.text.find(&hit.clause.text) else { continue };
                let start = hit.text[..at].chars().count();
                let normalised = crate::document::normalise_for_search(&hit.clause.text);
                let tokens = self.embedders.queries.tokenise(&normalised)?;
                let text = Pointed::new(&hit.clause.text, tokens, start);
                hit.highlights = highlights(&prepared.late, &asked, &codes, &text)?;
            }
            Ok(())
        })?;
        if prepared.request.explain {
            for hit in hits {
                let close = matches!(hit.relation, Relation::Verbatim | Relation::Edited);
                hit.difference = Some(Wording {
                    edits: if close { edits(&prepared.asked, &hit.text) } else { Vec::new() },
                    measures: differences(&prepared.asked, &hit.text),
                });
            }
        }
        Ok(())
    }
}
