//! Putting documents in and taking them out. Every change is one transaction.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::read::{DocumentRow, document_at, json as from_json};
use super::{DocumentKey, Orphan, Store, TextDigest, codes_to_blob, ids_from_blob, ids_to_blob, to_blob};
use crate::document::{ArticleKind, Document, Metadata, Sources, family_key};
use crate::embed::TextVectors;
use crate::error::{Error, Result};
use crate::index::VectorId;

/// A document ready to be stored.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The caller's id, or the file's stem.
    pub document_id: String,
    /// Where it came from: a path, or nothing for posted text.
    pub source: Option<String>,
    /// The parsed document, with what its text says about itself.
    pub document: Document,
    /// What the caller says about it; wins over the text. Empty where nothing is said, which leaves what was said about
    /// the same text before.
    pub given: Metadata,
    /// Digest of the normalised text: equal for equal content.
    pub digest: [u8; 32],
    /// For every clause, in order, the digest of its embedding input.
    pub clause_texts: Vec<TextDigest>,
}

/// What became of a document that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Added,
    /// It took the place of an earlier text with the same id.
    Replaced {
        /// Another id that the same text is stored under, too.
        same_as: Option<String>,
    },
    /// The same text was there with the same metadata.
    Unchanged,
    /// The same text was there; its metadata is now as given.
    Updated,
    /// The id is new and the same text is there under another one; nothing was stored.
    Duplicate {
        /// The id it is stored under.
        of: String,
    },
}

/// Result of [`Store::put`].
#[derive(Debug)]
pub struct Put {
    /// One outcome a document, in order.
    pub outcomes: Vec<Outcome>,
    /// Ids that the new embeddings got.
    pub inserted: Vec<(VectorId, TextDigest)>,
    /// Texts that no clause uses any more.
    pub orphaned: Vec<Orphan>,
}

/// Result of [`Store::remove`].
#[derive(Debug)]
pub struct Removed {
    /// For every id asked, whether there was such a document.
    pub found: Vec<bool>,
    /// Texts that no clause uses any more.
    pub orphaned: Vec<Orphan>,
}

impl Store {
    /// Those of the digests that have no embedding yet, without repetition, in order of first appearance.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn missing_texts<'a>(&self, digests: impl Iterator<Item = &'a TextDigest>) -> Result<Vec<TextDigest>> {
        self.read(|t| {
            let mut statement = t.prepare_cached("SELECT 1 FROM texts WHERE digest = ?1")?;
            let mut seen = std::collections::HashSet::new();
            let mut missing = Vec::new();
            for digest in digests {
                if seen.insert(digest) && !statement.exists([digest.as_slice()])? {
                    missing.push(*digest);
                }
            }
            Ok(missing)
        })
    }

    /// Stores documents in one transaction: all of them, or none on an error. When this returns they are on disk.
    ///
    /// `vectors` holds those of clause texts that are not stored yet; superfluous ones are passed over.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Encoder`] when a clause's text has no embedding, neither stored nor given.
    pub fn put(&self, documents: &[Prepared], vectors: &HashMap<TextDigest, TextVectors>) -> Result<Put> {
        let mut connection = self.write()?;
        let transaction = connection.transaction()?;
        let mut put = Put { outcomes: Vec::new(), inserted: Vec::new(), orphaned: Vec::new() };
        let mut released = Vec::new();
        let coming: HashMap<&str, [u8; 32]> = documents.iter().map(|d| (d.document_id.as_str(), d.digest)).collect();
        for document in documents {
            put.outcomes.push(put_one(&transaction, document, &coming, vectors, &mut put.inserted, &mut released)?);
        }
        put.orphaned = delete_orphans(&transaction, released)?;
        transaction.commit()?;
        put.inserted.retain(|(id, _)| !put.orphaned.iter().any(|orphan| orphan.id == *id));
        Ok(put)
    }

    /// Sets what the caller says about a document. When this returns it is on disk.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`].
    pub fn correct(&self, document_id: &str, given: &Metadata) -> Result<DocumentRow> {
        let mut connection = self.write()?;
        let transaction = connection.transaction()?;
        let missing = || Error::NotFound { what: "document", id: document_id.to_owned() };
        let key = key_of(&transaction, document_id)?.ok_or_else(missing)?;
        write_metadata(&transaction, key, given, &said_by_stored(&transaction, key)?)?;
        let row = document_at(&transaction, key)?.ok_or_else(missing)?;
        transaction.commit()?;
        Ok(row)
    }

    /// Removes documents in one transaction.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove(&self, document_ids: &[String]) -> Result<Removed> {
        let mut connection = self.write()?;
        let transaction = connection.transaction()?;
        let mut found = Vec::new();
        let mut released = Vec::new();
        for id in document_ids {
            let key = key_of(&transaction, id)?;
            found.push(key.is_some());
            if let Some(key) = key {
                released.extend(delete_document(&transaction, key)?);
            }
        }
        let orphaned = delete_orphans(&transaction, released)?;
        transaction.commit()?;
        Ok(Removed { found, orphaned })
    }
}

