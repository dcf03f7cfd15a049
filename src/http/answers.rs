//! What goes out.

use serde::Serialize;
use utoipa::ToSchema;

use super::error::Problem;
use super::wire::{Kind, Level, Metadata, Region, mirrored};
use crate::document;
use crate::ingest::{self, Ingested};
use crate::search;
use crate::store::{self, ArticleRow, ClauseId, ClauseRow, DocumentDetail, DocumentRow, Outcome};

mirrored! {
    /// How a hit relates to the query: the same characters but for punctuation, place names and numbers; most of it
    /// copied; the same measure in other words; the topic only; nothing that could be relied on.
    Relation = search::Relation { Verbatim, Edited, Equivalent, Related, None, }
}

mirrored! {
    /// Kinds of heading, outermost first.
    HeadingKind = document::HeadingKind { Annex, Part, Chapter, Division, Section, Subsection, Box, }
}

mirrored! {
    /// Kinds of article: with a number; a —— item of a 专栏; text without a number of its own.
    ArticleKind = document::ArticleKind { Numbered, BoxItem, Body, }
}

mirrored! {
    /// Why a range of the text is not part of a clause.
    SkipReason = document::SkipReason {
        Space, Front, Heading, Contents, Salutation, Signature, Responsible, Furniture, Symbols,
    }
}

/// A half-open range of the document's normalised text, in Unicode scalar values.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct Span {
    /// First character.
    start: usize,
    /// One past the last character.
    end: usize,
}

impl From<document::Span> for Span {
    fn from(span: document::Span) -> Span {
        Span { start: span.start, end: span.end }
    }
}

/// The article that a clause stands in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Article {
    /// Its text without its number.
    text: String,
    /// Where it stands, number included.
    span: Span,
    /// Its number as written; empty where it has none.
    #[schema(example = "（十九）")]
    label: String,
    /// Words of its heading; empty where it has none.
    title: String,
    /// Responsible units as noted in the text.
    responsible: Vec<String>,
}

impl From<ArticleRow> for Article {
    fn from(row: ArticleRow) -> Article {
        Article {
            text: row.text,
            span: row.span.into(),
            label: row.label,
            title: row.title,
            responsible: row.responsible,
        }
    }
}

/// Ranges of query and hit that say the same.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Highlight {
    /// In the query.
    query: Span,
    /// In the hit's text.
    text: Span,
    /// Share of the score, in [0, 1].
    weight: f32,
}

/// What a hit's score and probability are made of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Components {
    /// Cosine of query and clause in [-1, 1].
    similarity: f32,
    /// Share of character pairs that query and hit have in common, in [0, 1].
    overlap: f32,
}

/// A clause or article that resembles the query.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Hit {
    /// The clause; with unit `article` the best one of the article.
    #[schema(example = "xianning-2016:12")]
    clause_id: String,
    /// Its document.
    document_id: String,
    /// The document's title.
    document_title: Option<String>,
    /// The document's 文号.
    document_number: Option<String>,
    /// The issuing body.
    issuer: Option<String>,
    /// The document's region.
    region: Option<Region>,
    /// Level of the issuer.
    level: Option<Level>,
    /// Kind of document.
    kind: Option<Kind>,
    /// Date of issue or adoption.
    date: Option<String>,
    /// Headings above the article, outermost first.
    path: Vec<String>,
    /// The article's number and the clause's own within it.
    label: String,
    /// The clause, or the article with unit `article`.
    text: String,
    /// Where that stands.
    span: Span,
    /// The article it stands in.
    article: Article,
    /// Cosine of query and clause in [-1, 1]; larger is closer, and unrelated Chinese sentences have some 0.8.
    similarity: f32,
    /// The value that orders hits; larger is better, comparable within one answer only.
    score: f32,
    /// Calibrated chance in [0, 1] that the hit is an equivalent measure.
    probability: f32,
    /// How the hit relates to the query.
    relation: Relation,
    /// What query and hit have in common, heaviest first.
    highlights: Vec<Highlight>,
    /// With `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    components: Option<Components>,
}

impl Hit {
    fn new(hit: search::Hit, explain: bool) -> Hit {
        let m = hit.document.metadata;
        Hit {
            clause_id: hit.clause_id.to_string(),
            document_id: hit.document.document_id,
            document_title: m.title,
            document_number: m.document_number,
            issuer: m.issuer,
            region: m.region.map(Into::into),
            level: m.level.map(Into::into),
            kind: m.kind.map(Into::into),
            date: m.date,
            path: hit.article.path.clone(),
            label: format!("{}{}", hit.article.label, hit.clause.label),
            text: hit.text,
            span: hit.span.into(),
            article: hit.article.into(),
            similarity: hit.similarity,
            score: hit.score,
            probability: hit.probability,
            relation: hit.relation.into(),
            highlights: Vec::new(),
            components: explain.then_some(Components { similarity: hit.similarity, overlap: hit.overlap }),
        }
    }
}

