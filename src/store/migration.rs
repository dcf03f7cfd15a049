//! A store of an earlier layout brought to this one, where it is. Nobody has to take documents in again.
//!
//! The whole way is one transaction: a crash on it leaves the store as it was. Clauses, articles and vectors stay as
//! they are; what is said about documents is read again from their stored texts, and callers' values are kept.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::schema::{self, SCHEMA_VERSION};
use super::write::{Said, write_metadata};
use crate::document::{self, Level, Metadata, Region};
use crate::error::{Error, Result};

/// The earliest layout that there is a way from.
const EARLIEST: i64 = 2;

/// What version 3 has and version 2 had not: cities and counties in the place of one place, validity, where values come
/// from, and the family of a document, which is filled apart.
const FROM_2_TO_3: &str = "
ALTER TABLE documents ADD COLUMN city TEXT;
ALTER TABLE documents ADD COLUMN county TEXT;
ALTER TABLE documents ADD COLUMN validity TEXT;
ALTER TABLE documents ADD COLUMN family TEXT;
ALTER TABLE documents ADD COLUMN sources TEXT NOT NULL DEFAULT '{}';
ALTER TABLE documents DROP COLUMN place;
CREATE INDEX documents_family ON documents (family);
";

/// Whether a store is of a layout that [`migrate`] brings to this one.
///
/// # Errors
/// [`Error::Store`].
pub(super) fn is_due(connection: &Connection) -> Result<bool> {
    let version = schema::value(connection, "schema_version")?.and_then(|version| version.parse().ok());
    Ok(version.is_some_and(|version: i64| (EARLIEST..SCHEMA_VERSION).contains(&version)))
}

/// Brings a store of an earlier layout to this one; others are left alone. The caller holds the data directory's lock.
///
/// # Errors
/// [`Error::Store`]: the store is as it was.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    if !is_due(connection)? {
        return Ok(());
    }
    let begun = std::time::Instant::now();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    if !is_due(&transaction)? {
        return Ok(());
    }
    tracing::info!(path = %path.display(), "bringing the store to version {SCHEMA_VERSION}; this is done once");
    let documents = bring(&transaction)?;
    transaction.commit()?;
    tracing::info!(documents, took_ms = begun.elapsed().as_millis() as u64, "the store is of version {SCHEMA_VERSION}");
    Ok(())
}

/// Brings a store of version 2 to this one; the number of its documents.
fn bring(transaction: &Transaction<'_>) -> Result<usize> {
    transaction.execute_batch(FROM_2_TO_3)?;
    let documents = read_again(transaction)?;
    transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'schema_version'", [SCHEMA_VERSION.to_string()])?;
    Ok(documents)
}

/// Reads what all documents say about themselves from their texts; their number.
fn read_again(transaction: &Transaction<'_>) -> Result<usize> {
    let keys: Vec<i64> =
        transaction.prepare("SELECT id FROM documents")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut find =
        transaction.prepare("SELECT given, text FROM documents JOIN document_texts ON document = id WHERE id = ?1")?;
    for key in &keys {
        let (given, text): (String, String) = find.query_row(params![key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let document = document::parse(&text);
        write_metadata(transaction, *key, &given_before(&given)?, &Said::by(&document))?;
    }
    Ok(keys.len())
}

/// The caller's values as version 2 kept them, with one place in the region.
fn given_before(given: &str) -> Result<Metadata> {
    let unreadable = |e: serde_json::Error| {
        Error::Store(rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
    };
    let mut given: serde_json::Value = serde_json::from_str(given).map_err(unreadable)?;
    let region = given.get_mut("region").map(serde_json::Value::take);
    if let Some(given) = given.as_object_mut() {
        given.remove("region");
    }
    let mut metadata: Metadata = serde_json::from_value(given).map_err(unreadable)?;
    if let Some(region) = region.filter(|region| !region.is_null()) {
        let part = |name: &str| region.get(name).and_then(|part| part.as_str()).map(str::to_owned);
        metadata.region = Some(with_place(part("province"), part("place"), metadata.level));
    }
    Ok(metadata)
}

/// A region of a province and one place. A place that the table of divisions does not know is a county where its name or
/// the level says so, and else a city.
fn with_place(province: Option<String>, place: Option<String>, level: Option<Level>) -> Region {
    let Some(place) = place else { return Region { province, ..Region::default() } };
    let found = Region::named(&format!("{}{place}", province.as_deref().unwrap_or_default()));
    if let [region] = found.as_slice()
        && region.own_name().is_some_and(|name| place.ends_with(name))
    {
        return region.clone();
    }
    let is_county = level == Some(Level::County) || level.is_none() && place.ends_with(['县', '区', '旗']);
    let (city, county) = if is_county { (None, Some(place)) } else { (Some(place), None) };
    Region { province, city, county }
}

#[cfg(test)]
mod tests;
