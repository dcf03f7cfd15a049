//! A document ready to be compared: stored, or a text that is parsed and encoded.

use std::collections::HashMap;

use crate::document::{self, Metadata, Span, normalise_for_search};
use crate::embed::{Embedder, TextVectors};
use crate::error::{Error, Result};
use crate::search::PairedText;
use crate::store::{ClauseId, Store};

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A stored document, by its id.
    Stored(String),
    /// A text.
    Text {
        /// What to call it.
        name: Option<String>,
        /// The text itself.
        text: String,
    },
}

impl Source {
    /// Most clauses of one document.
    pub const MOST_CLAUSES: usize = 2_000;
}

/// A document that is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// For a stored document.
    pub document_id: Option<String>,
    /// What a text was called.
    pub name: Option<String>,
    /// What is known about it.
    pub metadata: Metadata,
    /// Its articles in reading order.
    pub articles: Vec<SideArticle>,
    /// Its clauses in reading order.
    pub clauses: Vec<SideClause>,
}

/// An article of a document that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideArticle {
    /// Its number as written.
    pub label: String,
    /// Words of its heading.
    pub title: String,
    /// Headings above it, outermost first.
    pub path: Vec<String>,
}

/// A clause of a document that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideClause {
    /// For a clause of a stored document.
    pub clause_id: Option<ClauseId>,
    /// Place of its article among [`Side::articles`].
    pub article: usize,
    /// Its own number within the article.
    pub label: String,
    /// Its text.
    pub text: String,
    /// Where it stands in the document's normalised text.
    pub span: Span,
}

impl Side {
    /// The texts of clauses, a line each.
    pub fn joined(&self, clauses: &[usize]) -> String {
        let texts: Vec<&str> =
            clauses.iter().filter_map(|k| self.clauses.get(*k)).map(|clause| clause.text.as_str()).collect();
        texts.join("\n")
    }
}

/// A document with the vectors of its clauses.
pub(super) struct Loaded {
    pub(super) side: Side,
    texts: Vec<String>,
    vectors: Vec<TextVectors>,
}

impl Loaded {
    pub(super) fn paired(&self) -> Vec<PairedText<'_>> {
        let texts = self.texts.iter().zip(&self.vectors);
        texts.map(|(text, vectors)| PairedText { text, vectors }).collect()
    }

    pub(super) fn stored(store: &Store, field: &str, id: &str) -> Result<Loaded> {
        let detail = store.document(id)?;
        check_clauses(field, detail.clauses.len())?;
        let mut codes = HashMap::new();
        store.token_codes(detail.clauses.iter().map(|clause| clause.place.text_id), |id, tokens| {
            codes.insert(id, tokens);
            Ok(())
        })?;
        let gone = || Error::NotFound { what: "document", id: id.to_owned() };
        let vectors = detail.clauses.iter().map(|clause| {
            let text = clause.place.text_id;
            let tokens = codes.get(&text).cloned().ok_or_else(gone)?;
            Ok(TextVectors { embedding: store.vector(text)?, tokens })
        });
        Ok(Loaded {
            vectors: vectors.collect::<Result<_>>()?,
            texts: detail.clauses.iter().map(|clause| normalise_for_search(&clause.text)).collect(),
            side: Side {
                document_id: Some(id.to_owned()),
                name: None,
                metadata: detail.row.metadata,
                articles: detail
                    .articles
                    .into_iter()
                    .map(|article| SideArticle { label: article.label, title: article.title, path: article.path })
                    .collect(),
                clauses: detail
                    .clauses
                    .into_iter()
                    .map(|clause| SideClause {
                        clause_id: Some(ClauseId { document_id: id.to_owned(), ordinal: clause.place.ordinal }),
                        article: clause.place.article,
                        label: clause.label,
                        text: clause.text,
                        span: clause.span,
                    })
                    .collect(),
            },
        })
    }

    pub(super) fn text(embedder: &dyn Embedder, field: &str, name: Option<&str>, text: &str) -> Result<Loaded> {
        let document = document::parse(text);
        if document.clauses.is_empty() {
            return Err(Error::Unreadable {
                expected: format!("a text with at least one sentence ({field})"),
                received: format!("{} characters without one", document.text.chars().count()),
            });
        }
        check_clauses(field, document.clauses.len())?;
        let texts: Vec<String> = document.clauses.iter().map(|clause| normalise_for_search(&clause.text)).collect();
        // One embedding a distinct text: laws repeat themselves.
        let mut place: HashMap<&str, usize> = HashMap::new();
        let mut distinct: Vec<&str> = Vec::new();
        for text in &texts {
            place.entry(text).or_insert_with(|| {
                distinct.push(text);
                distinct.len() - 1
            });
        }
        let encoded = embedder.encode_passages(&distinct)?;
        let missing = || Error::Encoder(format!("expected vectors of {} texts, received fewer", distinct.len()));
        let vectors = texts
            .iter()
            .map(|text| place.get(text.as_str()).and_then(|at| encoded.get(*at)).cloned().ok_or_else(missing));
        Ok(Loaded {
            vectors: vectors.collect::<Result<_>>()?,
            side: Side {
                document_id: None,
                name: name.map(str::to_owned),
                metadata: document.metadata,
                articles: document
                    .articles
                    .into_iter()
                    .map(|article| SideArticle { label: article.label, title: article.title, path: article.path })
                    .collect(),
                clauses: document
                    .clauses
                    .into_iter()
                    .map(|clause| SideClause {
                        clause_id: None,
                        article: clause.article,
                        label: clause.label,
                        text: clause.text,
                        span: clause.span,
                    })
                    .collect(),
            },
            texts,
        })
    }
}

fn check_clauses(field: &str, clauses: usize) -> Result<()> {
    if clauses <= Source::MOST_CLAUSES {
        return Ok(());
    }
    let received = format!("{clauses} clauses");
    Err(Error::invalid(field, format!("a document of at most {} clauses", Source::MOST_CLAUSES), received))
}