/// What a document says about itself.
pub(super) struct Said {
    metadata: Metadata,
    sources: Sources,
    /// Label of its first numbered article.
    first_label: Option<String>,
}

impl Said {
    pub(super) fn by(document: &Document) -> Said {
        let first = document.articles.iter().find(|article| article.kind == ArticleKind::Numbered);
        Said {
            metadata: document.metadata.clone(),
            sources: document.sources,
            first_label: first.map(|article| article.label.clone()),
        }
    }
}

/// The same of a document that is stored. Its text is not read again: what its file said apart from the text is there
/// no more.
fn said_by_stored(transaction: &Transaction<'_>, key: DocumentKey) -> Result<Said> {
    let (metadata, sources) = transaction
        .prepare_cached("SELECT extracted, sources FROM documents WHERE id = ?1")?
        .query_row([key], |row| Ok((from_json(row, 0)?, from_json(row, 1)?)))?;
    let first_label = transaction
        .prepare_cached("SELECT label FROM articles WHERE document = ?1 AND kind = ?2 ORDER BY ordinal LIMIT 1")?
        .query_row(params![key, ArticleKind::Numbered.name()], |row| row.get(0))
        .optional()?;
    Ok(Said { metadata, sources, first_label })
}

fn key_of(transaction: &Transaction<'_>, document_id: &str) -> Result<Option<DocumentKey>> {
    Ok(transaction
        .prepare_cached("SELECT id FROM documents WHERE document_id = ?1")?
        .query_row([document_id], |row| row.get(0))
        .optional()?)
}

fn put_one(
    transaction: &Transaction<'_>,
    prepared: &Prepared,
    coming: &HashMap<&str, [u8; 32]>,
    vectors: &HashMap<TextDigest, TextVectors>,
    inserted: &mut Vec<(VectorId, TextDigest)>,
    released: &mut Vec<VectorId>,
) -> Result<Outcome> {
    let same: Option<(DocumentKey, String, String)> = transaction
        .prepare_cached(
            "SELECT id, document_id, given FROM documents WHERE digest = ?1 ORDER BY document_id = ?2 DESC LIMIT 1",
        )?
        .query_row(params![prepared.digest.as_slice(), prepared.document_id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let given = json(&prepared.given)?;
    let old = key_of(transaction, &prepared.document_id)?;
    let same_as = match same {
        Some((key, id, stored)) if id == prepared.document_id => {
            // A text that comes again with nothing said about it takes nothing back: that is for Store::correct.
            if stored == given || prepared.given == Metadata::default() {
                return Ok(Outcome::Unchanged);
            }
            write_metadata(transaction, key, &prepared.given, &Said::by(&prepared.document))?;
            return Ok(Outcome::Updated);
        }
        // Where the other one gets another text in this very call, its old text would be in no document after it.
        Some((_, of, _))
            if old.is_none() && coming.get(of.as_str()).is_none_or(|digest| *digest == prepared.digest) =>
        {
            return Ok(Outcome::Duplicate { of });
        }
        Some(_) if old.is_none() => None,
        // The caller says what the id stands for now: it must not go on standing for its old text.
        Some((_, of, _)) => Some(of),
        None => None,
    };
    if let Some(old) = old {
        released.extend(delete_document(transaction, old)?);
    }
    let key = insert_document(transaction, prepared, &given)?;
    insert_articles(transaction, key, &prepared.document)?;
    insert_clauses(transaction, key, prepared, vectors, inserted)?;
    Ok(if old.is_some() { Outcome::Replaced { same_as } } else { Outcome::Added })
}

fn insert_document(transaction: &Transaction<'_>, prepared: &Prepared, given: &str) -> Result<DocumentKey> {
    let document = &prepared.document;
    transaction
        .prepare_cached(
            "INSERT INTO documents (document_id, digest, source, added, given, extracted, clause_count)
             VALUES (?1, ?2, ?3, ?4, ?5, '', ?6)",
        )?
        .execute(params![
            prepared.document_id,
            prepared.digest.as_slice(),
            prepared.source,
            jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            given,
            document.clauses.len() as i64,
        ])?;
    let key = transaction.last_insert_rowid();
    transaction
        .prepare_cached(
            "INSERT INTO document_texts (document, text, headings, skipped, warnings) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            key,
            document.text,
            json(&document.headings)?,
            json(&document.skipped)?,
            json(&document.warnings)?,
        ])?;
    write_metadata(transaction, key, &prepared.given, &Said::by(document))?;
    Ok(key)
}

/// Writes the metadata in force (the caller's values over the text's) and both of its parts.
pub(super) fn write_metadata(
    transaction: &Transaction<'_>,
    key: DocumentKey,
    given: &Metadata,
    said: &Said,
) -> Result<()> {
    let m = given.clone().over(said.metadata.clone());
    let family = m.family.clone().or_else(|| family_key(&m, said.first_label.as_deref()));
    let region = m.region.unwrap_or_default();
    transaction
        .prepare_cached(
            "UPDATE documents SET title = ?2, document_number = ?3, issuer = ?4, province = ?5, city = ?6, county = ?7,
                 level = ?8, kind = ?9, date = ?10, published = ?11, effective = ?12, validity = ?13,
                 given = ?14, extracted = ?15, sources = ?16, family = ?17
             WHERE id = ?1",
        )?
        .execute(params![
            key,
            m.title,
            m.document_number,
            m.issuer,
            region.province,
            region.city,
            region.county,
            m.level.map(|level| level.name()),
            m.kind.map(|kind| kind.name()),
            m.date,
            m.published,
            m.effective,
            m.validity.map(|validity| validity.name()),
            json(given)?,
            json(&said.metadata)?,
            json(&said.sources)?,
            family,
        ])?;
    Ok(())
}

fn insert_articles(transaction: &Transaction<'_>, key: DocumentKey, document: &Document) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO articles (document, ordinal, kind, label, title, path, responsible, start, end, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (ordinal, article) in document.articles.iter().enumerate() {
        statement.execute(params![
            key,
            ordinal as i64,
            article.kind.name(),
            article.label,
            article.title,
            json(&article.path)?,
            json(&article.responsible)?,
            article.span.start as i64,
            article.span.end as i64,
            document.article_text(ordinal),
        ])?;
    }
    Ok(())
}

