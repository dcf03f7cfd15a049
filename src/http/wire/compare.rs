//! Two documents beside each other: what is asked and what is answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hits::{EditKind, MeasureKind, MeasuredValue, Relation};
use super::{Metadata, Span, from_objects, mirrored};
use crate::compare::{self, Comparison, Row, Source};
use crate::difference;
use crate::error::{Error, Result};

from_objects! {
    CompareRequest: "an object with left and right",
    CompareSource: "an object with a document_id or a text",
}

/// Two documents to put beside each other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({
    "left": {"document_id": "taian-2018"},
    "right": {"text": "某市质量提升方案\n一、总体要求\n（一）建立质量奖励制度。对获得中国质量奖的企业给予奖励。", "name": "draft"}
}))]
pub(crate) struct CompareRequest {
    /// Usually the older one.
    left: CompareSource,
    /// Usually the newer one.
    right: CompareSource,
}

/// A document: exactly one of `document_id` and `text`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
pub(crate) struct CompareSource {
    /// A stored document.
    #[serde(default)]
    document_id: Option<String>,
    /// A document's text.
    #[serde(default)]
    text: Option<String>,
    /// What to call a text.
    #[serde(default)]
    name: Option<String>,
}

impl CompareSource {
    fn source(self, field: &str) -> Result<Source> {
        match (self.document_id, self.text) {
            (Some(id), None) => Ok(Source::Stored(id)),
            (None, Some(text)) => Ok(Source::Text { name: self.name, text }),
            (given, _) => {
                let received = if given.is_some() { "both" } else { "neither" };
                Err(Error::invalid(field, "exactly one of document_id and text", received))
            }
        }
    }
}

impl CompareRequest {
    /// # Errors
    /// [`Error::Invalid`] unless there is one source a side.
    pub(crate) fn sources(self) -> Result<(Source, Source)> {
        Ok((self.left.source("left")?, self.right.source("right")?))
    }
}

mirrored! {
    /// What became of an article: it has its number; it has another one because of what was put in or taken out before
    /// it; it stands elsewhere among the others.
    ArticleChange = compare::ArticleChange { Kept, Renumbered, Moved, }
}

/// A document that was compared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedDocument {
    /// For a stored document.
    document_id: Option<String>,
    /// What a text was called.
    name: Option<String>,
    metadata: Metadata,
}

/// A clause of a document that was compared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedClause {
    /// For a clause of a stored document.
    clause_id: Option<String>,
    /// Place among the document's clauses, from 0.
    ordinal: usize,
    /// The article's number and the clause's own within it.
    label: String,
    /// Headings above the article, outermost first.
    path: Vec<String>,
    text: String,
    /// Where it stands in the document's normalised text.
    span: Span,
}

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RowKind {
    /// Clauses of both that answer each other.
    Aligned,
    /// A clause that only the left has.
    OnlyLeft,
    /// A clause that only the right has.
    OnlyRight,
}

/// A run of characters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SideEdit {
    /// What happened to it.
    kind: EditKind,
    /// In the left texts, joined by line breaks.
    left: Span,
    /// In the right texts, joined by line breaks.
    right: Span,
}

/// A value that both sides do not share.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SideDifference {
    /// What it is about.
    kind: MeasureKind,
    /// On the left; null where only the right has it.
    left: Option<MeasuredValue>,
    /// On the right; null where only the left has it.
    right: Option<MeasuredValue>,
}

/// Clauses beside each other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparisonRow {
    kind: RowKind,
    /// Several where clauses were merged; none in a row of the right alone.
    left: Vec<ComparedClause>,
    /// Several where a clause was split; none in a row of the left alone.
    right: Vec<ComparedClause>,
    /// Of aligned clauses: `verbatim`, `edited` or `equivalent`.
    relation: Option<Relation>,
    /// Of aligned clauses: chance in [0, 1] that they state the same, judged with their surroundings.
    probability: Option<f32>,
    /// Whether they stand out of the order that the others keep.
    moved: bool,
    /// Runs of characters in order; empty unless the relation is `verbatim` or `edited`.
    edits: Vec<SideEdit>,
    /// Values that differ.
    measures: Vec<SideDifference>,
}

/// An article's number and words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedArticle {
    /// Place among the document's articles, from 0.
    ordinal: usize,
    label: String,
    title: String,
    path: Vec<String>,
}

/// Articles that answer each other. One that was split stands in several, and so does one that others were merged into.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArticlePair {
    left: ComparedArticle,
    right: ComparedArticle,
    change: ArticleChange,
    /// Share of the left article's characters that answer to the right one, in [0, 1].
    left_share: f32,
    /// Share of the right article's characters that answer to the left one, in [0, 1].
    right_share: f32,
}

/// How many clauses of one document are what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SideSummary {
    clauses: usize,
    /// The other has them word for word.
    verbatim: usize,
    /// The other has them in an edited form.
    edited: usize,
    /// The other says them in other words.
    equivalent: usize,
    /// Only this document has them.
    only: usize,
    /// Share of `verbatim` among the clauses, in [0, 1].
    verbatim_share: f32,
    /// Share of `edited`.
    edited_share: f32,
    /// Share of `equivalent`.
    equivalent_share: f32,
    /// Share of `only`.
    only_share: f32,
    /// Share of the characters in clauses that only this document has, in [0, 1].
    only_characters: f32,
}