/// The answer to a search.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchAnswer {
    /// Best first; with groups, the hits of a group stand together.
    hits: Vec<Hit>,
    /// Time the search took, encoding included, in milliseconds.
    took_ms: f64,
    /// The model that made the vectors.
    model: String,
}

impl SearchAnswer {
    pub(super) fn new(answer: search::Answer, explain: bool, model: &str) -> SearchAnswer {
        SearchAnswer {
            hits: answer.hits.into_iter().map(|hit| Hit::new(hit, explain)).collect(),
            took_ms: answer.took_ms,
            model: model.to_owned(),
        }
    }
}

/// A document without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentSummary {
    /// The caller's id, or the file's stem.
    document_id: String,
    /// Where it came from; null for posted text.
    source: Option<String>,
    /// When it was added, ISO 8601 in UTC.
    added: String,
    /// Values in force: the caller's over the text's.
    metadata: Metadata,
    /// Number of clauses.
    clauses: usize,
}

impl From<DocumentRow> for DocumentSummary {
    fn from(row: DocumentRow) -> DocumentSummary {
        DocumentSummary {
            document_id: row.document_id,
            source: row.source,
            added: row.added,
            metadata: row.metadata.into(),
            clauses: row.clauses,
        }
    }
}

/// A part of the list of documents.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentsAnswer {
    /// In the order of their ids.
    pub(super) documents: Vec<DocumentSummary>,
    /// How many pass the filter.
    pub(super) total: usize,
}

/// A clause with what it stands in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClauseAnswer {
    /// Its id.
    clause_id: String,
    /// Its document.
    document: DocumentSummary,
    /// Headings above the article, outermost first.
    path: Vec<String>,
    /// The article's number and the clause's own within it.
    label: String,
    /// Its text.
    text: String,
    /// Where it stands.
    span: Span,
    /// The sentence that introduces the list it is an item of; null for whole sentences.
    lead_in: Option<String>,
    /// The article it stands in.
    article: Article,
}

impl ClauseAnswer {
    pub(super) fn new(
        id: &ClauseId,
        (clause, article, document): (ClauseRow, ArticleRow, DocumentRow),
        lead_in: Option<String>,
    ) -> ClauseAnswer {
        ClauseAnswer {
            clause_id: id.to_string(),
            document: document.into(),
            path: article.path.clone(),
            label: format!("{}{}", article.label, clause.label),
            text: clause.text,
            span: clause.span.into(),
            lead_in,
            article: article.into(),
        }
    }
}

/// Numbers of a document's parts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counts {
    /// Sections (一、) and chapters.
    sections: usize,
    /// Numbered articles.
    articles: usize,
    /// Clauses.
    clauses: usize,
}

/// A heading above articles.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Heading {
    kind: HeadingKind,
    /// Its number as written.
    label: String,
    /// Its words; empty where it has none.
    title: String,
    span: Span,
    /// Nesting depth, 0 outermost.
    depth: usize,
}

/// An article of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentArticle {
    kind: ArticleKind,
    /// Headings above it, outermost first.
    path: Vec<String>,
    #[serde(flatten)]
    article: Article,
}

/// A clause of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentClause {
    clause_id: String,
    /// Place of its article in `articles`.
    article: usize,
    /// Its own number within the article; empty where it has none.
    label: String,
    text: String,
    span: Span,
    /// The sentence that introduces the list it is an item of.
    lead_in: Option<Span>,
}

/// A range of the text that is not part of a clause.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Skipped {
    span: Span,
    reason: SkipReason,
}

/// Something odd in the text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Warning {
    span: Span,
    message: String,
}

/// A document with all its parts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentAnswer {
    /// The caller's id, or the file's stem.
    document_id: String,
    /// Where it came from; null for posted text.
    source: Option<String>,
    /// When it was added, ISO 8601 in UTC.
    added: String,
    /// Values in force: `given` over `extracted`.
    metadata: Metadata,
    /// What the caller said.
    given: Metadata,
    /// What the text says.
    extracted: Metadata,
    counts: Counts,
    headings: Vec<Heading>,
    articles: Vec<DocumentArticle>,
    clauses: Vec<DocumentClause>,
    skipped: Vec<Skipped>,
    warnings: Vec<Warning>,
    /// The normalised text that all spans refer to.
    text: String,
}

