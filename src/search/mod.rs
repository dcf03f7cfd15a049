//! Text in, hits out: candidates from the index, placed in documents, ranked by late interaction, grouped.
//!
//! The index knows texts, the store knows where they stand; a filter on documents is therefore applied after the
//! index, over more candidates than were asked for. Where few clauses pass the filter, exactly those are scanned
//! instead, so that a narrow filter gives exact results.

mod ablation;
mod articles;
mod calibration;
mod candidates;
mod evidence;
mod explanation;
mod late;
mod pairs;
mod parts;
mod request;
mod surroundings;
mod versions;

use std::collections::HashMap;
use std::time::Instant;

pub use self::ablation::Ranker;
pub use self::calibration::{Calibration, Relation};
use self::candidates::Taken;
pub(crate) use self::candidates::Within;
use self::evidence::Characters;
pub(crate) use self::evidence::longest_common_run;
pub use self::evidence::{Common, Evidence};
pub use self::explanation::Highlight;
use self::explanation::{Pointed, highlights};
pub use self::late::LateInteraction;
use self::late::LateQuery;
pub(crate) use self::pairs::{Pair, PairedText, Pairs, relation_of_linked};
pub(crate) use self::parts::{Candidate, Question};
pub(crate) use self::request::{EncodedQuery, Prepared};
pub use self::request::{Formulas, GroupBy, Query, Request, Unit};
pub use self::surroundings::Setting;
use crate::difference::{Difference, Edit, Formula, boilerplate, differences, edits};
use crate::document::Span;
use crate::embed::{Embedding, Encoded, Role, Want};
use crate::engine::Engine;
use crate::error::Result;
use crate::index::VectorId;
use crate::store::{ArticleRow, ClauseId, ClauseRow, DocumentFilter, DocumentKey, DocumentRow, Facets, Place};

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
    /// How far it has what the best candidates of the query have in common: a cosine of sentence embeddings from the
    /// middle of those about its topic, in [-1, 1].
    pub agreement: f32,
    /// The value that orders hits, in [-1, 1]; larger is better, and a hit equal to the query has nearly 1.
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
    /// What all that was found is of; only when the request asks for it.
    pub facets: Option<FoundFacets>,
    /// Time taken, encoding included, in milliseconds.
    pub took_ms: f64,
}

/// What all that a search found is of: the hits of its answer and those that its limit or its groups left out. A search
/// ranks some hundreds of candidates; what is not among them is not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundFacets {
    /// How many clauses or articles were found that are probable enough.
    pub total: usize,
    /// How many of them are of what.
    pub of: Facets,
}

/// A place in the corpus with its scores, before its details are read.
#[derive(Debug, Clone, Copy)]
struct Scored {
    /// The clause; of an article its best one.
    place: Place,
    similarity: f32,
    late: LateInteraction,
    /// How far it has what the best candidates have in common, in [-1, 1].
    agreement: f32,
    /// Ranked after all that are not.
    below: bool,
}

impl Scored {
    /// The value that orders hits; for a text equal to the query 1 less what it lacks of agreement, times
    /// [`AGREEMENT`].
    fn score(&self) -> f32 {
        (1.0 - AGREEMENT) * self.late.score() + AGREEMENT * self.agreement
    }
}

/// What agreement counts for beside late interaction. Between 0.05 and 0.12 it makes no difference on the judged sets.
const AGREEMENT: f32 = 0.09;

impl Engine {
    /// Finds the most similar clauses or articles.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a request outside its bounds, [`crate::Error::NotFound`] for a query by an
    /// unknown clause id, [`crate::Error::Busy`] when the encoder's queue is full.
    pub fn search(&self, request: &Request) -> Result<Answer> {
        let started = Instant::now();
        request.check()?;
        let (asked, filter) = self.resolve(request)?;
        let parts = match request.unit {
            Unit::Clause => Vec::new(),
            Unit::Article => articles::parts(&crate::document::normalise_for_search(&asked)),
        };
        let query = self.encode_query(asked, parts)?;
        let within = self.within(&filter)?;
        let prepared = Prepared { request, within: &within, query: &query };
        let taken = self.taken(&prepared)?;
        let mut hits = self.describe(&prepared, &taken.hits, taken.setting)?;
        hits.retain(|hit| hit.probability >= request.min_probability);
        self.explain(&prepared, &mut hits)?;
        let facets = request.facets.then(|| self.facets(&taken, request.min_probability)).transpose()?;
        Ok(Answer { hits, facets, took_ms: started.elapsed().as_secs_f64() * 1e3 })
    }

    fn taken(&self, prepared: &Prepared<'_>) -> Result<Taken> {
        match prepared.request.unit {
            Unit::Clause => self.best_clauses(prepared),
            Unit::Article => self.best_articles(prepared),
        }
    }

    fn facets(&self, taken: &Taken, min_probability: f32) -> Result<FoundFacets> {
        let probable = |s: &&Scored| self.calibration.probability_of(s.late, taken.setting) >= min_probability;
        let mut found: HashMap<DocumentKey, usize> = HashMap::new();
        for scored in taken.ranked.iter().filter(probable) {
            *found.entry(scored.place.document).or_default() += 1;
        }
        let documents = self.store.document_rows(found.keys().copied())?;
        let counted = documents.iter().map(|(key, row)| (&row.metadata, found.get(key).copied().unwrap_or_default()));
        Ok(FoundFacets { total: found.values().sum(), of: Facets::count(counted) })
    }

