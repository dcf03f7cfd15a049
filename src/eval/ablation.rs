//! What each part of the ranking brings, on judged queries.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use super::judgments::JudgedQuery;
use super::metrics::{Figures, RankedHit};
use super::report::rounded;
use super::{Options, Outcome, evaluate_with, judgments, request};
use crate::engine::Engine;
use crate::error::Result;
use crate::search::Ranker;

/// The queries of one kind in one file, ranked in one way.
///
/// Serialised as one flat object; figures rounded to four digits, null where there is nothing to compute them from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ablation {
    /// Name of the file, without its folder.
    pub file: String,
    /// Kind of the queries.
    pub kind: String,
    /// Name of the way of ranking ([`Ranker::name`]).
    pub ranker: &'static str,
    /// Number of queries.
    pub queries: usize,
    /// [`Figures::ndcg_at_10`].
    #[serde(rename = "ndcg@10")]
    pub ndcg_at_10: Option<f64>,
    /// [`Figures::recall_at_10`].
    #[serde(rename = "recall@10")]
    pub recall_at_10: Option<f64>,
    /// [`Figures::mrr`].
    pub mrr: Option<f64>,
    /// [`Figures::precision_at_1`].
    #[serde(rename = "p@1")]
    pub precision_at_1: Option<f64>,
}

/// Searches for every judged query of a file in every way of ranking; a row for every kind and way.
///
/// # Errors
/// As [`super::evaluate`].
pub fn ablate(engine: &Engine, file: &Path, options: &Options) -> Result<Vec<Ablation>> {
    options.check()?;
    let queries = judgments::read(file)?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let mut found = Vec::new();
    for kind in &options.kinds {
        for ranker in Ranker::ALL {
            let search = |query: &JudgedQuery| {
                let started = Instant::now();
                let hits = engine.search_by(&request(query, options.depth), ranker)?;
                // A way of ranking has no probability; the figures that need one are not told.
                let hits =
                    hits.into_iter().map(|(document_id, text)| RankedHit { document_id, text, probability: 0.0 });
                Ok((hits.collect(), started.elapsed().as_secs_f64() * 1e3))
            };
            // A check has one way of ranking.
            let rows = evaluate_with(&name, &queries, &[*kind], search, |_| Ok(Vec::new()))?;
            found.extend(rows.into_iter().filter_map(|row| match row.outcome {
                Outcome::Searched(figures) => Some(Ablation::new(row.file, row.kind.to_string(), ranker, &figures)),
                Outcome::Checked(_) => None,
            }));
        }
    }
    Ok(found)
}

impl Ablation {
    fn new(file: String, kind: String, ranker: Ranker, figures: &Figures) -> Ablation {
        Ablation {
            file,
            kind,
            ranker: ranker.name(),
            queries: figures.queries,
            ndcg_at_10: figures.ndcg_at_10.map(rounded),
            recall_at_10: figures.recall_at_10.map(rounded),
            mrr: figures.mrr.map(rounded),
            precision_at_1: figures.precision_at_1.map(rounded),
        }
    }
}

/// Rows as an aligned table.
#[derive(Debug, Clone, Copy)]
pub struct AblationTable<'a>(pub &'a [Ablation]);

impl fmt::Display for AblationTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "kind    ranker  queries  nDCG@10  recall@10     MRR     P@1  file")?;
        let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
        for row in self.0 {
            let [ndcg, recall, mrr, precision] =
                [row.ndcg_at_10, row.recall_at_10, row.mrr, row.precision_at_1].map(figure);
            writeln!(
                f,
                "{:<6}  {:<6}  {:>7}  {ndcg:>7}  {recall:>9}  {mrr:>6}  {precision:>6}  {}",
                row.kind, row.ranker, row.queries, row.file
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned_and_a_row_is_a_flat_object() {
        let row = Ablation {
            file: "dev.jsonl".to_owned(),
            kind: "clause".to_owned(),
            ranker: "bm25",
            queries: 45,
            ndcg_at_10: Some(0.775),
            recall_at_10: Some(0.5),
            mrr: None,
            precision_at_1: Some(1.0),
        };
        let expected = "\
kind    ranker  queries  nDCG@10  recall@10     MRR     P@1  file
clause  bm25         45   0.7750     0.5000       -  1.0000  dev.jsonl
";
        assert_eq!(AblationTable(std::slice::from_ref(&row)).to_string(), expected);
        assert_eq!(
            serde_json::to_string(&row).unwrap(),
            concat!(
                r#"{"file":"dev.jsonl","kind":"clause","ranker":"bm25","queries":45,"ndcg@10":0.775,"recall@10":0.5,"#,
                r#""mrr":null,"p@1":1.0}"#
            )
        );
    }
}
