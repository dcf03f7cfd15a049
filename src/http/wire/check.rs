//! A draft in, what is known about its clauses out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hits::{Formula, Hit, MeasuredValue};
use super::requests::Filter;
use super::{Kind, Metadata, Region, Span, from_objects, mirrored};
use crate::check::{self, Check};
use crate::difference;
use crate::http::error::Problem;
use crate::store::DocumentFilter;

mirrored! {
    /// What is known about a clause: another document states the same and one would cite it; others are on the topic and
    /// one may come near; no document that was looked at states it.
    Verdict = check::Verdict { Precedented, Related, Novel, }
}

mirrored! {
    /// How strictly a clause binds: 不得; 应当; 可以; 鼓励; 探索.
    Strength = difference::Strength { Forbidden, Must, May, Encouraged, Explored, }
}

from_objects! {
    CheckRequest: "an object with a text",
}

const fn five() -> usize {
    5
}

/// A draft to look for precedents of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
#[schema(example = json!({
    "text": "推行消费争议先行赔付。对预付卡资金实行第三方存管。", "limit": 3, "exclude_documents": ["zaozhuang-2024"]
}))]
pub(crate) struct CheckRequest {
    /// The draft: at most 1 MiB of UTF-8 and 2,000 clauses. In a form the file stands for it.
    pub(crate) text: String,
    /// Most precedents of a clause, of which at most three are of one document.
    #[serde(default = "five")]
    #[schema(minimum = 1, maximum = 50)]
    limit: usize,
    /// Ids of documents to leave out, with their other versions: the draft's own, where it is stored.
    #[serde(default)]
    exclude_documents: Vec<String>,
    /// Names of provinces, cities or counties whose documents are left out.
    #[serde(default)]
    exclude_regions: Vec<String>,
    /// Whether formula clauses (本条例自…起施行) are told without being searched for. They count in no ratio either way.
    #[serde(default)]
    exclude_formulas: bool,
    /// Precedents below this probability are left out.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    min_probability: f32,
    /// Ordinals of clauses of the draft that are told without being searched for, and count in no ratio.
    #[serde(default)]
    exclude_clauses: Vec<usize>,
    /// Which documents are looked at.
    #[serde(default)]
    filter: Filter,
}

impl From<CheckRequest> for Check {
    fn from(body: CheckRequest) -> Check {
        Check {
            limit: body.limit,
            filter: DocumentFilter {
                excluded_regions: body.exclude_regions,
                ..body.filter.excluding(body.exclude_documents)
            },
            exclude_formulas: body.exclude_formulas,
            min_probability: body.min_probability,
            exclude_clauses: body.exclude_clauses,
            ..Check::new(body.text)
        }
    }
}

/// A draft as a file, with the fields of the JSON body as parts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; http/check.rs reads it")]
pub(crate) struct CheckForm {
    /// The draft: one file in any format that documents are read in. The part may have any name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    limit: Option<usize>,
    /// Given as often as there are documents.
    exclude_documents: Option<Vec<String>>,
    /// Given as often as there are regions.
    exclude_regions: Option<Vec<String>>,
    exclude_formulas: Option<bool>,
    min_probability: Option<f32>,
    /// Given as often as there are clauses.
    exclude_clauses: Option<Vec<usize>>,
    /// As JSON.
    filter: Option<Filter>,
}

/// A value of a precedent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrecedentValue {
    clause_id: String,
    /// As written there.
    text: String,
    /// Its least value, in the unit of the deviation.
    lower: f64,
    /// Its largest value, in the unit of the deviation.
    upper: f64,
}

/// A figure that no precedent shares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureDeviation {
    /// In the clause of the draft.
    draft: MeasuredValue,
    /// Least value among the precedents, in `unit`.
    lowest: f64,
    /// Largest value among the precedents, in `unit`.
    highest: f64,
    /// Unit of the bounds.
    unit: String,
    /// Whether the draft's value lies below all of them or above all of them.
    outside: bool,
    /// The figures that answer the draft's, best precedent first.
    precedents: Vec<PrecedentValue>,
}

/// How a precedent binds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrecedentStrength {
    clause_id: String,
    strength: Strength,
}

/// The draft binds otherwise than all precedents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StrengthDeviation {
    draft: Strength,
    precedents: Vec<PrecedentStrength>,
}

impl From<check::FigureDeviation> for FigureDeviation {
    fn from(figure: check::FigureDeviation) -> FigureDeviation {
        let value = |p: check::PrecedentValue| PrecedentValue {
            clause_id: p.clause_id.to_string(),
            text: p.text,
            lower: p.lower,
            upper: p.upper,
        };
        FigureDeviation {
            draft: figure.draft.into(),
            lowest: figure.lowest,
            highest: figure.highest,
            unit: figure.unit,
            outside: figure.outside,
            precedents: figure.precedents.into_iter().map(value).collect(),
        }
    }
}

