//! Families: documents that are versions of one, and which of them is the newest.
//!
//! A document's row has the key of its family. Which version represents a family is decided when it is asked, so that
//! nothing has to be written when a version comes or goes.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::read::{DOCUMENT_COLUMNS, DocumentRow, document_row, json};
use super::{DocumentKey, Store};
use crate::document::{FAMILY_RULE, Metadata, Validity, family_key};
use crate::error::Result;

/// One of the versions of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Internal number.
    pub key: DocumentKey,
    /// The caller's id, or the file's stem.
    pub document_id: String,
    /// Whether it is in force, where that is said.
    pub validity: Option<Validity>,
    /// Date of issue or adoption, ISO.
    pub date: Option<String>,
    /// Date of publication, ISO.
    pub published: Option<String>,
    /// Date of entry into force, ISO.
    pub effective: Option<String>,
    /// When it was added, ISO 8601 in UTC.
    pub added: String,
}

impl Version {
    /// What versions are ordered by; the largest represents its family. Texts in force, or of which nothing is said, come
    /// before those that are not yet in force, amended ones and those that are repealed or expired; of equals the one with
    /// the latest day that is known of it; then the one that was added last.
    ///
    /// The latest day, and not the date of entry into force first: an amended text goes on stating when the original
    /// entered into force, and a copy may state one of the dates only.
    fn rank(&self) -> impl Ord + use<> {
        let days = [&self.effective, &self.date, &self.published];
        let latest = days.into_iter().flatten().max().cloned();
        (Reverse(Validity::order(self.validity)), latest, days.map(Clone::clone), self.added.clone(), self.key)
    }
}

impl From<&DocumentRow> for Version {
    fn from(row: &DocumentRow) -> Version {
        let m = row.metadata.clone();
        Version {
            key: row.key,
            document_id: row.document_id.clone(),
            validity: m.validity,
            date: m.date,
            published: m.published,
            effective: m.effective,
            added: row.added.clone(),
        }
    }
}

const VERSION_COLUMNS: &str = "id, document_id, validity, date, published, effective, added";

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        key: row.get(0)?,
        document_id: row.get(1)?,
        validity: row.get::<_, Option<String>>(2)?.and_then(|name| Validity::from_name(&name)),
        date: row.get(3)?,
        published: row.get(4)?,
        effective: row.get(5)?,
        added: row.get(6)?,
    })
}

/// The versions of a family, newest first.
pub(super) fn versions(t: &Transaction<'_>, family: &str) -> Result<Vec<Version>> {
    let mut versions: Vec<Version> = t
        .prepare_cached(&format!("SELECT {VERSION_COLUMNS} FROM documents WHERE family = ?1"))?
        .query_map([family], version)?
        .collect::<Result<_, _>>()?;
    versions.sort_by_cached_key(|version| Reverse(version.rank()));
    Ok(versions)
}

/// Those documents that pass and have a newer version that passes, too.
pub(super) fn superseded(
    t: &Transaction<'_>,
    passes: impl Fn(DocumentKey) -> bool,
) -> Result<Vec<(DocumentKey, usize)>> {
    let mut statement = t.prepare_cached(&format!(
        "SELECT {VERSION_COLUMNS}, clause_count, family FROM documents WHERE family IN
             (SELECT family FROM documents WHERE family IS NOT NULL GROUP BY family HAVING count(*) > 1)"
    ))?;
    let mut families: HashMap<String, Vec<(Version, usize)>> = HashMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (version, clauses) = (version(row)?, row.get::<_, i64>(7)? as usize);
        if passes(version.key) {
            families.entry(row.get(8)?).or_default().push((version, clauses));
        }
    }
    let mut superseded = Vec::new();
    for mut versions in families.into_values() {
        versions.sort_by_cached_key(|(version, _)| Reverse(version.rank()));
        superseded.extend(versions.into_iter().skip(1).map(|(version, clauses)| (version.key, clauses)));
    }
    Ok(superseded)
}

impl Store {
    /// The versions of families, newest first; the first one represents the family. A family that no document is of is
    /// left out.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn versions<'f>(&self, families: impl Iterator<Item = &'f str>) -> Result<HashMap<String, Vec<Version>>> {
        self.read(|t| {
            let mut found = HashMap::new();
            for family in families.collect::<HashSet<_>>() {
                let versions = versions(t, family)?;
                if !versions.is_empty() {
                    found.insert(family.to_owned(), versions);
                }
            }
            Ok(found)
        })
    }

    /// The families of those of the documents that have one.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn families(&self, documents: impl Iterator<Item = DocumentKey>) -> Result<HashMap<DocumentKey, String>> {
        self.read(|t| {
            let mut statement =
                t.prepare_cached("SELECT family FROM documents WHERE id = ?1 AND family IS NOT NULL")?;
            let mut families = HashMap::new();
            for key in documents {
                if let Some(family) = statement.query_row([key], |row| row.get(0)).optional()? {
                    families.insert(key, family);
                }
            }
            Ok(families)
        })
    }
}

/// Key in `meta`: the rule by which the stored families were derived.
const RULE: &str = "family_rule";

/// Derives the families of a store that has none yet, or has them by an earlier rule; those that callers gave stay. One
/// transaction.
///
/// # Errors
/// [`crate::Error::Store`]: the store is as it was.
pub(super) fn derive_if_due(connection: &mut Connection) -> Result<()> {
    let rule = FAMILY_RULE.to_string();
    if super::schema::value(connection, RULE)?.as_ref() == Some(&rule) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut documents = transaction.prepare(&format!(
            "SELECT {DOCUMENT_COLUMNS}, given,
                 (SELECT label FROM articles WHERE document = id AND kind = 'numbered' ORDER BY ordinal LIMIT 1) AS label
             FROM documents"
        ))?;
        let mut families = Vec::new();
        let mut rows = documents.query([])?;
        while let Some(row) = rows.next()? {
            let (stored, label): (_, Option<String>) = (document_row(row)?, row.get("label")?);
            let given: Metadata = json(row, row.as_ref().column_index("given")?)?;
            families.push((stored.key, given.family.or_else(|| family_key(&stored.metadata, label.as_deref()))));
        }
        let mut update = transaction.prepare("UPDATE documents SET family = ?2 WHERE id = ?1")?;
        for (key, family) in families {
            update.execute(params![key, family])?;
        }
    }
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (RULE, &rule),
    )?;
    transaction.commit()?;
    Ok(())
}