fn insert_clauses(
    transaction: &Transaction<'_>,
    key: DocumentKey,
    prepared: &Prepared,
    vectors: &HashMap<TextDigest, TextVectors>,
    inserted: &mut Vec<(VectorId, TextDigest)>,
) -> Result<()> {
    let mut find = transaction.prepare_cached("SELECT id FROM texts WHERE digest = ?1")?;
    let mut add_text = transaction.prepare_cached("INSERT INTO texts (digest, vector, tokens) VALUES (?1, ?2, ?3)")?;
    let mut add_codes = transaction.prepare_cached("INSERT INTO token_codes (text_id, codes) VALUES (?1, ?2)")?;
    let mut add_clause = transaction.prepare_cached(
        "INSERT INTO clauses (document, ordinal, article, text_id, label, start, end, lead_in_start, lead_in_end, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (ordinal, (clause, digest)) in prepared.document.clauses.iter().zip(&prepared.clause_texts).enumerate() {
        let known: Option<i64> = find.query_row([digest.as_slice()], |row| row.get(0)).optional()?;
        let text_id = match known {
            Some(id) => id,
            None => {
                let text = vectors.get(digest).ok_or_else(|| {
                    Error::Encoder(format!("expected an embedding of {:?}, received none", clause.text))
                })?;
                add_text.execute(params![
                    digest.as_slice(),
                    to_blob(&text.embedding),
                    ids_to_blob(&text.tokens.ids)
                ])?;
                let id = transaction.last_insert_rowid();
                add_codes.execute(params![id, codes_to_blob(&text.tokens)])?;
                inserted.push((id as VectorId, *digest));
                id
            }
        };
        add_clause.execute(params![
            key,
            ordinal as i64,
            clause.article as i64,
            text_id,
            clause.label,
            clause.span.start as i64,
            clause.span.end as i64,
            clause.lead_in.map(|span| span.start as i64),
            clause.lead_in.map(|span| span.end as i64),
            clause.text,
        ])?;
    }
    Ok(())
}

/// Deletes a document with its articles and clauses; the texts its clauses used.
fn delete_document(transaction: &Transaction<'_>, key: DocumentKey) -> Result<Vec<VectorId>> {
    let used = transaction
        .prepare_cached("SELECT DISTINCT text_id FROM clauses WHERE document = ?1")?
        .query_map([key], |row| row.get::<_, i64>(0))?
        .map(|id| id.map(|id| id as VectorId))
        .collect::<Result<_, _>>()?;
    transaction.prepare_cached("DELETE FROM documents WHERE id = ?1")?.execute([key])?;
    Ok(used)
}

/// Deletes those of the texts that no clause uses any more; which they were, without repetition.
fn delete_orphans(transaction: &Transaction<'_>, mut released: Vec<VectorId>) -> Result<Vec<Orphan>> {
    released.sort_unstable();
    released.dedup();
    let mut delete = transaction.prepare_cached(
        "DELETE FROM texts WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM clauses WHERE text_id = ?1)
             RETURNING tokens, digest",
    )?;
    let mut orphaned = Vec::new();
    for id in released {
        let deleted: Option<(Vec<u8>, TextDigest)> =
            delete.query_row([id as i64], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((tokens, digest)) = deleted {
            orphaned.push(Orphan { id, digest, tokens: ids_from_blob(&tokens)? });
        }
    }
    Ok(orphaned)
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::Store(rusqlite::Error::ToSqlConversionFailure(Box::new(e))))
}