/// A comparison in figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparisonSummary {
    left: SideSummary,
    right: SideSummary,
    /// Aligned rows out of order.
    moved: usize,
    /// Clauses of the left that were split.
    split: usize,
    /// Clauses of the right that several of the left were merged into.
    merged: usize,
    /// Articles with another number in the same order.
    renumbered_articles: usize,
    /// Articles that stand elsewhere.
    moved_articles: usize,
    /// Aligned rows with figures that differ.
    figures: usize,
    /// Aligned rows with deadlines that differ.
    deadlines: usize,
    /// Aligned rows with other actors.
    responsible: usize,
    /// Aligned rows that bind more or less strictly.
    obligations: usize,
    /// Aligned rows of another scope.
    scopes: usize,
}

/// Two documents beside each other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompareAnswer {
    left: ComparedDocument,
    right: ComparedDocument,
    summary: ComparisonSummary,
    /// Articles that answer each other, in the order of the left.
    articles: Vec<ArticlePair>,
    /// Every clause of both in one row: as on the left, what only the right has behind what stands before it there.
    rows: Vec<ComparisonRow>,
    /// Time taken, encoding included, in milliseconds.
    took_ms: f64,
    /// The model that made the vectors.
    model: String,
}

fn document(side: &compare::Side) -> ComparedDocument {
    ComparedDocument {
        document_id: side.document_id.clone(),
        name: side.name.clone(),
        metadata: side.metadata.clone().into(),
    }
}

fn clauses(side: &compare::Side, places: &[usize]) -> Vec<ComparedClause> {
    let clause = |ordinal: &usize| {
        let clause = side.clauses.get(*ordinal)?;
        let article = side.articles.get(clause.article)?;
        Some(ComparedClause {
            clause_id: clause.clause_id.as_ref().map(ToString::to_string),
            ordinal: *ordinal,
            label: format!("{}{}", article.label, clause.label),
            path: article.path.clone(),
            text: clause.text.clone(),
            span: clause.span.into(),
        })
    };
    places.iter().filter_map(clause).collect()
}

fn article(side: &compare::Side, ordinal: usize) -> Option<ComparedArticle> {
    let article = side.articles.get(ordinal)?;
    Some(ComparedArticle {
        ordinal,
        label: article.label.clone(),
        title: article.title.clone(),
        path: article.path.clone(),
    })
}

fn row(comparison: &Comparison, row: &Row) -> Option<ComparisonRow> {
    let alone = |kind, left, right| ComparisonRow {
        kind,
        left,
        right,
        relation: None,
        probability: None,
        moved: false,
        edits: Vec::new(),
        measures: Vec::new(),
    };
    Some(match row {
        Row::OnlyLeft(i) => alone(RowKind::OnlyLeft, clauses(&comparison.left, &[*i]), Vec::new()),
        Row::OnlyRight(j) => alone(RowKind::OnlyRight, Vec::new(), clauses(&comparison.right, &[*j])),
        Row::Aligned(k) => {
            let alignment = comparison.alignments.get(*k)?;
            let edit =
                |e: &difference::Edit| SideEdit { kind: e.kind.into(), left: e.left.into(), right: e.right.into() };
            let measure = |d: &difference::Difference| SideDifference {
                kind: d.kind.into(),
                left: d.left.clone().map(Into::into),
                right: d.right.clone().map(Into::into),
            };
            ComparisonRow {
                kind: RowKind::Aligned,
                left: clauses(&comparison.left, &alignment.left),
                right: clauses(&comparison.right, &alignment.right),
                relation: Some(alignment.relation.into()),
                probability: Some(alignment.probability),
                moved: alignment.moved,
                edits: alignment.edits.iter().map(edit).collect(),
                measures: alignment.measures.iter().map(measure).collect(),
            }
        }
    })
}

impl From<compare::SideSummary> for SideSummary {
    fn from(side: compare::SideSummary) -> SideSummary {
        let share = |count: usize| count as f32 / side.clauses.max(1) as f32;
        SideSummary {
            clauses: side.clauses,
            verbatim: side.verbatim,
            edited: side.edited,
            equivalent: side.equivalent,
            only: side.only,
            verbatim_share: share(side.verbatim),
            edited_share: share(side.edited),
            equivalent_share: share(side.equivalent),
            only_share: share(side.only),
            only_characters: side.only_characters,
        }
    }
}

impl CompareAnswer {
    pub(crate) fn new(comparison: &Comparison, model: &str) -> CompareAnswer {
        let s = comparison.summary;
        let (left, right) = (&comparison.left, &comparison.right);
        let pair = |link: &compare::ArticleLink| {
            Some(ArticlePair {
                left: article(left, link.left)?,
                right: article(right, link.right)?,
                change: link.change.into(),
                left_share: link.left_share,
                right_share: link.right_share,
            })
        };
        CompareAnswer {
            left: document(left),
            right: document(right),
            summary: ComparisonSummary {
                left: s.left.into(),
                right: s.right.into(),
                moved: s.moved,
                split: s.split,
                merged: s.merged,
                renumbered_articles: s.renumbered_articles,
                moved_articles: s.moved_articles,
                figures: s.figures,
                deadlines: s.deadlines,
                responsible: s.responsible,
                obligations: s.obligations,
                scopes: s.scopes,
            },
            articles: comparison.articles.iter().filter_map(pair).collect(),
            rows: comparison.rows.iter().filter_map(|r| row(comparison, r)).collect(),
            took_ms: (comparison.took_ms * 1e3).round() / 1e3,
            model: model.to_owned(),
        }
    }
}
