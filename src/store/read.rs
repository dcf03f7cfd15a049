//! Questions to the store: which documents, which clauses, which vectors.

use std::collections::HashMap;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};
use serde::de::DeserializeOwned;

use super::families::{Version, versions};
use super::filter::{DocumentFilter, Scope, listed};
use super::{ClauseId, DocumentKey, Store, TextDigest, codes_from_blob, from_blob, ids_from_blob};
use crate::document::{
    ArticleKind, Heading, Kind, Level, Metadata, Origin, Region, Skipped, Source, Sources, Span, Validity, Warning,
    normalise_for_search,
};
use crate::embed::{Embedding, TokenCodes};
use crate::error::{Error, Result};
use crate::index::VectorId;

/// Where a text stands: a clause without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The document.
    pub document: DocumentKey,
    /// Place among the document's clauses, from 0.
    pub ordinal: usize,
    /// Place of its article among the document's articles, from 0.
    pub article: usize,
    /// Its embedding.
    pub text_id: VectorId,
}

/// A document without its text.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRow {
    /// Internal number.
    pub key: DocumentKey,
    /// The caller's id, or the file's stem.
    pub document_id: String,
    /// Where it came from.
    pub source: Option<String>,
    /// When it was added, ISO 8601 in UTC.
    pub added: String,
    /// Values in force: the caller's over the text's.
    pub metadata: Metadata,
    /// Number of clauses.
    pub clauses: usize,
}

/// A document with its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentDetail {
    /// The document without its text.
    pub row: DocumentRow,
    /// What the caller said about it.
    pub given: Metadata,
    /// What the text says about itself.
    pub extracted: Metadata,
    /// Where the values in force come from.
    pub sources: Sources,
    /// The versions of its family, newest first, itself among them; itself alone where it has no family.
    pub versions: Vec<Version>,
    /// Normalised text.
    pub text: String,
    /// Headings in reading order.
    pub headings: Vec<Heading>,
    /// Articles in reading order.
    pub articles: Vec<ArticleRow>,
    /// Clauses in reading order.
    pub clauses: Vec<ClauseRow>,
    /// What is not part of a clause.
    pub skipped: Vec<Skipped>,
    /// What looked odd.
    pub warnings: Vec<Warning>,
}

/// An article.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleRow {
    /// Place among the document's articles, from 0.
    pub ordinal: usize,
    /// What kind of unit it is.
    pub kind: ArticleKind,
    /// Its number as written.
    pub label: String,
    /// Words of its heading.
    pub title: String,
    /// Headings above it, outermost first.
    pub path: Vec<String>,
    /// Responsible units.
    pub responsible: Vec<String>,
    /// Where it stands.
    pub span: Span,
    /// Its text without its number.
    pub text: String,
}

/// A clause.
#[derive(Debug, Clone, PartialEq)]
pub struct ClauseRow {
    /// Where it stands.
    pub place: Place,
    /// Its own number within the article.
    pub label: String,
    /// Its span in the document's text.
    pub span: Span,
    /// Span of the sentence that introduces the list it is an item of.
    pub lead_in: Option<Span>,
    /// Its text.
    pub text: String,
}

pub(super) const DOCUMENT_COLUMNS: &str = "id, document_id, source, added, title, document_number, issuer, province, city, county, \
                                level, kind, date, published, effective, validity, clause_count, family";
const CLAUSE_COLUMNS: &str = "document, ordinal, article, text_id, label, start, end, lead_in_start, lead_in_end, text";

