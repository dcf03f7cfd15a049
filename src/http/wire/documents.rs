//! Answers about documents.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Article, Metadata, Sources, Span, Validity, mirrored};
use crate::document;
use crate::http::error::Problem;
use crate::ingest::{self, Ingested};
use crate::store::{self, ArticleRow, ClauseId, DocumentRow, Outcome};

mirrored! {
    /// Kinds of heading, outermost first.
    HeadingKind = document::HeadingKind { Annex, Attached, Part, Chapter, Division, Section, Subsection, Box, }
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

/// A document without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentSummary {
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
pub(crate) struct DocumentList {
    /// In the order of their ids.
    documents: Vec<DocumentSummary>,
    /// How many pass the filter.
    total: usize,
}

impl DocumentList {
    pub(crate) fn new(rows: Vec<DocumentRow>, total: usize) -> DocumentList {
        DocumentList { documents: rows.into_iter().map(Into::into).collect(), total }
    }
}

/// Numbers of a document's parts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Sections (一、) and chapters.
    sections: usize,
    /// Numbered articles.
    articles: usize,
    /// Clauses.
    clauses: usize,
}

/// A heading above articles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Heading {
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
pub(crate) struct DocumentArticle {
    kind: ArticleKind,
    /// Headings above it, outermost first.
    path: Vec<String>,
    #[serde(flatten)]
    article: Article,
}

/// A clause of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentClause {
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
pub(crate) struct Skipped {
    span: Span,
    reason: SkipReason,
}

/// Something odd in the text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Warning {
    span: Span,
    message: String,
}

impl From<document::Heading> for Heading {
    fn from(heading: document::Heading) -> Heading {
        let document::Heading { kind, label, title, span, depth } = heading;
        Heading { kind: kind.into(), label, title, span: span.into(), depth }
    }
}

impl From<document::Warning> for Warning {
    fn from(warning: document::Warning) -> Warning {
        Warning { span: warning.span.into(), message: warning.message }
    }
}

/// Another version of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Its id.
    document_id: String,
    /// Date of issue or adoption.
    date: Option<String>,
    /// Date of publication.
    published: Option<String>,
    /// Date of entry into force.
    effective: Option<String>,
    /// Whether it is in force, where that is said.
    validity: Option<Validity>,
    /// Whether it is the newest of all versions, which represents them.
    newest: bool,
}

/// A document with all its parts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentDetail {
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
    /// Where the values in force come from.
    sources: Sources,
    /// Whether it is the newest of its versions.
    newest: bool,
    /// Other versions of it: documents of the same family, newest first.
    versions: Vec<Version>,
    counts: Counts,
    headings: Vec<Heading>,
    articles: Vec<DocumentArticle>,
    clauses: Vec<DocumentClause>,
    skipped: Vec<Skipped>,
    warnings: Vec<Warning>,
    /// The normalised text that all spans refer to.
    text: String,
}

impl From<store::DocumentDetail> for DocumentDetail {
    fn from(detail: store::DocumentDetail) -> DocumentDetail {
        let numbered = |article: &&ArticleRow| article.kind == document::ArticleKind::Numbered;
        let id = |ordinal| ClauseId { document_id: detail.row.document_id.clone(), ordinal }.to_string();
        let others = detail.versions.iter().enumerate().filter(|(_, version)| version.key != detail.row.key);
        let versions = others
            .map(|(place, version)| Version {
                document_id: version.document_id.clone(),
                date: version.date.clone(),
                published: version.published.clone(),
                effective: version.effective.clone(),
                validity: version.validity.map(Into::into),
                newest: place == 0,
            })
            .collect();
        DocumentDetail {
            counts: Counts {
                sections: ingest::count_sections(&detail.headings),
                articles: detail.articles.iter().filter(numbered).count(),
                clauses: detail.clauses.len(),
            },
            clauses: detail
                .clauses
                .into_iter()
                .map(|clause| DocumentClause {
                    clause_id: id(clause.place.ordinal),
                    article: clause.place.article,
                    label: clause.label,
                    text: clause.text,
                    span: clause.span.into(),
                    lead_in: clause.lead_in.map(Into::into),
                })
                .collect(),
            headings: detail.headings.into_iter().map(Into::into).collect(),
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
            warnings: detail.warnings.into_iter().map(Into::into).collect(),
            document_id: detail.row.document_id,
            source: detail.row.source,
            added: detail.row.added,
            metadata: detail.row.metadata.into(),
            given: detail.given.into(),
            extracted: detail.extracted.into(),
            sources: detail.sources.into(),
            newest: detail.versions.first().is_none_or(|newest| newest.key == detail.row.key),
            versions,
            text: detail.text,
        }
    }
}

