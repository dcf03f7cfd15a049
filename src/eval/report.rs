//! Figures for programs (JSON) and for people (a table).

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::drafts::DraftFigures;
use super::judgments::QueryKind;
use super::metrics::Figures;

/// The queries of one kind in one file.
///
/// Serialised as one flat object: `file`, `kind`, then the figures, rounded to four digits; a figure that could not be
/// computed is null.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Name of the file, without its folder.
    pub file: String,
    /// Kind of the queries.
    pub kind: QueryKind,
    /// What became of them.
    pub outcome: Outcome,
    /// Documents with a precedent that the store does not have: a sign that other documents were judged than those
    /// that are searched. Their judgments count as missed. Not serialised.
    pub absent_documents: Vec<String>,
}

/// What became of the queries of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// They were searched for.
    Searched(Figures),
    /// They were drafts, and checked.
    Checked(DraftFigures),
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &self.file)?;
        map.serialize_entry("kind", self.kind.name())?;
        match &self.outcome {
            Outcome::Checked(figures) => {
                map.serialize_entry("drafts", &figures.drafts)?;
                map.serialize_entry("part_recall@5", &figures.part_recall().map(rounded))?;
                map.serialize_entry("parts", &figures.parts)?;
                map.serialize_entry("novel_found", &figures.novel_found().map(rounded))?;
                map.serialize_entry("novel", &figures.novel)?;
            }
            Outcome::Searched(figures) => {
                map.serialize_entry("queries", &figures.queries)?;
                map.serialize_entry("ndcg@10", &figures.ndcg_at_10.map(rounded))?;
                map.serialize_entry("recall@10", &figures.recall_at_10.map(rounded))?;
                map.serialize_entry("mrr", &figures.mrr.map(rounded))?;
                map.serialize_entry("p@1", &figures.precision_at_1.map(rounded))?;
                map.serialize_entry("no_precedent_auc", &figures.no_precedent_auc.map(rounded))?;
                map.serialize_entry("ece", &rounded(figures.calibration_error))?;
                map.serialize_entry("own_document_hits", &figures.own_document_hits)?;
                map.serialize_entry("p50_ms", &figures.p50_ms.map(rounded))?;
                map.serialize_entry("max_ms", &figures.max_ms.map(rounded))?;
            }
        }
        map.end()
    }
}

/// The nearest number of four decimal digits. By way of the decimal form, which rounds the exact value; multiplying
/// by 10,000 would round twice.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.4}").parse().unwrap_or(value)
}

/// Rows as an aligned table, with a line for drafts and for everything that looks wrong.
///
/// The file comes last: its name may hold characters of double width, after which nothing would be aligned.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a>(pub &'a [Row]);

const HEADER: [&str; 11] =
    ["kind", "queries", "nDCG@10", "recall@10", "MRR", "P@1", "AUC", "ECE", "own", "p50 ms", "max ms"];

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let searched = self.0.iter().filter_map(|row| match &row.outcome {
            Outcome::Searched(figures) => Some((cells(row.kind, figures), row.file.as_str())),
            Outcome::Checked(_) => None,
        });
        let lines: Vec<([String; 11], &str)> =
            std::iter::once((HEADER.map(str::to_owned), "file")).chain(searched).collect();
        if lines.len() > 1 {
            let width = |column: usize| lines.iter().map(|(cells, _)| cells[column].len()).max().unwrap_or(0);
            let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
            for (cells, file) in &lines {
                for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                    match column {
                        0 => write!(f, "{cell:<width$}  ")?,
                        _ => write!(f, "{cell:>width$}  ")?,
                    }
                }
                writeln!(f, "{file}")?;
            }
        }
        for row in self.0 {
            let (file, kind) = (&row.file, row.kind);
            match &row.outcome {
                Outcome::Checked(drafts) => writeln!(
                    f,
                    "{file}: {} drafts: of {} parts with a precedent {} are shown a right one, of {} without {} are novel",
                    drafts.drafts, drafts.parts, drafts.found, drafts.novel, drafts.called_novel
                )?,
                Outcome::Searched(figures) if figures.own_document_hits > 0 => {
                    writeln!(
                        f,
                        "{file}: {} hits of kind {kind} from the query's own document",
                        figures.own_document_hits
                    )?;
                }
                Outcome::Searched(_) => {}
            }
            if !row.absent_documents.is_empty() {
                let documents = row.absent_documents.join(", ");
                writeln!(f, "{file}: precedents of kind {kind} in documents that are not stored: {documents}")?;
            }
        }
        Ok(())
    }
}

fn cells(kind: QueryKind, figures: &Figures) -> [String; 11] {
    let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let milliseconds = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    [
        kind.to_string(),
        figures.queries.to_string(),
        share(figures.ndcg_at_10),
        share(figures.recall_at_10),
        share(figures.mrr),
        share(figures.precision_at_1),
        share(figures.no_precedent_auc),
        share(Some(figures.calibration_error)),
        figures.own_document_hits.to_string(),
        milliseconds(figures.p50_ms),
        milliseconds(figures.max_ms),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let figures = Figures {
            queries: 45,
            ndcg_at_10: Some(0.123_45),
            recall_at_10: Some(2.0 / 3.0),
            mrr: Some(1.0),
            precision_at_1: Some(0.031_25),
            no_precedent_auc: None,
            calibration_error: 0.0,
            own_document_hits: 0,
            p50_ms: Some(12.345_678),
            max_ms: Some(100.0),
        };
        let row = |kind, outcome, absent: &[&str]| Row {
            file: "质量.jsonl".to_owned(),
            kind,
            outcome,
            absent_documents: absent.iter().map(|id| (*id).to_owned()).collect(),
        };
        vec![
            row(QueryKind::Clause, Outcome::Searched(figures), &["taian-2018"]),
            row(
                QueryKind::Draft,
                Outcome::Checked(DraftFigures { drafts: 10, parts: 26, found: 25, novel: 8, called_novel: 6 }),
                &[],
            ),
        ]
    }

    #[test]
    fn a_row_is_one_flat_object_of_four_digits_with_null_for_what_is_not_known() {
        assert_eq!(
            serde_json::to_string(&rows()).unwrap(),
            concat!(
                r#"[{"file":"质量.jsonl","kind":"clause","queries":45,"ndcg@10":0.1235,"recall@10":0.6667,"mrr":1.0,"#,
                r#""p@1":0.0312,"no_precedent_auc":null,"ece":0.0,"own_document_hits":0,"p50_ms":12.3457,"#,
                r#""max_ms":100.0},{"file":"质量.jsonl","kind":"draft","drafts":10,"part_recall@5":0.9615,"#,
                r#""parts":26,"novel_found":0.75,"novel":8}]"#
            )
        );
    }

    #[test]
    fn the_table_is_aligned_and_drafts_have_a_line() {
        let expected = "\
kind    queries  nDCG@10  recall@10     MRR     P@1  AUC     ECE  own  p50 ms  max ms  file
clause       45   0.1235     0.6667  1.0000  0.0312    -  0.0000    0    12.3   100.0  质量.jsonl
质量.jsonl: precedents of kind clause in documents that are not stored: taian-2018
质量.jsonl: 10 drafts: of 26 parts with a precedent 25 are shown a right one, of 8 without 6 are novel
";
        assert_eq!(Table(&rows()).to_string(), expected);
        assert!(Table(&rows()[1..]).to_string().starts_with("质量.jsonl: 10 drafts: of 26 parts"));
        assert_eq!(Table(&[]).to_string(), "");
    }
}