impl Store {
    /// Hands out all embeddings in blocks, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Store`], or what `take` returns.
    pub fn each_vectors(&self, mut take: impl FnMut(&[(VectorId, Embedding)]) -> Result<()>) -> Result<()> {
        const BLOCK: usize = 4096;
        self.read(|t| {
            let mut statement = t.prepare("SELECT id, vector FROM texts ORDER BY id")?;
            let mut rows = statement.query([])?;
            let mut block = Vec::with_capacity(BLOCK);
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                let blob = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                block.push((id as VectorId, from_blob(blob, self.dimensions)?));
                if block.len() == BLOCK {
                    take(&block)?;
                    block.clear();
                }
            }
            take(&block)
        })
    }

    /// Hands out the tokens of every text.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn each_tokens(&self, mut take: impl FnMut(&[u32])) -> Result<()> {
        self.read(|t| {
            let mut statement = t.prepare("SELECT tokens FROM texts")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                take(&ids_from_blob(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?);
            }
            Ok(())
        })
    }

    /// Hands out the token codes of texts, in the order asked; those that are gone meanwhile are left out.
    ///
    /// # Errors
    /// [`Error::Store`], or what `take` returns.
    pub fn token_codes(
        &self,
        ids: impl Iterator<Item = VectorId>,
        mut take: impl FnMut(VectorId, TokenCodes) -> Result<()>,
    ) -> Result<()> {
        self.read(|t| {
            let mut statement =
                t.prepare_cached("SELECT tokens, codes FROM texts JOIN token_codes ON text_id = id WHERE id = ?1")?;
            for id in ids {
                let mut rows = statement.query([id as i64])?;
                if let Some(row) = rows.next()? {
                    let blob =
                        |i: usize| -> Result<&[u8]> { Ok(row.get_ref(i)?.as_blob().map_err(rusqlite::Error::from)?) };
                    take(id, codes_from_blob(blob(0)?, blob(1)?)?)?;
                }
            }
            Ok(())
        })
    }

    /// Hands out the token codes of the texts whose digests follow this one, or of the first ones, in the order of their
    /// digests: at most so many.
    ///
    /// # Errors
    /// [`Error::Store`], or what `take` returns.
    pub fn token_codes_after(
        &self,
        digest: Option<&TextDigest>,
        most: usize,
        mut take: impl FnMut(TextDigest, TokenCodes) -> Result<()>,
    ) -> Result<()> {
        self.read(|t| {
            let mut statement = t.prepare_cached(
                "SELECT digest, tokens, codes FROM texts JOIN token_codes ON text_id = id
                     WHERE digest > ?1 ORDER BY digest LIMIT ?2",
            )?;
            // The empty blob comes before all others.
            let after = digest.map_or(&[][..], |digest| digest.as_slice());
            let mut rows = statement.query(rusqlite::params![after, most as i64])?;
            while let Some(row) = rows.next()? {
                let blob =
                    |i: usize| -> Result<&[u8]> { Ok(row.get_ref(i)?.as_blob().map_err(rusqlite::Error::from)?) };
                take(row.get(0)?, codes_from_blob(blob(1)?, blob(2)?)?)?;
            }
            Ok(())
        })
    }

    /// Hands out all clauses, document by document, in the order of their places; of one state of the store.
    ///
    /// # Errors
    /// [`Error::Store`], or what `take` returns.
    pub fn each_clause(&self, mut take: impl FnMut(Place, &str) -> Result<()>) -> Result<()> {
        self.read(|t| {
            let mut statement =
                t.prepare("SELECT document, ordinal, article, text_id, text FROM clauses ORDER BY document, ordinal")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let place = Place {
                    document: row.get(0)?,
                    ordinal: row.get::<_, i64>(1)? as usize,
                    article: row.get::<_, i64>(2)? as usize,
                    text_id: row.get::<_, i64>(3)? as VectorId,
                };
                take(place, row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?)?;
            }
            Ok(())
        })
    }

    /// Hands out the places of all clauses, in no order.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn each_place(&self, mut take: impl FnMut(Place)) -> Result<()> {
        self.read(|t| {
            let mut statement = t.prepare("SELECT document, ordinal, article, text_id FROM clauses")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                take(Place {
                    document: row.get(0)?,
                    ordinal: row.get::<_, i64>(1)? as usize,
                    article: row.get::<_, i64>(2)? as usize,
                    text_id: row.get::<_, i64>(3)? as VectorId,
                });
            }
            Ok(())
        })
    }

    /// The number of a document.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub fn document_key(&self, document_id: &str) -> Result<DocumentKey> {
        self.read(|t| {
            let key = t
                .prepare_cached("SELECT id FROM documents WHERE document_id = ?1")?
                .query_row([document_id], |row| row.get(0))
                .optional()?;
            key.ok_or_else(|| Error::NotFound { what: "document", id: document_id.to_owned() })
        })
    }

    /// The numbers of all documents, ascending.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn document_keys(&self) -> Result<Vec<DocumentKey>> {
        self.read(|t| {
            let mut statement = t.prepare_cached("SELECT id FROM documents ORDER BY id")?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }

    /// Documents by their numbers; those that are gone meanwhile are left out.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn document_rows(
        &self,
        documents: impl Iterator<Item = DocumentKey>,
    ) -> Result<HashMap<DocumentKey, DocumentRow>> {
        self.read(|t| {
            let mut rows = HashMap::new();
            for key in documents {
                if !rows.contains_key(&key)
                    && let Some(row) = document_at(t, key)?
                {
                    rows.insert(key, row);
                }
            }
            Ok(rows)
        })
    }

    /// Embedding of a text.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::NotFound`].
    pub fn vector(&self, id: VectorId) -> Result<Embedding> {
        self.read(|t| {
            let blob: Option<Vec<u8>> = t
                .prepare_cached("SELECT vector FROM texts WHERE id = ?1")?
                .query_row([id as i64], |row| row.get(0))
                .optional()?;
            let blob = blob.ok_or_else(|| Error::NotFound { what: "embedding", id: id.to_string() })?;
            from_blob(&blob, self.dimensions)
        })
    }

    /// Texts in the form that was embedded, in the order of `ids`; those that no clause has any more are left out.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn texts(&self, ids: &[VectorId]) -> Result<Vec<(VectorId, String)>> {
        self.read(|t| {
            // Clauses with the same text id differ in white space and compatibility forms only.
            let mut statement = t.prepare_cached("SELECT text FROM clauses WHERE text_id = ?1 LIMIT 1")?;
            let mut texts = Vec::with_capacity(ids.len());
            for id in ids {
                let mut rows = statement.query([*id as i64])?;
                if let Some(row) = rows.next()? {
                    let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                    texts.push((*id, normalise_for_search(text)));
                }
            }
            Ok(texts)
        })
    }

    /// Number of documents, and of clauses in all of them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn extent(&self) -> Result<(usize, usize)> {
        self.read(|t| {
            let counts = t
                .prepare_cached("SELECT count(*), coalesce(sum(clause_count), 0) FROM documents")?
                .query_row([], |row| Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize)))?;
            Ok(counts)
        })
    }

    /// Every place in the scope where one of the texts stands: in the order of `texts`, then of documents.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn places(&self, texts: impl Iterator<Item = VectorId>, scope: &Scope) -> Result<Vec<Place>> {
        self.read(|t| {
            let mut statement = t.prepare_cached(
                "SELECT document, ordinal, article FROM clauses WHERE text_id = ?1 ORDER BY document, ordinal",
            )?;
            let mut places = Vec::new();
            for text_id in texts {
                let mut rows = statement.query([text_id as i64])?;
                while let Some(row) = rows.next()? {
                    let document = row.get(0)?;
                    if scope.contains(document) {
                        places.push(Place {
                            document,
                            ordinal: row.get::<_, i64>(1)? as usize,
                            article: row.get::<_, i64>(2)? as usize,
                            text_id,
                        });
                    }
                }
            }
            Ok(places)
        })
    }

    /// The text ids of the clauses of an article.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn article_texts(&self, articles: &[(DocumentKey, usize)]) -> Result<Vec<Vec<Place>>> {
        self.read(|t| {
            let mut statement = t.prepare_cached(
                "SELECT ordinal, text_id FROM clauses WHERE document = ?1 AND article = ?2 ORDER BY ordinal",
            )?;
            articles
                .iter()
                .map(|(document, article)| {
                    let rows = statement.query_map(params![document, *article as i64], |row| {
                        Ok(Place {
                            document: *document,
                            ordinal: row.get::<_, i64>(0)? as usize,
                            article: *article,
                            text_id: row.get::<_, i64>(1)? as VectorId,
                        })
                    })?;
                    Ok(rows.collect::<Result<_, _>>()?)
                })
                .collect()
        })
    }

    /// Details of clauses with their documents and articles; those that are gone meanwhile are left out.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn clauses(&self, places: &[(DocumentKey, usize)]) -> Result<Vec<(ClauseRow, ArticleRow, DocumentRow)>> {
        self.read(|t| {
            let mut found = Vec::with_capacity(places.len());
            for (document, ordinal) in places {
                let Some(clause) = clause_at(t, *document, *ordinal)? else { continue };
                let Some(article) = article_at(t, *document, clause.place.article)? else { continue };
                let Some(row) = document_at(t, *document)? else { continue };
                found.push((clause, article, row));
            }
            Ok(found)
        })
    }

    /// One clause with its article and document.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub fn clause(&self, id: &ClauseId) -> Result<(ClauseRow, ArticleRow, DocumentRow)> {
        let missing = || Error::NotFound { what: "clause", id: id.to_string() };
        let key = self.read(|t| {
            let key: Option<DocumentKey> = t
                .prepare_cached("SELECT id FROM documents WHERE document_id = ?1")?
                .query_row([&id.document_id], |row| row.get(0))
                .optional()?;
            Ok(key)
        })?;
        let key = key.ok_or_else(missing)?;
        self.clauses(&[(key, id.ordinal)])?.pop().ok_or_else(missing)
    }

    /// A part of a document's text; empty where the document is gone.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn slice(&self, document: DocumentKey, span: Span) -> Result<String> {
        self.read(|t| {
            Ok(t.prepare_cached("SELECT substr(text, ?2 + 1, ?3) FROM document_texts WHERE document = ?1")?
                .query_row(params![document, span.start as i64, span.len() as i64], |row| row.get(0))
                .optional()?
                .unwrap_or_default())
        })
    }

    /// Province and city of documents as they are today; empty where they are not known.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn regions(&self, documents: impl Iterator<Item = DocumentKey>) -> Result<HashMap<DocumentKey, Region>> {
        self.read(|t| {
            let mut statement = t.prepare_cached("SELECT province, city FROM documents WHERE id = ?1")?;
            let mut regions = HashMap::new();
            for key in documents {
                let region = |row: &Row<'_>| Ok(Region { province: row.get(0)?, city: row.get(1)?, county: None });
                if let Some(region) = statement.query_row([key], region).optional()? {
                    regions.insert(key, region.today());
                }
            }
            Ok(regions)
        })
    }

    /// Documents in the order of their ids, from the `offset`th, at most `limit`; and how many pass the filter.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn documents(&self, filter: &DocumentFilter, offset: usize, limit: usize) -> Result<(Vec<DocumentRow>, usize)> {
        self.read(|t| {
            let (condition, mut values) = listed(t, filter)?;
            let total: i64 = t
                .prepare_cached(&format!("SELECT count(*) FROM documents WHERE {condition}"))?
                .query_row(params_from_iter(&values), |row| row.get(0))?;
            values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
            values.push(Value::from(i64::try_from(offset).unwrap_or(i64::MAX)));
            let mut statement = t.prepare_cached(&format!(
                "SELECT {DOCUMENT_COLUMNS} FROM documents WHERE {condition} ORDER BY document_id LIMIT ? OFFSET ?"
            ))?;
            let rows = statement.query_map(params_from_iter(values), document_row)?;
            Ok((rows.collect::<Result<_, _>>()?, total as usize))
        })
    }

    /// Numbers of documents, clauses and distinct clause texts.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn counts(&self) -> Result<(usize, usize, usize)> {
        self.read(|t| {
            Ok(t.query_row(
                "SELECT (SELECT count(*) FROM documents), (SELECT coalesce(sum(clause_count), 0) FROM documents),
                        (SELECT count(*) FROM texts)",
                [],
                |row| {
                    Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize, row.get::<_, i64>(2)? as usize))
                },
            )?)
        })
    }

    /// A document with all its parts.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub fn document(&self, document_id: &str) -> Result<DocumentDetail> {
        self.read(|t| {
            let found = t
                .prepare_cached(&format!(
                    "SELECT {DOCUMENT_COLUMNS}, given, extracted, sources, text, headings, skipped, warnings
                     FROM documents JOIN document_texts ON document = id WHERE document_id = ?1"
                ))?
                .query_row([document_id], |row| {
                    let given: Metadata = json(row, 18)?;
                    Ok(DocumentDetail {
                        row: document_row(row)?,
                        sources: Sources::all(&given, Source::Given).over(json(row, 20)?),
                        versions: Vec::new(),
                        given,
                        extracted: json(row, 19)?,
                        text: row.get(21)?,
                        headings: json(row, 22)?,
                        articles: Vec::new(),
                        clauses: Vec::new(),
                        skipped: json(row, 23)?,
                        warnings: json(row, 24)?,
                    })
                })
                .optional()?;
            let mut detail = found.ok_or_else(|| Error::NotFound { what: "document", id: document_id.to_owned() })?;
            let family = detail.row.metadata.family.as_deref();
            detail.versions = match family {
                Some(family) => versions(t, family)?,
                None => vec![Version::from(&detail.row)],
            };
            // Where the caller did not say it, it was made of the title.
            detail.sources.family = detail.sources.family.or(family.map(|_| Source::Inferred(Origin::Title)));
            detail.articles = t
                .prepare_cached(&format!("{ARTICLES} WHERE document = ?1 ORDER BY ordinal"))?
                .query_map([detail.row.key], article_row)?
                .collect::<Result<_, _>>()?;
            detail.clauses = t
                .prepare_cached(&format!("SELECT {CLAUSE_COLUMNS} FROM clauses WHERE document = ?1 ORDER BY ordinal"))?
                .query_map([detail.row.key], clause_row)?
                .collect::<Result<_, _>>()?;
            Ok(detail)
        })
    }
}