impl From<check::StrengthDeviation> for StrengthDeviation {
    fn from(strength: check::StrengthDeviation) -> StrengthDeviation {
        let precedents = strength.precedents.into_iter();
        StrengthDeviation {
            draft: strength.draft.into(),
            precedents: precedents
                .map(|(id, strength)| PrecedentStrength { clause_id: id.to_string(), strength: strength.into() })
                .collect(),
        }
    }
}

/// A document with a clause that may be cited as a precedent of a clause of the draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClauseSource {
    document_id: String,
    /// What is copied from it, in the text of the draft's clause: ten characters in a row or more, and whole clauses.
    copied: Vec<Span>,
}

/// A clause of the draft with its precedents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckedClause {
    /// Place among the clauses of the draft, from 0.
    ordinal: usize,
    /// Number of clauses of the draft.
    of: usize,
    /// Its text.
    text: String,
    /// Where it stands in the draft, whose lines end in `\n` alone.
    span: Span,
    /// Headings above it, outermost first.
    path: Vec<String>,
    /// The article's number and its own within it.
    label: String,
    /// The sentence that introduces the list it is an item of; null for whole sentences.
    lead_in: Option<String>,
    /// The formula that it consists of; null for a measure. Formulas count in no ratio of the summary.
    formula: Option<Formula>,
    /// Whether the request excludes it: it was not searched for and counts in no ratio of the summary.
    excluded: bool,
    /// Letters and digits of its text, which the shares of the summary are shares of.
    characters: usize,
    verdict: Verdict,
    /// Chance in [0, 1] that the best precedent is an equivalent measure; 0 without one.
    probability: f32,
    /// Those that may be cited, then others that come near, each by score; with differences. Those of a novel clause are
    /// what comes nearest.
    precedents: Vec<Hit>,
    /// Documents with a clause that may be cited, those that are not shown included.
    documents: usize,
    /// Those documents, the one that most is copied from first.
    sources: Vec<ClauseSource>,
    /// What is copied from precedents, in the clause's text: ten characters in a row or more, and whole clauses.
    copied: Vec<Span>,
    /// Figures that all precedents have otherwise.
    figures: Vec<FigureDeviation>,
    /// Null where it binds as some precedent does, or that cannot be told.
    strength: Option<StrengthDeviation>,
}

impl From<check::CheckedClause> for CheckedClause {
    fn from(clause: check::CheckedClause) -> CheckedClause {
        let source = |source: check::ClauseSource| ClauseSource {
            document_id: source.document_id,
            copied: source.copied.into_iter().map(Into::into).collect(),
        };
        CheckedClause {
            ordinal: clause.ordinal,
            of: clause.of,
            text: clause.text,
            span: clause.span.into(),
            path: clause.path,
            label: clause.label,
            lead_in: clause.lead_in,
            formula: clause.formula.map(Into::into),
            excluded: clause.excluded,
            characters: clause.characters,
            verdict: clause.verdict.into(),
            probability: clause.probability,
            precedents: clause.precedents.into_iter().map(|hit| Hit::new(hit, false)).collect(),
            documents: clause.sources.len(),
            sources: clause.sources.into_iter().map(source).collect(),
            copied: clause.copied.into_iter().map(Into::into).collect(),
            figures: clause.figures.into_iter().map(Into::into).collect(),
            strength: clause.strength.map(Into::into),
        }
    }
}

/// A document that the draft has precedents in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftSource {
    document_id: String,
    document_title: Option<String>,
    document_number: Option<String>,
    region: Option<Region>,
    kind: Option<Kind>,
    date: Option<String>,
    /// What the versions of the document have in common, which are excluded together; null where nothing tells.
    family: Option<String>,
    /// Clauses of the draft with a precedent in it.
    clauses: usize,
    /// Share of the draft's characters in those clauses.
    share: f64,
    /// Characters of the draft that are copied from it.
    verbatim_characters: usize,
    /// Share of the draft's characters that are copied from it.
    verbatim_share: f64,
    /// Whether it is probably the draft itself, or a version of it.
    same: bool,
}

/// A clause that no document states.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NovelClause {
    /// Place among the clauses of the draft.
    ordinal: usize,
    label: String,
    span: Span,
    text: String,
}

/// A figure that no precedent shares, and where.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClauseFigure {
    /// Place of the clause among those of the draft.
    ordinal: usize,
    #[serde(flatten)]
    figure: FigureDeviation,
}