/// An article of a document that was not taken in.
#[derive(Debug, Serialize)]
pub(crate) struct OutlineArticle {
    kind: ArticleKind,
    /// Headings above it, outermost first.
    path: Vec<String>,
    label: String,
    title: String,
    span: Span,
    responsible: Vec<String>,
    /// Number of its clauses.
    clauses: usize,
}

/// How a document would be taken in.
#[derive(Debug, Serialize)]
pub(crate) struct Outline {
    document_id: String,
    source: Option<String>,
    /// Values in force: `given` over `extracted`.
    metadata: Metadata,
    given: Metadata,
    /// What the text and its file say.
    extracted: Metadata,
    counts: Counts,
    headings: Vec<Heading>,
    articles: Vec<OutlineArticle>,
    warnings: Vec<Warning>,
}

impl From<store::Prepared> for Outline {
    fn from(prepared: store::Prepared) -> Outline {
        let document = prepared.document;
        let mut clauses = vec![0; document.articles.len()];
        for clause in &document.clauses {
            if let Some(count) = clauses.get_mut(clause.article) {
                *count += 1;
            }
        }
        Outline {
            document_id: prepared.document_id,
            source: prepared.source,
            metadata: prepared.given.clone().over(document.metadata.clone()).into(),
            given: prepared.given.into(),
            extracted: document.metadata.into(),
            counts: Counts {
                sections: ingest::count_sections(&document.headings),
                articles: document.articles.iter().filter(|a| a.kind == document::ArticleKind::Numbered).count(),
                clauses: document.clauses.len(),
            },
            headings: document.headings.into_iter().map(Into::into).collect(),
            articles: document
                .articles
                .into_iter()
                .zip(clauses)
                .map(|(article, clauses)| OutlineArticle {
                    kind: article.kind.into(),
                    path: article.path,
                    label: article.label,
                    title: article.title,
                    span: article.span.into(),
                    responsible: article.responsible,
                    clauses,
                })
                .collect(),
            warnings: document.warnings.into_iter().map(Into::into).collect(),
        }
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It is new.
    Added,
    /// It took the place of an earlier text with the same id.
    Replaced,
    /// The same text was there with the same metadata.
    Unchanged,
    /// The same text was there; its metadata is now as given.
    Updated,
    /// The id is new and the same text is there under another one; nothing was stored.
    Duplicate,
    /// It cannot be read, or something about it is not accepted; nothing was stored.
    Refused,
}

/// What became of a document, and what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestedDocument {
    /// Its id.
    document_id: String,
    /// What became of it.
    pub(crate) status: Status,
    /// Another id under which the same text is there, where the status is `duplicate` or `replaced`.
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
    pub(crate) fn refused(document_id: String, error: Problem) -> IngestedDocument {
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
            Outcome::Replaced { same_as } => (Status::Replaced, same_as),
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
#[schema(example = json!({
    "documents": [
        {"document_id": "taian-2018", "status": "added", "sections": 6, "articles": 24, "clauses": 210, "warnings": 0},
        {"document_id": "copy", "status": "duplicate", "duplicate_of": "taian-2018", "sections": 6, "articles": 24,
         "clauses": 210, "warnings": 0}
    ]
}))]
pub(crate) struct IngestAnswer {
    /// In the order of the request.
    pub(crate) documents: Vec<IngestedDocument>,
}