const ARTICLES: &str = "SELECT ordinal, kind, label, title, path, responsible, start, end, text FROM articles";

fn clause_at(t: &Transaction<'_>, document: DocumentKey, ordinal: usize) -> Result<Option<ClauseRow>> {
    Ok(t.prepare_cached(&format!("SELECT {CLAUSE_COLUMNS} FROM clauses WHERE document = ?1 AND ordinal = ?2"))?
        .query_row(params![document, ordinal as i64], clause_row)
        .optional()?)
}

fn article_at(t: &Transaction<'_>, document: DocumentKey, ordinal: usize) -> Result<Option<ArticleRow>> {
    Ok(t.prepare_cached(&format!("{ARTICLES} WHERE document = ?1 AND ordinal = ?2"))?
        .query_row(params![document, ordinal as i64], article_row)
        .optional()?)
}

pub(super) fn document_at(t: &Transaction<'_>, key: DocumentKey) -> Result<Option<DocumentRow>> {
    Ok(t.prepare_cached(&format!("SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?1"))?
        .query_row([key], document_row)
        .optional()?)
}

pub(super) fn document_row(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    let region = Region { province: row.get(7)?, city: row.get(8)?, county: row.get(9)? };
    Ok(DocumentRow {
        key: row.get(0)?,
        document_id: row.get(1)?,
        source: row.get(2)?,
        added: row.get(3)?,
        metadata: Metadata {
            title: row.get(4)?,
            document_number: row.get(5)?,
            issuer: row.get(6)?,
            region: (region != Region::default()).then_some(region),
            level: row.get::<_, Option<String>>(10)?.and_then(|name| Level::from_name(&name)),
            kind: row.get::<_, Option<String>>(11)?.and_then(|name| Kind::from_name(&name)),
            date: row.get(12)?,
            published: row.get(13)?,
            effective: row.get(14)?,
            validity: row.get::<_, Option<String>>(15)?.and_then(|name| Validity::from_name(&name)),
            family: row.get(17)?,
        },
        clauses: row.get::<_, i64>(16)? as usize,
    })
}