impl From<DocumentDetail> for DocumentAnswer {
    fn from(detail: DocumentDetail) -> DocumentAnswer {
        let numbered = |article: &&ArticleRow| article.kind == document::ArticleKind::Numbered;
        let id = |ordinal| ClauseId { document_id: detail.row.document_id.clone(), ordinal }.to_string();
        DocumentAnswer {
            counts: Counts {
                sections: ingest::count_sections(&detail.headings),
                articles: detail.articles.iter().filter(numbered).count(),
                clauses: detail.clauses.len(),
            },
            clauses: detail
                .clauses
                .into_iter()
                .map(|clause: store::ClauseRow| DocumentClause {
                    clause_id: id(clause.place.ordinal),
                    article: clause.place.article,
                    label: clause.label,
                    text: clause.text,
                    span: clause.span.into(),
                    lead_in: clause.lead_in.map(Into::into),
                })
                .collect(),
            headings: detail
                .headings
                .into_iter()
                .map(|h| Heading {
                    kind: h.kind.into(),
                    label: h.label,
                    title: h.title,
                    span: h.span.into(),
                    depth: h.depth,
                })
                .collect(),
            articles: detail
                .articles
                .into_iter()
                .map(|mut row| DocumentArticle {
                    kind: row.kind.into(),
                    path: std::mem::take(&mut row.path),
                    article: row.into(),
                })
                .collect(),
            skipped: detail
                .skipped
                .into_iter()
                .map(|s| Skipped { span: s.span.into(), reason: s.reason.into() })
                .collect(),
            warnings: detail
                .warnings
                .into_iter()
                .map(|w| Warning { span: w.span.into(), message: w.message })
                .collect(),
            document_id: detail.row.document_id,
            source: detail.row.source,
            added: detail.row.added,
            metadata: detail.row.metadata.into(),
            given: detail.given.into(),
            extracted: detail.extracted.into(),
            text: detail.text,
        }
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// It is new.
    Added,
    /// It took the place of an earlier text with the same id.
    Replaced,
    /// The same text was there with the same metadata.
    Unchanged,
    /// The same text was there; its metadata is now as given.
    Updated,
    /// The same text is there under another id; nothing was stored.
    Duplicate,
    /// It cannot be read, or something about it is not accepted; nothing was stored.
    Refused,
}

/// What became of a document, and what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IngestedDocument {
    /// Its id.
    document_id: String,
    /// What became of it.
    pub(super) status: Status,
    /// The id under which the same text is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duplicate_of: Option<String>,
    /// Sections (一、) and chapters found.
    sections: usize,
    /// Numbered articles found.
    articles: usize,
    /// Clauses found.
    clauses: usize,
    /// Things that looked odd; the document's own page lists them.
    warnings: usize,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<Problem>,
}

impl IngestedDocument {
    pub(super) fn refused(document_id: String, error: Problem) -> IngestedDocument {
        IngestedDocument {
            document_id,
            status: Status::Refused,
            duplicate_of: None,
            sections: 0,
            articles: 0,
            clauses: 0,
            warnings: 0,
            error: Some(error),
        }
    }
}

impl From<Ingested> for IngestedDocument {
    fn from(ingested: Ingested) -> IngestedDocument {
        let (status, duplicate_of) = match ingested.outcome {
            Outcome::Added => (Status::Added, None),
            Outcome::Replaced => (Status::Replaced, None),
            Outcome::Unchanged => (Status::Unchanged, None),
            Outcome::Updated => (Status::Updated, None),
            Outcome::Duplicate { of } => (Status::Duplicate, Some(of)),
        };
        IngestedDocument {
            document_id: ingested.document_id,
            status,
            duplicate_of,
            sections: ingested.sections,
            articles: ingested.articles,
            clauses: ingested.clauses,
            warnings: ingested.warnings,
            error: None,
        }
    }
}

/// What became of the documents of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IngestAnswer {
    /// In the order of the request.
    pub(super) documents: Vec<IngestedDocument>,
}

/// The service runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    pub(super) status: &'static str,
    /// The version of the service.
    pub(super) version: &'static str,
}

/// The service answers searches.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// Documents that are searched.
    pub(super) documents: usize,
    /// Clauses that are searched.
    pub(super) clauses: usize,
    /// Name and digest of the model.
    pub(super) model: String,
    /// Kind of vector index: `hnsw` or `flat`.
    pub(super) index: &'static str,
}
