//! How good is the search? Judged queries in, figures out.
//!
//! [`judgments`] reads what was judged, [`metrics`] compares it with hits and [`drafts`] with the precedents of drafts,
//! [`report`] writes the figures, [`ablation`] tells what each part of the ranking brings, [`fit`] learns from judged hits
//! what the evidence for a hit means.

pub mod ablation;
pub mod drafts;
pub mod fit;
pub mod judgments;
pub mod metrics;
pub mod report;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

pub use self::ablation::{Ablation, AblationTable, ablate};
use self::drafts::{DraftFigures, DraftPart};
use self::judgments::{JudgedQuery, PRECEDENT, QueryKind};
use self::metrics::{RankedHit, Tally};
pub use self::report::{Outcome, Row, Table};
use crate::check::Check;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::{Hit, Query, Request};
use crate::store::DocumentFilter;

/// What is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Hits that every query asks for, 1 to [`Request::MOST_HITS`]. MRR and calibration look at all of them.
    pub depth: usize,
    /// Kinds of queries, in the order of the rows.
    pub kinds: Vec<QueryKind>,
}

impl Default for Options {
    /// Fifty hits, every kind.
    fn default() -> Options {
        Options { depth: 50, kinds: QueryKind::ALL.to_vec() }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        if (1..=Request::MOST_HITS).contains(&self.depth) {
            return Ok(());
        }
        Err(Error::invalid("depth", format!("1 to {}", Request::MOST_HITS), self.depth.to_string()))
    }
}

/// Searches for every judged query of a file, checks every judged draft, and compares what is found with the judgments;
/// one row for every kind that the file has.
///
/// Documents are told by their ids; a query's own document is left out of its search. Drafts are checked with the default
/// settings, whatever the depth.
///
/// # Errors
/// [`Error::Io`], and [`Error::Invalid`] for a file of another form or a depth out of bounds, before the first search;
/// whatever [`Engine::search`] and [`Engine::check`] fail with.
pub fn evaluate(engine: &Engine, file: &Path, options: &Options) -> Result<Vec<Row>> {
    options.check()?;
    let queries = judgments::read(file)?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let search = |query: &JudgedQuery| {
        let request = request(query, options.depth);
        let started = Instant::now();
        let answer = engine.search(&request)?;
        let took_ms = started.elapsed().as_secs_f64() * 1e3;
        Ok((answer.hits.into_iter().map(RankedHit::from).collect(), took_ms))
    };
    let check = |draft: &JudgedQuery| {
        let mut parts = Vec::new();
        engine.check(&Check::new(draft.text.clone()), |clause| {
            let precedents = clause.precedents.into_iter().map(RankedHit::from).collect();
            parts.push(DraftPart { text: clause.text, verdict: clause.verdict, precedents });
            ControlFlow::Continue(())
        })?;
        Ok(parts)
    };
    let mut rows = evaluate_with(&name, &queries, &options.kinds, search, check)?;
    for row in &mut rows {
        row.absent_documents = absent_documents(engine, &queries, row.kind)?;
    }
    Ok(rows)
}

/// The rows of a file, with hits and milliseconds from `search`, and the clauses of drafts from `check`.
fn evaluate_with(
    file: &str,
    queries: &[JudgedQuery],
    kinds: &[QueryKind],
    mut search: impl FnMut(&JudgedQuery) -> Result<(Vec<RankedHit>, f64)>,
    mut check: impl FnMut(&JudgedQuery) -> Result<Vec<DraftPart>>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in kinds {
        let queries: Vec<&JudgedQuery> = queries.iter().filter(|query| query.kind == *kind).collect();
        if queries.is_empty() {
            continue;
        }
        let outcome = match kind {
            QueryKind::Draft => {
                let mut figures = DraftFigures::default();
                for draft in queries {
                    figures.add(draft, &check(draft)?);
                }
                Outcome::Checked(figures)
            }
            QueryKind::Clause | QueryKind::Text => {
                let mut tally = Tally::default();
                for query in queries {
                    let (hits, took_ms) = search(query)?;
                    tally.add(query, &hits, took_ms);
                }
                Outcome::Searched(tally.figures())
            }
        };
        rows.push(Row { file: file.to_owned(), kind: *kind, outcome, absent_documents: Vec::new() });
    }
    Ok(rows)
}

