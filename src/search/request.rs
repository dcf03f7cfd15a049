//! What a search is asked, and its bounds.

use serde::{Deserialize, Serialize};

use super::candidates::Within;
use super::late::LateQuery;
use crate::embed::Embedding;
use crate::error::{Error, Result};
use crate::store::{ClauseId, DocumentFilter};

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// A text: keywords, a question, a drafted paragraph.
    Text(String),
    /// The text of a stored clause (its whole article for [`Unit::Article`]).
    Clause {
        /// The clause.
        id: ClauseId,
        /// Whether hits of its own document and of other versions of it are wanted.
        own_document: bool,
    },
}

/// What is ranked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Single clauses.
    #[default]
    Clause,
    /// Whole articles, by how well their clauses answer those of the query.
    Article,
}

/// What hits are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// One group a document with its versions. The group shows hits of the newest version in scope where its best hit is
    /// about as good as the best of all versions, and otherwise of the version that has that one.
    Document,
    /// One group a province; documents without a region form one group together.
    Region,
    /// One group a prefecture-level place with its counties, and one for what its province itself issued; documents
    /// without a region form one group together.
    City,
}

/// What becomes of formula clauses (本条例自…起施行, 由…负责解释) among the hits of a query that is none itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formulas {
    /// They are ranked after all measures.
    #[default]
    Below,
    /// They are ranked as any other.
    Equal,
    /// They are left out.
    Omit,
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What to look for.
    pub query: Query,
    /// Most hits, or most groups with `group_by`; 1 to [`Request::MOST_HITS`].
    pub limit: usize,
    /// What is ranked.
    pub unit: Unit,
    /// Which documents are looked at.
    pub filter: DocumentFilter,
    /// Most hits of one document, where hits are not grouped; `None` for as many as there are.
    pub per_document: Option<usize>,
    /// What hits are grouped by.
    pub group_by: Option<GroupBy>,
    /// Most hits of a group; 1 to [`Request::MOST_HITS`].
    pub group_size: usize,
    /// Hits below this probability are left out; in [0, 1].
    pub min_probability: f32,
    /// What becomes of formula clauses; articles are ranked as they are.
    pub formulas: Formulas,
    /// Whether hits are to tell how their wording differs from the query's.
    pub explain: bool,
    /// Whether the answer is to tell what all that was found is of, beyond the hits that it lists.
    pub facets: bool,
}

impl Request {
    /// Most hits of one answer.
    pub const MOST_HITS: usize = 1000;
    /// Longest query, in characters.
    pub const MOST_CHARACTERS: usize = 20_000;

    /// A search for a text with the default settings.
    pub fn text(query: impl Into<String>) -> Request {
        Request::new(Query::Text(query.into()))
    }

    /// A search with the default settings: ten clauses of any document.
    pub fn new(query: Query) -> Request {
        Request {
            query,
            limit: 10,
            unit: Unit::Clause,
            filter: DocumentFilter::default(),
            per_document: None,
            group_by: None,
            group_size: 1,
            min_probability: 0.0,
            formulas: Formulas::default(),
            explain: false,
            facets: false,
        }
    }

    /// Most hits of the answer.
    pub(super) fn wanted(&self) -> usize {
        self.limit * self.group_by.map_or(1, |_| self.group_size)
    }

    pub(super) fn check(&self) -> Result<()> {
        if let Query::Text(text) = &self.query {
            let characters = text.chars().count();
            if text.trim().is_empty() || characters > Self::MOST_CHARACTERS {
                return Err(Error::invalid(
                    "query",
                    format!("1 to {} characters, not only white space", Self::MOST_CHARACTERS),
                    if text.trim().is_empty() { "nothing but white space" } else { text },
                ));
            }
        }
        for (field, value) in [("limit", self.limit), ("group_size", self.group_size)] {
            if !(1..=Self::MOST_HITS).contains(&value) {
                return Err(Error::invalid(field, format!("1 to {}", Self::MOST_HITS), value.to_string()));
            }
        }
        if self.wanted() > Self::MOST_HITS {
            return Err(Error::invalid(
                "group_size",
                format!("limit x group_size of at most {}", Self::MOST_HITS),
                format!("{} x {}", self.limit, self.group_size),
            ));
        }
        if !(0.0..=1.0).contains(&self.min_probability) {
            return Err(Error::invalid("min_probability", "0 to 1", self.min_probability.to_string()));
        }
        self.filter.check_dates()
    }
}

/// A query in the form in which it is searched for.
pub(crate) struct EncodedQuery {
    /// As it was asked.
    pub(super) asked: String,
    /// In the form that was encoded.
    pub(super) text: String,
    pub(super) whole: Embedding,
    /// The tokens of the whole query.
    pub(super) late: LateQuery,
    /// The clauses of a query that has several, with their embeddings; for [`Unit::Article`].
    pub(super) parts: Vec<(String, Embedding)>,
}

/// A search that has all it needs: what it wants, where it looks, and the encoded query. Requests that were checked
/// alone; the query and the filter of the request are not looked at any more.
#[derive(Clone, Copy)]
pub(crate) struct Prepared<'a> {
    pub(crate) request: &'a Request,
    pub(crate) within: &'a Within,
    pub(crate) query: &'a EncodedQuery,
}
