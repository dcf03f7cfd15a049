//! Records of bulk files to documents: the fields of `POST /v1/documents`, by name.

use serde_json::{Map, Value};

use super::{Extracted, decode, html, sniff};
use crate::document::Metadata;
use crate::error::{Error, Result};

/// Names of the field with the text.
const TEXTS: [&str; 2] = ["text", "content"];

/// The parts of a region.
const REGION: [&str; 3] = ["province", "city", "county"];

/// The names of all fields that describe a document.
fn described() -> Vec<String> {
    match serde_json::to_value(Metadata::default()) {
        Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}

/// The columns that a table may have. A region is up to three columns: province, city and county.
pub(super) fn columns() -> Vec<String> {
    let fixed = ["document_id"].into_iter().chain(TEXTS).map(str::to_owned);
    let described = described().into_iter().filter(|name| name != "region");
    fixed.chain(described).chain(REGION.map(str::to_owned)).collect()
}

/// Checks the names in a header.
///
/// # Errors
/// [`Error::Invalid`] for unknown and repeated columns, and where the id or the text has none.
pub(super) fn check_columns(header: &[String]) -> Result<()> {
    let known = columns();
    let invalid = |expected: String, received: &str| Err(Error::invalid("columns", expected, received));
    let unknown: Vec<&str> = header.iter().filter(|name| !known.contains(name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return invalid(known.join(", "), &unknown.join(", "));
    }
    if let Some((at, name)) = header.iter().enumerate().find(|(at, name)| header.iter().take(*at).any(|n| n == *name)) {
        return invalid("each column once".to_owned(), &format!("{name} again as column {}", at + 1));
    }
    let texts = header.iter().filter(|name| TEXTS.contains(&name.as_str())).count();
    if !header.iter().any(|name| name == "document_id") || texts != 1 {
        return invalid("document_id, and text or content".to_owned(), &header.join(", "));
    }
    Ok(())
}

/// The document of a record. A text that is a web page is read as one.
///
/// # Errors
/// [`Error::Invalid`] that names the field; [`Error::Unreadable`] for what is no text.
pub(super) fn document(mut record: Map<String, Value>) -> Result<Extracted> {
    record.retain(|_, value| !value.is_null());
    let id = string(&mut record, "document_id")?.ok_or_else(|| {
        Error::invalid("document_id", "a string, so that the document can be told from others", "none")
    })?;
    let [text, content] = TEXTS.map(|name| string(&mut record, name));
    let text = match (text?, content?) {
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => return Err(Error::invalid("text", "a string", "none")),
        (Some(_), Some(_)) => return Err(Error::invalid("content", "a text or a content", "both")),
    };
    let given = metadata(record)?;
    let page = sniff::is_page(&sniff::opening(text.as_bytes()));
    let read = if page { html::text(text.as_bytes())? } else { plain(&text)? };
    Ok(Extracted { name: Some(id), given, ..read })
}

fn plain(text: &str) -> Result<Extracted> {
    decode(text.as_bytes()).map(|text| Extracted { text, ..Extracted::default() })
}

fn string(record: &mut Map<String, Value>, name: &str) -> Result<Option<String>> {
    match record.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Error::invalid(name, "a string", other.to_string())),
    }
}

/// What a record says besides id and text: fields beside them, or in an object `metadata`, or both.
fn metadata(mut record: Map<String, Value>) -> Result<Metadata> {
    let nested = match record.remove("metadata") {
        None => Metadata::default(),
        Some(object @ Value::Object(_)) => described_by(object, "metadata.")?,
        Some(other) => return Err(Error::invalid("metadata", "an object", other.to_string())),
    };
    let place: Map<String, Value> = REGION.into_iter().filter_map(|name| record.remove_entry(name)).collect();
    if !place.is_empty() && record.insert("region".to_owned(), Value::Object(place)).is_some() {
        return Err(Error::invalid("region", "a region, or its province, city and county beside each other", "both"));
    }
    let known = described();
    if let Some(name) = record.keys().find(|name| !known.contains(name)) {
        let expected = columns().join(", ") + ", region, metadata";
        return Err(Error::invalid("fields", expected, name));
    }
    Ok(described_by(Value::Object(record), "")?.over(nested))
}

fn described_by(object: Value, prefix: &str) -> Result<Metadata> {
    serde_path_to_error::deserialize(object).map_err(|error| {
        let at = error.path().to_string();
        Error::invalid(format!("{prefix}{at}"), "a value as in POST /v1/documents", error.into_inner().to_string())
    })
}