    /// The text that a request asks for, and which documents it looks at.
    fn resolve(&self, request: &Request) -> Result<(String, DocumentFilter)> {
        let mut filter = request.filter.clone();
        let asked = match &request.query {
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
        Ok((asked, filter))
    }

    /// Encodes a query, with the clauses that it is made of where these are looked for as well.
    fn encode_query(&self, asked: String, parts: Vec<String>) -> Result<EncodedQuery> {
        let text = crate::document::normalise_for_search(&asked);
        // The tokens of the parts are not needed, but one call keeps all workers busy.
        let inputs: Vec<&str> = std::iter::once(&text).chain(&parts).map(String::as_str).collect();
        let mut encoded = self.embedders.queries.encode(&inputs, Role::Query, Want::Tokens)?.into_iter();
        let whole = encoded.next();
        let parts = parts.into_iter().zip(encoded.map(|encoded| encoded.embedding)).collect();
        self.encoded_query(asked, text, whole, parts)
    }

    /// Encodes queries for clauses, all in one call.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] when the encoder's queue is full; [`crate::Error::Encoder`].
    pub(crate) fn encode_queries(&self, asked: &[&str]) -> Result<Vec<EncodedQuery>> {
        let texts: Vec<String> = asked.iter().map(|asked| crate::document::normalise_for_search(asked)).collect();
        let inputs: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut encoded = self.embedders.queries.encode(&inputs, Role::Query, Want::Tokens)?.into_iter();
        let queries = asked.iter().zip(texts);
        queries.map(|(asked, text)| self.encoded_query((*asked).to_owned(), text, encoded.next(), Vec::new())).collect()
    }

    fn encoded_query(
        &self,
        asked: String,
        text: String,
        whole: Option<Encoded>,
        parts: Vec<(String, Embedding)>,
    ) -> Result<EncodedQuery> {
        let missing = || crate::Error::Encoder("expected an embedding of the query, received none".to_owned());
        let whole = whole.ok_or_else(missing)?;
        let tokens = self.embedders.queries.codec().query(&whole.tokens.ok_or_else(missing)?, &self.centre())?;
        let late = LateQuery::new(tokens, &self.frequencies());
        Ok(EncodedQuery { asked, text, whole: whole.embedding, late, parts })
    }

    /// Which documents a filter leaves to look at.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub(crate) fn within(&self, filter: &DocumentFilter) -> Result<Within> {
        Ok(Within::new(self.store.scope(filter)?))
    }

    /// The hits of a search, best first, not explained yet, improbable ones included; and of the clauses ranked behind
    /// them the best `most` whose probability is `wanted`.
    ///
    /// # Errors
    /// [`crate::Error::Store`], [`crate::Error::Index`].
    pub(crate) fn hits(
        &self,
        prepared: &Prepared<'_>,
        most: usize,
        wanted: impl Fn(f32) -> bool,
    ) -> Result<(Vec<Hit>, Vec<Hit>)> {
        let mut taken = self.taken(prepared)?;
        let setting = taken.setting;
        taken.behind.retain(|s| !s.below && wanted(self.calibration.probability_of(s.late, setting)));
        taken.behind.truncate(most);
        let hits = self.describe(prepared, &taken.hits, setting)?;
        Ok((hits, self.describe(prepared, &taken.behind, setting)?))
    }

    /// Reads the details of hits; those that are gone meanwhile are left out.
    fn describe(&self, prepared: &Prepared<'_>, hits: &[Scored], setting: Setting) -> Result<Vec<Hit>> {
        let places: Vec<(DocumentKey, usize)> = hits.iter().map(|s| (s.place.document, s.place.ordinal)).collect();
        let scores: HashMap<(DocumentKey, usize), &Scored> = places.iter().copied().zip(hits).collect();
        let rows = self.store.clauses(&places)?;
        let families = rows.iter().filter_map(|(_, _, document)| document.metadata.family.as_deref());
        let families = self.store.versions(families)?;
        let query = Characters::of(&prepared.query.text);
        Ok(rows
            .into_iter()
            .filter_map(|(clause, article, document)| {
                let scored = scores.get(&(document.key, clause.place.ordinal))?;
                let (text, span) = match prepared.request.unit {
                    Unit::Clause => (clause.text.clone(), clause.span),
                    Unit::Article => (article.text.clone(), article.span),
                };
                let common = query.in_common(&Characters::of(&text));
                let copy = Relation::of_copy(&prepared.query.text, &text, common.overlap);
                let evidence = Evidence { late: scored.late, similarity: scored.similarity, common, setting };
                let probability = self.calibration.probability(&evidence);
                let formula = boilerplate(&text);
                let versions = document.metadata.family.as_ref().and_then(|family| families.get(family));
                Some(Hit {
                    clause_id: ClauseId { document_id: document.document_id.clone(), ordinal: clause.place.ordinal },
                    evidence,
                    score: scored.score(),
                    agreement: scored.agreement,
                    probability,
                    relation: Relation::of(copy, probability),
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
            .collect())
    }

    /// Points out in every hit what answers the query, and how the wordings differ when that was asked for.
    ///
    /// # Errors
    /// [`crate::Error::Store`]; [`crate::Error::Encoder`].
    pub(crate) fn explain(&self, prepared: &Prepared<'_>, hits: &mut [Hit]) -> Result<()> {
        let query = prepared.query;
        let asked = Pointed::new(&query.asked, query.late.tokens.tokens.clone(), 0);
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
                hit.highlights = highlights(&query.late, &asked, &codes, &text)?;
            }
            Ok(())
        })?;
        if prepared.request.explain {
            for hit in hits {
                let close = matches!(hit.relation, Relation::Verbatim | Relation::Edited);
                hit.difference = Some(Wording {
                    edits: if close { edits(&query.asked, &hit.text) } else { Vec::new() },
                    measures: differences(&query.asked, &hit.text),
                });
            }
        }
        Ok(())
    }
}