/// What a judged query asks the engine.
fn request(query: &JudgedQuery, depth: usize) -> Request {
    Request {
        limit: depth,
        unit: query.unit,
        // Judges graded other versions of the query's document as any other: leaving them out would count them as missed.
        filter: DocumentFilter {
            excluded: query.own_document.iter().cloned().collect(),
            excluded_alone: true,
            ..DocumentFilter::default()
        },
        ..Request::new(Query::Text(query.text.clone()))
    }
}

/// Documents with a precedent of a query of this kind that have no clause in the store.
fn absent_documents(engine: &Engine, queries: &[JudgedQuery], kind: QueryKind) -> Result<Vec<String>> {
    let judgments = queries.iter().filter(|query| query.kind == kind).flat_map(|query| &query.judgments);
    let documents: BTreeSet<&String> =
        judgments.filter(|judgment| judgment.grade >= PRECEDENT).map(|judgment| &judgment.document).collect();
    let mut absent = Vec::new();
    for id in documents {
        let scope =
            engine.store().scope(&DocumentFilter { documents: vec![id.clone()], ..DocumentFilter::default() })?;
        if scope.clauses == 0 {
            absent.push(id.clone());
        }
    }
    Ok(absent)
}

impl From<Hit> for RankedHit {
    fn from(hit: Hit) -> RankedHit {
        RankedHit {
            document_id: hit.document.document_id,
            text: hit.text,
            // The value that a client reads in JSON: 0.7_f32 is 0.7 there, and 0.699999988 when merely widened, which
            // is another bin of the calibration error.
            probability: hit.probability.to_string().parse().unwrap_or(f64::from(hit.probability)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::judgments::Judgment;
    use crate::search::Unit;

    fn query(kind: QueryKind, own_document: Option<&str>) -> JudgedQuery {
        let judgment =
            Judgment {
                document: "甲".to_owned(), passage: "建立质量追溯制度".to_owned(), grade: 2, part: None
            };
        JudgedQuery {
            id: "a".to_owned(),
            kind,
            unit: Unit::Article,
            text: "质量追溯".to_owned(),
            own_document: own_document.map(str::to_owned),
            judgments: vec![judgment],
            novel: Vec::new(),
        }
    }

    #[test]
    fn there_is_a_row_for_every_kind_asked_for_that_the_file_has_and_drafts_are_checked() {
        let queries = [query(QueryKind::Draft, None), query(QueryKind::Text, None), query(QueryKind::Draft, None)];
        let (mut searches, mut checks) = (0, 0);
        let hit = || {
            let (document_id, text) = ("甲".to_owned(), "建立质量追溯制度。".to_owned());
            RankedHit { document_id, text, probability: 1.0 }
        };
        let search = |_: &JudgedQuery| {
            searches += 1;
            Ok((vec![hit()], 1.5))
        };
        let check = |_: &JudgedQuery| {
            checks += 1;
            Ok(Vec::new())
        };
        let rows = evaluate_with("dev.jsonl", &queries, &QueryKind::ALL, search, check).unwrap();
        assert_eq!((searches, checks), (1, 2));
        assert_eq!(rows.iter().map(|row| row.kind).collect::<Vec<_>>(), [QueryKind::Text, QueryKind::Draft]);
        assert!(rows.iter().all(|row| row.file == "dev.jsonl"));
        assert!(matches!(&rows[0].outcome, Outcome::Searched(f) if f.ndcg_at_10 == Some(1.0) && f.p50_ms == Some(1.5)));
        assert_eq!(rows[1].outcome, Outcome::Checked(DraftFigures { drafts: 2, parts: 2, ..DraftFigures::default() }));
        let kinds = [QueryKind::Clause];
        let none = evaluate_with("dev.jsonl", &queries, &kinds, |_| Ok((Vec::new(), 0.0)), |_| Ok(Vec::new())).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn a_failed_search_ends_the_evaluation() {
        let queries = [query(QueryKind::Clause, None)];
        let failed =
            evaluate_with("dev.jsonl", &queries, &QueryKind::ALL, |_| Err(Error::ShuttingDown), |_| Ok(Vec::new()));
        assert!(matches!(failed, Err(Error::ShuttingDown)));
    }

    #[test]
    fn a_query_is_searched_to_the_depth_in_its_unit_without_its_own_document() {
        let asked = request(&query(QueryKind::Clause, Some("甲")), 50);
        assert_eq!(asked.query, Query::Text("质量追溯".to_owned()));
        assert_eq!((asked.limit, asked.unit, asked.min_probability), (50, Unit::Article, 0.0));
        assert_eq!(asked.filter.excluded, ["甲"]);
        assert!(request(&query(QueryKind::Text, None), 50).filter.excluded.is_empty());
    }
}