fn article_row(row: &Row<'_>) -> rusqlite::Result<ArticleRow> {
    let kind: String = row.get(1)?;
    Ok(ArticleRow {
        ordinal: row.get::<_, i64>(0)? as usize,
        kind: ArticleKind::from_name(&kind).unwrap_or(ArticleKind::Body),
        label: row.get(2)?,
        title: row.get(3)?,
        path: json(row, 4)?,
        responsible: json(row, 5)?,
        span: span(row, 6)?,
        text: row.get(8)?,
    })
}

fn clause_row(row: &Row<'_>) -> rusqlite::Result<ClauseRow> {
    let lead_in_start: Option<i64> = row.get(7)?;
    Ok(ClauseRow {
        place: Place {
            document: row.get(0)?,
            ordinal: row.get::<_, i64>(1)? as usize,
            article: row.get::<_, i64>(2)? as usize,
            text_id: row.get::<_, i64>(3)? as VectorId,
        },
        label: row.get(4)?,
        span: span(row, 5)?,
        lead_in: lead_in_start.map(|_| span(row, 7)).transpose()?,
        text: row.get(9)?,
    })
}

fn span(row: &Row<'_>, column: usize) -> rusqlite::Result<Span> {
    Ok(Span { start: row.get::<_, i64>(column)? as usize, end: row.get::<_, i64>(column + 1)? as usize })
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e)))
}