/// A clause that binds otherwise than all precedents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClauseStrength {
    /// Place of the clause among those of the draft.
    ordinal: usize,
    #[serde(flatten)]
    strength: StrengthDeviation,
}

/// What the draft comes to. Excluded clauses count in `clauses` and `excluded` alone, formula clauses in `clauses` and
/// `formulas` alone; characters are letters and digits; shares are in [0, 1].
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckSummary {
    /// Clauses of the draft, formulas and excluded ones included.
    clauses: usize,
    /// Formula clauses.
    formulas: usize,
    /// Clauses that the request excludes.
    excluded: usize,
    /// Clauses that one would cite a precedent for.
    precedented: usize,
    /// Clauses that others come near.
    related: usize,
    /// Clauses that no document states.
    novel: usize,
    /// Characters of the clauses that are neither formulas nor excluded.
    characters: usize,
    /// Share of the clauses that have a precedent.
    coverage: f64,
    /// Share of the characters in clauses that have a precedent.
    covered_share: f64,
    /// Share of the characters that are copied from precedents.
    verbatim_share: f64,
    /// The largest `share` of a single document.
    largest_source_share: f64,
    /// Documents with precedents, the one with the largest share first.
    documents: Vec<DraftSource>,
    /// Ids of documents that are probably the draft itself, or a version of it; exclude them for a fair answer.
    same_documents: Vec<String>,
    /// The novel clauses in reading order.
    novel_clauses: Vec<NovelClause>,
    /// Figures that all precedents have otherwise.
    figures: Vec<ClauseFigure>,
    /// Clauses that bind otherwise than all precedents.
    strengths: Vec<ClauseStrength>,
}

impl From<check::Source> for DraftSource {
    fn from(source: check::Source) -> DraftSource {
        let m = Metadata::from(source.document.metadata);
        DraftSource {
            document_id: source.document.document_id,
            document_title: m.title,
            document_number: m.document_number,
            region: m.region,
            kind: m.kind,
            date: m.date,
            family: m.family,
            clauses: source.clauses,
            share: rounded(source.share),
            verbatim_characters: source.verbatim_characters,
            verbatim_share: rounded(source.verbatim_share),
            same: source.same,
        }
    }
}

/// A share with four decimal digits.
fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

impl From<check::Summary> for CheckSummary {
    fn from(summary: check::Summary) -> CheckSummary {
        let novel = |clause: check::NovelClause| NovelClause {
            ordinal: clause.ordinal,
            label: clause.label,
            span: clause.span.into(),
            text: clause.text,
        };
        let figure =
            |(ordinal, figure): (usize, check::FigureDeviation)| ClauseFigure { ordinal, figure: figure.into() };
        CheckSummary {
            clauses: summary.clauses,
            formulas: summary.formulas,
            excluded: summary.excluded,
            precedented: summary.precedented,
            related: summary.related,
            novel: summary.novel,
            characters: summary.characters,
            coverage: rounded(summary.coverage),
            covered_share: rounded(summary.covered_share),
            verbatim_share: rounded(summary.verbatim_share),
            largest_source_share: rounded(summary.largest_source_share),
            documents: summary.documents.into_iter().map(Into::into).collect(),
            same_documents: summary.same_documents,
            novel_clauses: summary.novel_clauses.into_iter().map(novel).collect(),
            figures: summary.figures.into_iter().map(figure).collect(),
            strengths: summary
                .strengths
                .into_iter()
                .map(|(ordinal, strength)| ClauseStrength { ordinal, strength: strength.into() })
                .collect(),
        }
    }
}

/// A draft with the precedents of its clauses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckAnswer {
    /// In reading order.
    pub(crate) clauses: Vec<CheckedClause>,
    pub(crate) summary: CheckSummary,
    /// Time the check took, in milliseconds.
    pub(crate) took_ms: f64,
    /// The model that made the vectors.
    pub(crate) model: String,
}

impl CheckAnswer {
    pub(crate) fn new(
        clauses: Vec<check::CheckedClause>,
        summary: check::Summary,
        took_ms: f64,
        model: &str,
    ) -> CheckAnswer {
        let clauses = clauses.into_iter().map(Into::into).collect();
        CheckAnswer { clauses, summary: summary.into(), took_ms, model: model.to_owned() }
    }
}

/// A line of a streamed answer: a clause as soon as it is known, in reading order; at last the summary. A stream that
/// ends without a summary is not whole; a problem says why, where that is known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CheckLine {
    /// A clause.
    Clause { clause: CheckedClause },
    /// The end.
    Summary {
        summary: CheckSummary,
        /// Time the check took, in milliseconds.
        took_ms: f64,
        /// The model that made the vectors.
        model: String,
    },
    /// What ended the check early.
    Problem { problem: Problem },
}
